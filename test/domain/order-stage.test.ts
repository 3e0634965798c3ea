import { describe, expect, test } from 'vitest';
import type { CarrierFact } from '../../domain/carrier-event.ts';
import type { OrderFacts, Stage } from '../../domain/facts.ts';
import { decideOrder, describeProgress, isEndStage } from '../../domain/order-stage.ts';
import { at, fact, facts, label, lineItem, order, override, scan } from './examples.ts';

function stageOf(events: CarrierFact[], over: Partial<OrderFacts> = {}): Stage {
  return decideOrder(facts({ events, ...over })).stage;
}

const store = (statusId: number, over: Partial<OrderFacts['store']> = {}): OrderFacts['store'] => ({
  statusId,
  statusExplained: true,
  shippedByPerson: [],
  ...over,
});

describe('the least advanced unit', () => {
  test('an order without facts is imported', () => {
    expect(stageOf([])).toBe('imported');
  });

  test.each([
    ['label_created', 'imported'],
    ['trackable', 'trackable'],
    ['awaiting_collection', 'trackable'],
    ['picked_up', 'shipped'],
    ['in_transit', 'shipped'],
    ['out_for_delivery', 'shipped'],
    ['attempt_failed', 'shipped'],
    ['available_for_pickup', 'shipped'],
    ['delivered', 'delivered'],
    ['returned', 'returned'],
    ['exception', 'imported'],
  ] as const)('a parcel at %s makes the order %s', (status, stage) => {
    expect(stageOf([label('A', { at: 1 }), scan('A', status, { at: 2 })])).toBe(stage);
  });

  test('a second delivered event changes nothing', () => {
    const events = [label('A', { at: 1 }), scan('A', 'delivered', { at: 2 })];
    const before = decideOrder(facts({ events }));
    const after = decideOrder(
      facts({ events: [...events, scan('A', 'delivered', { at: 3 })], stage: before.stage }),
    );
    expect(after).toMatchObject({ stage: before.stage, counts: before.counts, attention: before.attention });
  });

  test('a part of the order keeps it where the rest is, and the counts say so', () => {
    const events = [
      label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 2 }] }),
      scan('A', 'in_transit', { at: 2 }),
    ];
    const decision = decideOrder(facts({ events }));
    expect(decision.stage).toBe('imported');
    expect(decision.counts).toEqual({
      needed: 3,
      imported: 1,
      trackable: 0,
      shipped: 2,
      delivered: 0,
      returned: 0,
    });
    expect(describeProgress(decision.counts, decision.stage)).toBe('2 of 3 shipped');
  });

  test('two boxes of one shipment are where the slower one is', () => {
    const events = [
      label('A', { at: 1 }),
      label('B', { at: 2 }),
      scan('A', 'delivered', { at: 3 }),
      scan('B', 'in_transit', { at: 4 }),
    ];
    expect(stageOf(events)).toBe('shipped');
  });

  test('some units back and the rest delivered is delivered with attention', () => {
    const decision = decideOrder(
      facts({
        events: [
          label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 2 }] }),
          label('B', { at: 1, lines: [{ orderProductId: 16, quantity: 1 }] }),
          scan('A', 'delivered', { at: 2 }),
          scan('B', 'returned', { at: 3 }),
        ],
      }),
    );
    expect(decision).toMatchObject({
      stage: 'delivered',
      attention: 'exception',
      attentionReason: '1 of 3 units came back.',
    });
  });

  test('pickup: ready is trackable, collected is delivered', () => {
    const pickup = order({
      lineItems: [lineItem({ orderProductId: 15, orderAddressId: null, pickupId: 3 })],
    });
    expect(stageOf([fact('pickup.ready', { at: 1 })], { order: pickup })).toBe('trackable');
    expect(stageOf([fact('pickup.collected', { at: 1 })], { order: pickup })).toBe('delivered');
  });
});

