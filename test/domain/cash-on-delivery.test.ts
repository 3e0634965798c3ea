import { describe, expect, test } from 'vitest';
import { codJudge, type CodFacts, type CodRules } from '../../domain/cash-on-delivery.ts';
import { order } from './examples.ts';

const RULES: CodRules = {
  gatewayCodes: ['cod'],
  paymentMethods: ['Cash on Delivery', 'Contrassegno'],
  statusLabels: ['Da incassare'],
  paymentStatuses: ['capture pending'],
};

function judge(over: Partial<CodFacts>, rules: Partial<CodRules> = {}) {
  return codJudge({ ...RULES, ...rules }).judge({ ...order({ totalIncTax: '100.0000' }), ...over });
}

function payment(gateway: string) {
  const at = '2026-01-01T00:00:00Z';
  return {
    id: 1,
    at,
    event: 'pending',
    method: 'offline',
    gateway,
    amount: '1',
    currency: 'EUR',
    ok: true,
    test: false,
  };
}

describe('cash on delivery', () => {
  test.each<[string, Partial<CodFacts>, string]>([
    ['a payment method by name', { paymentMethod: 'Contrassegno' }, 'payment method "Contrassegno"'],
    [
      'in any case and with stray blanks',
      { paymentMethod: ' CASH  on\u00A0delivery ' },
      'payment method "Cash on Delivery"',
    ],
    ['full-width letters', { paymentMethod: 'Ｃontrassegno' }, 'payment method "Contrassegno"'],
    [
      "the merchant's label of the status",
      { statusLabel: 'da incassare' },
      'order status label "Da incassare"',
    ],
    ['a payment status', { paymentStatus: 'capture pending' }, 'payment status "capture pending"'],
    ['the gateway of a transaction', { payments: [payment('stripe'), payment('COD')] }, 'gateway "cod"'],
  ])('is known by %s', (_, over, codReason) => {
    expect(judge(over)).toEqual({ isCod: true, codReason, codAmount: '100.0000' });
  });

  test('is not what is paid by card, nor what only resembles a name', () => {
    const nothing = { isCod: false, codReason: null, codAmount: null };
    expect(judge({ paymentMethod: 'Card', payments: [payment('stripe')] })).toEqual(nothing);
    expect(judge({ paymentMethod: 'Contrassegno POS' })).toEqual(nothing);
    expect(judge({ paymentMethod: '' }, { paymentMethods: [' '] })).toEqual(nothing);
  });

  test('names with accents are equal however they are encoded', () => {
    const paymentMethods = ['Paiement à la livraison'];
    expect(
      judge({ paymentMethod: 'Paiement à la livraison'.normalize('NFD') }, { paymentMethods }).isCod,
    ).toBe(true);
  });

  test('collects the total less credit, gift certificates and refunds, never less than nothing (Q-25)', () => {
    const cod = { paymentMethod: 'Contrassegno' };
    const totals = (storeCredit: string, giftCertificates: string) => ({
      totals: { storeCredit, giftCertificates },
    });
    const refunds = [{ id: 1, at: '', amount: '20.5000', items: [] }];
    expect(judge({ ...cod, ...totals('0.0000', '30.0000') }).codAmount).toBe('70.0000');
    expect(judge({ ...cod, ...totals('10.0000', '30.0000'), refunds }).codAmount).toBe('39.5000');
    expect(judge({ ...cod, ...totals('100.0000', '0.0000') })).toMatchObject({
      isCod: false,
      codAmount: null,
      codReason: expect.stringContaining('nothing is left to collect') as string,
    });
    expect(judge({ ...cod, ...totals('150.0000', '0.0000') }).codAmount).toBeNull();
  });
});

describe('a near miss', () => {
  const similar = (paymentMethod: string, statusLabel = '') =>
    codJudge(RULES).similar({ paymentMethod, statusLabel });

  test.each(['Contrassegno POS', 'Contrasegno', 'cash on deliveri', 'Cash on Delivery UPS'])(
    'is named and not matched: %s',
    (name) => {
      expect(similar(name)).toHaveLength(1);
      expect(similar(name)[0]).toContain('not matched');
    },
  );

  test('is none for a match, for another word, or for nothing', () => {
    expect(similar('contrassegno')).toEqual([]);
    expect(similar('Credit Card')).toEqual([]);
    expect(similar('')).toEqual([]);
  });

  test('of a label names the label', () => {
    expect(similar('Card', 'Da incassare!')).toEqual([expect.stringContaining('status_labels')]);
  });
});

describe("an order's transactions", () => {
  const asks = (over: Partial<CodFacts>, rules: Partial<CodRules> = {}) =>
    codJudge({ ...RULES, ...rules }).asksTransactions({ ...order({ paymentStatus: '' }), ...over });

  test('are asked for only where no name decides and nothing was paid', () => {
    expect(asks({ paymentMethod: 'Bank' })).toBe(true);
    expect(asks({ paymentMethod: 'Bank', paymentStatus: 'pending' })).toBe(true);
    expect(asks({ paymentMethod: 'Bank', paymentStatus: 'captured' })).toBe(false);
    expect(asks({ paymentMethod: 'Contrassegno' })).toBe(false);
    expect(asks({ paymentMethod: '' })).toBe(false);
    expect(asks({ paymentMethod: 'Bank', payments: [] })).toBe(false);
    expect(asks({ paymentMethod: 'Bank' }, { gatewayCodes: [] })).toBe(false);
  });
});
