// What a failed attempt, cash on delivery and a word that nobody vouches for do to a parcel and its order.
import { describe, expect, test } from 'vitest';
import type { CarrierFact } from '../../domain/carrier-event.ts';
import { decideOrder } from '../../domain/order-stage.ts';
import { mayMatter } from '../../domain/may-matter.ts';
import { facts, label, order, scan } from './examples.ts';

const decide = (events: CarrierFact[], isCod = false) =>
  decideOrder(facts({ order: order({ isCod }), events }));
const unproven = (fact: CarrierFact): CarrierFact => ({
  ...fact,
  tracking: fact.tracking === null ? null : { ...fact.tracking, unproven: true },
});

describe('a failed attempt', () => {
  const attempt = [
    label('N1', { at: 1 }),
    scan('N1', 'out_for_delivery', { at: 2 }),
    scan('N1', 'attempt_failed', { at: 3 }),
  ];

  test('is where the parcel is, until it is out for delivery once more', () => {
    expect(decide(attempt).shipments[0]?.position).toBe('attempt_failed');
    const again = decide([...attempt, scan('N1', 'out_for_delivery', { at: 4 })]);
    expect(again.shipments[0]?.position).toBe('out_for_delivery');
    expect(decide([...attempt].reverse()).shipments[0]?.position).toBe('attempt_failed');
  });

  test('asks for nobody, unless the parcel is to be paid for', () => {
    expect(decide(attempt).attention).toBeNull();
    const owed = decide(attempt, true);
    expect(owed).toMatchObject({ stage: 'shipped', attention: 'exception' });
    expect(owed.attentionReason).toContain('paid for on delivery');
    expect(mayMatter(decide(attempt.slice(0, 2), true), owed)).toBe(true);
    expect(decide([...attempt, scan('N1', 'delivered', { at: 5 })], true).attention).toBeNull();
  });

  test('that ends in a return of an order to be paid for asks to check the stock', () => {
    const back = [...attempt, scan('N1', 'returned', { at: 5 })];
    expect(decide(back)).toMatchObject({ stage: 'returned', attention: null });
    const owed = decide(back, true);
    expect(owed).toMatchObject({ stage: 'returned', attention: 'exception' });
    expect(owed.attentionReason).toContain('check the stock');
  });
});

describe('a word that nobody vouches for', () => {
  const begun = [label('N1', { at: 1 }), scan('N1', 'in_transit', { at: 2 })];
  const doubted = unproven(scan('N1', 'delivered', { at: 3 }));

  test('moves a parcel, but does not deliver it', () => {
    const moved = decide(
      [begun[0], unproven(scan('N1', 'in_transit', { at: 2 }))].filter((one) => one !== undefined),
    );
    expect(moved).toMatchObject({ stage: 'shipped', attention: null });
    const asked = decide([...begun, doubted]);
    expect(asked).toMatchObject({ stage: 'shipped', attention: 'exception' });
    expect(asked.shipments[0]).toMatchObject({ position: 'in_transit', reason: 'unproven_delivery' });
    expect(asked.shipments[0]?.milestones.delivered).toBeNull();
  });

  test('counts as on its way back when it says returned', () => {
    const back = decide([...begun, unproven(scan('N1', 'returned', { at: 3 }))]);
    expect(back).toMatchObject({ stage: 'shipped', attention: 'exception' });
    expect(back.shipments[0]).toMatchObject({ returned: false, returning: true });
  });

  test('changes nothing of a parcel that was delivered', () => {
    const done = [...begun, scan('N1', 'delivered', { at: 2.5 })];
    expect(decide([...done, doubted])).toMatchObject({ stage: 'delivered', attention: null });
  });

  test('is settled by a later word that is vouched for', () => {
    const settled = decide([...begun, doubted, scan('N1', 'delivered', { at: 4 })]);
    expect(settled).toMatchObject({ stage: 'delivered', attention: null });
  });
});