describe('the store', () => {
  test.each([4, 5, 6])('status %i before shipping cancels', (statusId) => {
    expect(stageOf([label('A', { at: 1 })], { store: store(statusId), stage: 'imported' })).toBe('cancelled');
  });

  test('a cancellation after shipping does not cancel and asks for attention', () => {
    const events = [
      label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 2 }] }),
      scan('A', 'in_transit', { at: 2 }),
    ];
    expect(decideOrder(facts({ events, store: store(5) }))).toMatchObject({
      stage: 'imported',
      attention: 'changed',
    });
  });

  test('a parcel that moves after the cancellation leaves the order cancelled and raises a conflict', () => {
    const events = [label('A', { at: 1 }), scan('A', 'in_transit', { at: 2 })];
    expect(decideOrder(facts({ events, store: store(5), stage: 'cancelled' }))).toMatchObject({
      stage: 'cancelled',
      attention: 'conflict',
    });
  });

  test.each([
    [12, 'changed'],
    [13, 'money'],
  ])('status %i raises attention %s', (statusId, attention) => {
    expect(decideOrder(facts({ store: store(statusId) })).attention).toBe(attention);
  });

  test('an unexplained Shipped or Completed counts, an explained one does not', () => {
    expect(stageOf([], { store: store(2, { statusExplained: false }) })).toBe('shipped');
    expect(stageOf([], { store: store(10, { statusExplained: false }) })).toBe('delivered');
    expect(stageOf([], { store: store(2) })).toBe('imported');
  });

  test('units that a person shipped count as shipped', () => {
    const decision = decideOrder(
      facts({ store: store(3, { shippedByPerson: [{ orderProductId: 15, quantity: 1 }] }) }),
    );
    expect(decision.counts).toMatchObject({ imported: 2, shipped: 1 });
  });

  test('nothing left to ship: cancelled, delivered when something was shipped, returned when all of it came back', () => {
    const refunded = order({ lineItems: [lineItem({ orderProductId: 15, quantityRefunded: 1 })] });
    expect(stageOf([], { order: refunded })).toBe('cancelled');
    const shipped = [label('A', { at: 1 }), scan('A', 'in_transit', { at: 2 })];
    expect(stageOf(shipped, { order: refunded })).toBe('delivered');
    expect(stageOf([...shipped, scan('A', 'returned', { at: 3 })], { order: refunded })).toBe('returned');
  });
});

describe('the high-water mark', () => {
  const shippedParcel = [label('A', { at: 1 }), scan('A', 'in_transit', { at: 2 })];

  test('a parcel that turns up late does not lower the stage', () => {
    const late = label('B', { at: 0, lines: [{ orderProductId: 16, quantity: 1 }] });
    expect(stageOf([...shippedParcel, late], { stage: 'shipped' })).toBe('shipped');
  });

  test('a void lowers it', () => {
    expect(
      stageOf([...shippedParcel, fact('label.voided', { number: 'A', at: 3 })], { stage: 'shipped' }),
    ).toBe('imported');
  });

  test('a void of a parcel that never got that far does not', () => {
    const events = [
      label('B', { at: 0, lines: [{ orderProductId: 16, quantity: 1 }] }),
      fact('label.voided', { number: 'B', at: 3 }),
    ];
    expect(stageOf(events, { stage: 'delivered' })).toBe('delivered');
  });

  test('a new label after a return lowers it', () => {
    const back = [...shippedParcel, scan('A', 'returned', { at: 3 })];
    expect(stageOf(back, { stage: 'shipped' })).toBe('returned');
    expect(
      stageOf([...back, fact('label.replaced', { number: 'B', replaces: 'A', at: 4 })], {
        stage: 'returned',
      }),
    ).toBe('imported');
  });

  test('a re-opening lowers it', () => {
    expect(stageOf(shippedParcel, { stage: 'delivered', reopened: true })).toBe('shipped');
    expect(stageOf([], { stage: 'cancelled', reopened: true })).toBe('imported');
  });

  test('a cancelled order stays cancelled without one', () => {
    expect(stageOf([], { stage: 'cancelled' })).toBe('cancelled');
  });
});

describe('an override', () => {
  test('sets the stage in both directions', () => {
    const delivered = [label('A', { at: 1 }), scan('A', 'delivered', { at: 2 })];
    expect(stageOf(delivered, { stage: 'delivered', overrides: [override('imported', 5)] })).toBe('imported');
    expect(stageOf([], { stage: 'imported', overrides: [override('delivered', 5)] })).toBe('delivered');
    expect(stageOf([], { stage: 'shipped', overrides: [override('cancelled', 5)] })).toBe('cancelled');
  });

  test('gives way to later facts', () => {
    const events = [
      label('A', { at: 1 }),
      scan('A', 'delivered', { at: 2 }),
      scan('A', 'in_transit', { at: 9 }),
    ];
    expect(stageOf(events, { stage: 'imported', overrides: [override('imported', 5)] })).toBe('shipped');
    expect(
      stageOf([scan('A', 'delivered', { at: 9 })], {
        stage: 'cancelled',
        overrides: [override('cancelled', 5)],
      }),
    ).toBe('delivered');
  });

  test('is the reason also when a late label follows', () => {
    const events = [
      label('A', { at: 1 }),
      scan('A', 'delivered', { at: 2 }),
      label('B', { at: 1, receivedAt: at(9), lines: [{ orderProductId: 15, quantity: 1 }] }),
    ];
    expect(stageOf(events, { stage: 'delivered', overrides: [override('trackable', 5)] })).toBe('delivered');
    expect(stageOf(events, { stage: 'trackable', overrides: [override('trackable', 5)] })).toBe('trackable');
  });

  test('wins over what the store said before it', () => {
    const events: CarrierFact[] = [];
    const over = {
      store: store(2, { statusExplained: false }),
      stage: 'shipped' as const,
      overrides: [override('imported', 5)],
    };
    expect(stageOf(events, over)).toBe('imported');
    expect(stageOf(events, { ...over, order: order({ modifiedAt: '2026-01-09T00:00:00Z' }) })).toBe(
      'shipped',
    );
  });
});

