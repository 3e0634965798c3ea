/** What must hold for any facts: the promises of the fold, the stage machine and `mayMatter` (design section 5). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CARRIER_EVENT_TYPES, TRACKING_STATUSES, type CarrierFact } from '../../domain/carrier-event.ts';
import type { OrderDecision, OrderFacts } from '../../domain/facts.ts';
import { mayMatter } from '../../domain/may-matter.ts';
import { neededQuantity } from '../../domain/order.ts';
import { decideOrder } from '../../domain/order-stage.ts';
import { understandShipments } from '../../domain/shipments.ts';
import { at, facts, lineItem, order } from './examples.ts';

const theOrder = order({
  lineItems: [
    lineItem({ orderProductId: 15, quantity: 2 }),
    lineItem({ orderProductId: 16, quantity: 1 }),
    lineItem({ orderProductId: 19, quantity: 1, orderAddressId: null, pickupId: 3 }),
  ],
});

const numbers = ['A1', 'a-1', 'B2', 'C3'];
const lines = fc.option(
  fc.array(
    fc.record({ orderProductId: fc.constantFrom(15, 16, 19, 99), quantity: fc.integer({ min: 1, max: 3 }) }),
    { minLength: 1, maxLength: 3 },
  ),
  { nil: null },
);

/** Few numbers and few instants, so that facts meet. */
const anyFact: fc.Arbitrary<Omit<CarrierFact, 'eventId'>> = fc
  .record({
    type: fc.constantFrom(...CARRIER_EVENT_TYPES),
    hour: fc.constantFrom(0, 1, 2, 3, 5, 8, 13, 200, 201, 400),
    receivedHour: fc.integer({ min: 0, max: 500 }),
    lines,
    number: fc.option(fc.constantFrom(...numbers), { nil: null }),
    replaces: fc.option(fc.constantFrom(...numbers), { nil: null }),
    status: fc.constantFrom(...TRACKING_STATUSES),
    returning: fc.boolean(),
  })
  .map(({ type, hour, receivedHour, number, replaces, status, returning, lines: own }) => ({
    type,
    occurredAt: at(hour),
    receivedAt: at(receivedHour),
    lines: own,
    shipment: { trackingNumber: number, replaces, carrier: null, service: null, trackingUrl: null },
    tracking:
      type === 'tracking.updated'
        ? { status, reason: null, provider: null, providerStatus: null, returning, signedBy: null, cod: null }
        : null,
    location: null,
  }));

function named(list: Omit<CarrierFact, 'eventId'>[]): CarrierFact[] {
  return list.map((fact, index) => ({ ...fact, eventId: `e${String(index)}` }));
}

const anyFacts = fc.array(anyFact, { maxLength: 12 }).map(named);

/** Any order of arrival, and any of them again. */
function shuffled(list: CarrierFact[], seeds: number[]): CarrierFact[] {
  const again = [...list, ...list.filter((_, index) => (seeds[index] ?? 0) % 2 === 0)];
  return again
    .map((fact, index) => ({ fact, key: seeds[index % Math.max(1, seeds.length)] ?? 0, index }))
    .sort((a, b) => a.key - b.key || b.index - a.index)
    .map(({ fact }) => fact);
}

const seeds = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 24, maxLength: 24 });

