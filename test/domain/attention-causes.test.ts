// What makes an order ask for a person because of the store itself: money and status that disagree, and changes after a
// label was made. Each has a remedy, and each ends when it is cured.
import { describe, expect, test } from 'vitest';
import { remedyFor } from '../../domain/attention-remedy.ts';
import { changeForLabels, changeStands } from '../../domain/change-after-label.ts';
import { ATTENTIONS, type Shipment } from '../../domain/facts.ts';
import { moneyDisagreement } from '../../domain/money-status.ts';
import type { Order } from '../../domain/order.ts';
import { canonicalOrder } from '../db/order-life.ts';

describe('money and status', () => {
  const of = (paymentStatus: string, refunded = 0): Order => {
    const order = canonicalOrder(1);
    const lineItems = order.lineItems.map((line) => ({ ...line, quantityRefunded: refunded }));
    return { ...order, paymentStatus, lineItems };
  };
  test.each([
    [4, 'captured', 0, /Refunded, but the payment is captured/],
    [5, 'captured', 0, /Cancelled, but the payment is captured/],
    [6, 'paid', 0, /Declined, but/],
    [11, 'refunded', 0, /was refunded/],
    [9, 'void', 0, /payment is void/],
    [13, 'captured', 0, /disputed/],
  ])('status %i with payment %s disagree', (statusId, payment, refunded, sentence) => {
    expect(moneyDisagreement(of(payment, refunded), statusId)).toMatch(sentence);
  });
  test.each([
    [4, 'refunded', 1],
    [4, 'captured', 1],
    [5, 'void', 0],
    [5, '', 0],
    [11, 'captured', 0],
    [11, '', 0],
    [14, 'partially refunded', 1],
    [2, 'refunded', 0],
    [10, 'refunded', 1],
  ])('status %i with payment %s agree', (statusId, payment, refunded) => {
    expect(moneyDisagreement(of(payment, refunded), statusId)).toBeNull();
  });
});

describe('a change of the store', () => {
  const before = canonicalOrder(1, { quantities: [2, 1] });
  const [line] = before.lineItems;
  const changed = (change: (order: Order) => void): string | null => {
    const after = structuredClone(before);
    change(after);
    return changeForLabels(before, after);
  };

  test('of address, method or lines matters to a label, and is named without what is in it', () => {
    const told = changed((order) => {
      const [one] = order.consignments;
      if (one?.kind === 'shipping') one.address.street1 = '2 Secret Street';
    });
    expect(told).toBe('the delivery address of consignment 100');
    expect(
      changed((order) => {
        const [first] = order.lineItems;
        if (first !== undefined) first.quantity = 3;
      }),
    ).toBe(`line ${String(line?.orderProductId)} (2 → 3)`);
    expect(
      changed((order) => {
        order.lineItems.pop();
      }),
    ).toMatch(/\(1 → 0\)$/);
  });

  test('of anything else does not', () => {
    expect(
      changed((order) => {
        order.staffNotes = 'call first';
        order.statusId = 9;
        order.modifiedAt = '2026-03-02T09:00:00Z';
      }),
    ).toBeNull();
  });

  const parcel = (more: Partial<Shipment> = {}): Shipment => ({
    key: 'A',
    trackingNumber: 'A',
    numbers: ['A'],
    carrier: null,
    service: null,
    trackingUrl: null,
    lines: null,
    holds: [],
    sharesWith: null,
    position: 'label_created',
    side: null,
    reason: null,
    returned: false,
    returning: false,
    voided: false,
    replacements: 0,
    restores: 0,
    milestones: {
      label: '2026-03-02T08:00:00.000Z',
      manifested: null,
      external: null,
      trackable: null,
      possession: null,
      delivered: null,
      voided: null,
      replaced: null,
    },
    kind: 'parcel',
    recycledEvents: 0,
    lastEventAt: '2026-03-02T08:00:00.000Z',
    ...more,
  });
  const change = { at: '2026-03-02T09:00:00.000Z', what: 'line 15 (1 → 2)' };
  const replaced = { ...parcel().milestones, replaced: '2026-03-02T10:00:00.000Z' };

  test.each([
    ['stands against a label that was made before it', parcel(), true],
    ['is dealt with by a label that replaces it later', parcel({ milestones: replaced }), false],
    ['is dealt with by voiding the label', parcel({ voided: true }), false],
    ['matters no more once the parcel has arrived', parcel({ position: 'delivered' }), false],
  ])('%s', (_name, shipment, stands) => {
    expect(changeStands(change, [shipment])).toBe(stands);
  });
});

test.each(ATTENTIONS)('%s has a remedy with a command', (attention) => {
  const { text, command } = remedyFor(attention, { channelId: 'acme', orderId: 1001 });
  expect(text).not.toBe('');
  expect(command).toMatch(/^waybill [a-z]+ /);
  expect(command).toContain('acme');
});