describe('attention', () => {
  test('the first reason of the list wins', () => {
    const all = facts({ stale: true, paused: true, ledger: { auth: true, refused: true, ask: true } });
    expect(decideOrder(all).attention).toBe('auth');
    expect(decideOrder({ ...all, ledger: { auth: false, refused: true, ask: true } }).attention).toBe(
      'conflict',
    );
    expect(decideOrder({ ...all, ledger: { auth: false, refused: true, ask: false } }).attention).toBe(
      'refused',
    );
    expect(decideOrder({ ...all, ledger: { auth: false, refused: false, ask: false } }).attention).toBe(
      'stale',
    );
    expect(decideOrder(facts({ paused: true })).attention).toBe('paused');
    expect(decideOrder(facts()).attention).toBeNull();
  });

  test.each([
    [
      'too many units',
      [label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 3 }] })],
      'over_shipment',
    ],
    ['an exception', [label('A', { at: 1 }), scan('A', 'exception', { at: 2 })], 'exception'],
    [
      'a parcel on its way back',
      [label('A', { at: 1 }), scan('A', 'returned', { at: 2, returning: true })],
      'exception',
    ],
    ['a recycled number', [label('A', { at: 300 }), scan('A', 'delivered', { at: 1 })], 'unknown'],
    [
      'an event that fits several parcels',
      [label('A', { at: 1 }), label('B', { at: 1 }), scan(null, 'delivered', { at: 2 })],
      'unknown',
    ],
    ['an unknown word', [label('A', { at: 1 }), scan('A', 'unknown', { at: 2 })], 'unknown'],
  ] as const)('%s asks for it', (_name, events, attention) => {
    const decision = decideOrder(facts({ events: [...events] }));
    expect(decision.attention).toBe(attention);
    expect(decision.attentionReason).toMatch(/\.$/);
  });
});

test('ends are delivered, cancelled and returned', () => {
  const stages: Stage[] = ['imported', 'trackable', 'shipped', 'delivered', 'cancelled', 'returned'];
  expect(stages.filter(isEndStage)).toEqual(['delivered', 'cancelled', 'returned']);
});

test.each([
  [
    { needed: 3, imported: 3, trackable: 0, shipped: 0, delivered: 0, returned: 0 },
    'imported',
    '0 of 3 shipped',
  ],
  [
    { needed: 3, imported: 1, trackable: 2, shipped: 0, delivered: 0, returned: 0 },
    'imported',
    '2 of 3 trackable',
  ],
  [
    { needed: 3, imported: 0, trackable: 0, shipped: 1, delivered: 2, returned: 0 },
    'shipped',
    '3 of 3 shipped, 2 delivered',
  ],
  [
    { needed: 3, imported: 0, trackable: 0, shipped: 0, delivered: 2, returned: 1 },
    'delivered',
    '2 of 3 delivered, 1 returned',
  ],
  [
    { needed: 3, imported: 0, trackable: 0, shipped: 0, delivered: 0, returned: 3 },
    'returned',
    '3 of 3 returned',
  ],
  [{ needed: 3, imported: 3, trackable: 0, shipped: 0, delivered: 0, returned: 0 }, 'cancelled', 'cancelled'],
] as const)('%j at %s reads %s', (counts, stage, words) => {
  expect(describeProgress(counts, stage)).toBe(words);
});

test('an order with nothing physical follows the store', () => {
  const digital = order({
    lineItems: [lineItem({ orderProductId: 1, kind: 'digital', orderAddressId: null })],
  });
  expect(stageOf([], { order: digital })).toBe('imported');
  expect(stageOf([], { order: digital, store: store(10) })).toBe('delivered');
  expect(stageOf([], { order: digital, store: store(5) })).toBe('cancelled');
});
