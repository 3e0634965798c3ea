import { describe, expect, test } from 'vitest';
import { gate, markCod, wantsLifecycle, type GateRules } from '../../domain/gate.ts';
import { lineItem, order } from './examples.ts';

const RULES: GateRules = {
  storefrontIds: null,
  include: null,
  exclude: [],
  defaultExclude: [0, 1, 2, 4, 5, 6, 7, 10, 12, 13],
  holdMinutes: 0,
  codPaymentMethods: ['Cash on Delivery'],
  codBypassStatuses: [7],
};
const NOW = '2026-01-02T00:00:00.000Z';

function verdict(over: Parameters<typeof order>[0], rules: Partial<GateRules> = {}, firstImport = true) {
  return gate(order(over), { ...RULES, ...rules }, NOW, firstImport);
}

describe('statuses (X-1)', () => {
  test('of a fresh channel exactly 3, 8, 9, 11 and 14 are admitted', () => {
    const admitted = Array.from({ length: 15 }, (_, statusId) => statusId).filter(
      (statusId) => verdict({ statusId }).admitted,
    );
    expect(admitted).toEqual([3, 8, 9, 11, 14]);
  });

  test('a refusal names rule, setting and status', () => {
    expect(verdict({ statusId: 5 })).toEqual({
      admitted: false,
      kind: 'rejected',
      rule: 'default_exclude',
      setting: 'orders.import.statuses.default_exclude',
      detail: 'Status 5 (Cancelled) is in orders.import.statuses.default_exclude.',
    });
  });

  test('include admits what it names only, also what is excluded by default', () => {
    expect(verdict({ statusId: 2 }, { include: [2] }).admitted).toBe(true);
    expect(verdict({ statusId: 11 }, { include: [2] })).toMatchObject({ rule: 'include' });
  });

  test('exclude wins over everything', () => {
    expect(verdict({ statusId: 11 }, { exclude: [11], include: [11] })).toMatchObject({ rule: 'exclude' });
    expect(verdict({ statusId: 7, paymentMethod: 'Cash on Delivery' }, { exclude: [7] })).toMatchObject({
      rule: 'exclude',
    });
  });

  test('a known order is refreshed in every status (X-24)', () => {
    expect(verdict({ statusId: 5, archived: true }, { holdMinutes: 60 }, false)).toEqual({ admitted: true });
  });
});

describe('cash on delivery (X-23)', () => {
  test.each(['Cash on Delivery', '  cash ON delivery '])(
    '%j passes the default exclusion in status 7',
    (paymentMethod) => {
      expect(verdict({ statusId: 7, paymentMethod }).admitted).toBe(true);
      expect(markCod(order({ paymentMethod }), RULES)).toMatchObject({ isCod: true, codAmount: '30.0000' });
    },
  );

  test('a cancelled one does not, a near name neither', () => {
    expect(verdict({ statusId: 5, paymentMethod: 'Cash on Delivery' }).admitted).toBe(false);
    expect(verdict({ statusId: 7, paymentMethod: 'Cash on Delivery POS' }).admitted).toBe(false);
    expect(markCod(order({ paymentMethod: 'Card', isCod: true, codAmount: '1.0' }), RULES)).toMatchObject({
      isCod: false,
      codAmount: null,
    });
    expect(markCod(order({ paymentMethod: '' }), { ...RULES, codPaymentMethods: [''] }).isCod).toBe(false);
  });

  test('names with accents are equal however they are encoded', () => {
    expect(
      markCod(order({ paymentMethod: 'Paiement à la livraison'.normalize('NFD') }), {
        ...RULES,
        codPaymentMethods: ['Paiement à la livraison'],
      }).isCod,
    ).toBe(true);
  });
});

describe('the rest of the gate', () => {
  test('other storefronts and archived orders stay out', () => {
    expect(verdict({ storefrontId: 2 }, { storefrontIds: [1] })).toMatchObject({
      rule: 'storefront',
      setting: 'connection.bc_channel_ids',
    });
    expect(verdict({ storefrontId: 1 }, { storefrontIds: [1] }).admitted).toBe(true);
    expect(verdict({ archived: true })).toMatchObject({ rule: 'archived' });
  });

  test('a new order is held until its time is over', () => {
    expect(verdict({ createdAt: '2026-01-01T23:30:00Z' }, { holdMinutes: 60 })).toMatchObject({
      kind: 'held',
      until: '2026-01-02T00:30:00.000Z',
      setting: 'orders.import.hold_minutes',
    });
    expect(verdict({ createdAt: '2026-01-01T23:00:00Z' }, { holdMinutes: 60 }).admitted).toBe(true);
  });

  test('a rejected order is not held', () => {
    expect(verdict({ createdAt: '2026-01-01T23:30:00Z', statusId: 5 }, { holdMinutes: 60 })).toMatchObject({
      kind: 'rejected',
    });
  });
});

describe('the wish for a lifecycle', () => {
  test('an order in flight wants one', () => {
    expect(wantsLifecycle(order(), 'imported', 365, NOW)).toEqual({ wants: true });
  });

  test('a digital one, one at its end and one beyond the horizon do not', () => {
    const digital = order({
      lineItems: [lineItem({ orderProductId: 1, kind: 'digital', orderAddressId: null })],
    });
    expect(wantsLifecycle(digital, 'imported', 365, NOW)).toMatchObject({ reason: 'digital_only' });
    expect(wantsLifecycle(order(), 'delivered', 365, NOW)).toMatchObject({ reason: 'end_stage' });
    expect(wantsLifecycle(order({ createdAt: '2024-01-01T00:00:00Z' }), 'imported', 365, NOW)).toMatchObject({
      reason: 'beyond_horizon',
    });
  });
});