describe('the fold', () => {
  test('gives the same parcels and the same decision for any order and any repetition of the facts', () => {
    fc.assert(
      fc.property(anyFacts, seeds, (events, order_) => {
        const other = shuffled(events, order_);
        expect(understandShipments(theOrder, other, [])).toEqual(understandShipments(theOrder, events, []));
        expect(decideOrder(facts({ order: theOrder, events: other }))).toEqual(
          decideOrder(facts({ order: theOrder, events })),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('gives no needed unit to two parcels, boxes of one shipment aside', () => {
    fc.assert(
      fc.property(anyFacts, (events) => {
        const { shipments } = understandShipments(theOrder, events, []);
        for (const line of theOrder.lineItems) {
          const held = shipments
            .filter((one) => one.sharesWith === null)
            .flatMap((one) => one.holds)
            .filter((one) => one.orderProductId === line.orderProductId)
            .reduce((sum, one) => sum + one.quantity, 0);
          expect(held).toBeLessThanOrEqual(neededQuantity(line));
        }
        expect(shipments.filter((one) => one.voided && one.holds.length > 0)).toEqual([]);
        expect(new Set(shipments.map((one) => one.key)).size).toBe(shipments.length);
      }),
      { numRuns: 500 },
    );
  });

  test('counts every needed unit once', () => {
    fc.assert(
      fc.property(anyFacts, (events) => {
        const { counts } = decideOrder(facts({ order: theOrder, events }));
        expect(counts.imported + counts.trackable + counts.shipped + counts.delivered + counts.returned).toBe(
          counts.needed,
        );
        expect(counts.needed).toBe(4);
      }),
    );
  });

  test('lets only a later return undo a delivery', () => {
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 10 }), (list) => {
        const scans = list
          .filter((one) => one.type === 'tracking.updated' && one.tracking?.status !== 'delivered')
          .map((one) => ({ ...one, shipment: { ...one.shipment, trackingNumber: 'A1' } }));
        const delivery = { ...scans[0], ...deliveryOf('A1', 5) };
        const events = named([...scans, delivery]);
        const [parcel] = understandShipments(theOrder, events, []).shipments;
        const returns = events.filter(
          (one) => one.tracking?.status === 'returned' && !one.tracking.returning,
        );
        const before = returns.some((one) => one.occurredAt < delivery.occurredAt);
        const after = returns.some((one) => one.occurredAt > delivery.occurredAt);
        if (!before) expect(parcel?.position).toBe('delivered');
        if (!before && !after) expect(parcel?.returned).toBe(false);
        if (after) expect(parcel?.returned).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function deliveryOf(number: string, hour: number): Omit<CarrierFact, 'eventId'> {
  return {
    type: 'tracking.updated',
    occurredAt: at(hour),
    receivedAt: at(hour),
    lines: null,
    shipment: { trackingNumber: number, replaces: null, carrier: null, service: null, trackingUrl: null },
    tracking: {
      status: 'delivered',
      reason: null,
      provider: null,
      providerStatus: null,
      returning: false,
      signedBy: null,
      cod: null,
    },
    location: null,
  };
}

/** Decides after each fact as it arrives, keeping the high-water mark as the rows do. */
function decideStepwise(events: CarrierFact[], over: Partial<OrderFacts> = {}): OrderDecision[] {
  const decisions: OrderDecision[] = [];
  for (let count = 0; count <= events.length; count += 1) {
    const stage = decisions.at(-1)?.stage ?? null;
    decisions.push(decideOrder(facts({ order: theOrder, ...over, events: events.slice(0, count), stage })));
  }
  return decisions;
}

const PROGRESS = ['imported', 'trackable', 'shipped', 'delivered', 'returned', 'cancelled'];

describe('the stage', () => {
  test('never falls unless a void, a return or a person is the reason', () => {
    const calm = fc
      .array(anyFact, { maxLength: 12 })
      .map((list) =>
        named(list.filter((one) => one.type !== 'label.voided' && one.tracking?.status !== 'returned')),
      );
    fc.assert(
      fc.property(calm, (events) => {
        const stages = decideStepwise(events).map((decision) => PROGRESS.indexOf(decision.stage));
        expect(stages).toEqual([...stages].sort((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });

  test('is the same when it is decided once more', () => {
    fc.assert(
      fc.property(anyFacts, (events) => {
        const stepwise = decideStepwise(events).at(-1);
        const again = decideOrder(facts({ order: theOrder, events, stage: stepwise?.stage ?? null }));
        expect(again.stage).toBe(stepwise?.stage);
      }),
      { numRuns: 500 },
    );
  });
});

describe('mayMatter', () => {
  test('never says no when stage, attention, a milestone or a parcel’s end changed', () => {
    fc.assert(
      fc.property(anyFacts, (events) => {
        const decisions = decideStepwise(events);
        for (const [index, after] of decisions.entries()) {
          const before = decisions[index - 1];
          if (before === undefined) continue;
          const firsts = (decision: OrderDecision) =>
            decision.shipments.map((one) => [
              one.key,
              one.voided,
              one.returned,
              one.replacements,
              ...Object.values(one.milestones).map((time) => time !== null),
            ]);
          const changed =
            before.stage !== after.stage ||
            before.attention !== after.attention ||
            JSON.stringify(firsts(before).sort()) !== JSON.stringify(firsts(after).sort());
          if (changed) expect(mayMatter(before, after)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('says no to most scans of a parcel', () => {
    const scans = [
      'label_created',
      'trackable',
      'trackable',
      'picked_up',
      'in_transit',
      'in_transit',
      'in_transit',
      'in_transit',
      'out_for_delivery',
      'delivered',
    ] as const;
    const events = named(
      scans.map((status, hour) => {
        const fact = deliveryOf('A1', hour);
        return { ...fact, tracking: fact.tracking === null ? null : { ...fact.tracking, status } };
      }),
    );
    const plain = order();
    const decisions = decideStepwise(events, { order: plain });
    const woken = decisions.filter((after, index) => mayMatter(decisions[index - 1] ?? null, after));
    // Opening, label, trackable, possession, delivered: five of eleven decisions.
    expect(woken).toHaveLength(5);
    expect(mayMatter(decisions[6] ?? null, decisions[7] ?? decideOrder(facts()))).toBe(false);
  });

  test('says yes to an order that was never decided', () => {
    expect(mayMatter(null, decideOrder(facts()))).toBe(true);
  });
});
