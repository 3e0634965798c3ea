import { describe, expect, test } from 'vitest';
import type { CreateShipmentBody } from '../../domain/write-back-body.ts';
import {
  adoptionNeedsTracking,
  explainedAfter,
  isExplained,
  matchShipment,
  personChanged,
  settleSent,
} from '../../domain/write-back-match.ts';
import type { StoreShipment } from '../../domain/write-back-types.ts';

const items = [
  { orderProductId: 15, quantity: 2 },
  { orderProductId: 16, quantity: 1 },
];

function wanted(over: Partial<CreateShipmentBody> = {}): CreateShipmentBody {
  return {
    kind: 'create_shipment',
    orderAddressId: 7,
    items,
    trackingNumber: '9205 5000',
    trackingUrl: '',
    shippingProvider: 'usps',
    trackingCarrier: '',
    shippingMethod: '',
    comments: '',
    ...over,
  };
}

function existing(over: Partial<StoreShipment> = {}): StoreShipment {
  return {
    shipmentId: 1,
    orderAddressId: 7,
    trackingNumber: '',
    comments: '',
    items: [...items].reverse(),
    ...over,
  };
}

describe('adoption', () => {
  test.each([
    ['the same number', { trackingNumber: '9205-5000', items: [] }],
    ['the number joined with others', { trackingNumber: 'X1, 92055000', items: [] }],
    ['the number in the comments', { comments: 'Sent with 92055000; thanks', items: [] }],
    ['no number and the same lines', {}],
  ])('a shipment with %s is adopted', (_name, over) => {
    expect(matchShipment(wanted(), [existing(over)], [])).not.toBeNull();
  });

  test.each([
    ['another number', { trackingNumber: '1111' }],
    ['a longer number that contains ours', { trackingNumber: '920550001' }],
    ['another address', { trackingNumber: '92055000', orderAddressId: 8 }],
    ['no number and other lines', { items: [{ orderProductId: 15, quantity: 1 }] }],
  ])('a shipment with %s is not', (_name, over) => {
    expect(matchShipment(wanted(), [existing(over)], [])).toBeNull();
  });

  test('a number is adopted also when another row claims it, lines alone are not', () => {
    expect(matchShipment(wanted(), [existing({ trackingNumber: '92055000' })], [1])).not.toBeNull();
    expect(matchShipment(wanted(), [existing()], [1])).toBeNull();
  });

  test('of two with our number the one with our lines is taken', () => {
    const two = [
      existing({ shipmentId: 1, trackingNumber: '92055000', items: [] }),
      existing({ shipmentId: 2, trackingNumber: '92055000' }),
    ];
    expect(matchShipment(wanted(), two, [])?.shipmentId).toBe(2);
  });

  test('a number too long for its field is found by the comments', () => {
    const long = 'X'.repeat(60);
    const body = wanted({ trackingNumber: '', comments: `Tracking numbers: ${long}, B2` });
    expect(
      matchShipment(body, [existing({ comments: `Tracking numbers: ${long}, B2`, items: [] })], []),
    ).not.toBeNull();
    expect(matchShipment(body, [existing({ trackingNumber: 'B2', items: [] })], [])).toBeNull();
  });

  test('an adopted shipment without the number still needs it', () => {
    expect(adoptionNeedsTracking(wanted(), existing())).toBe(true);
    expect(adoptionNeedsTracking(wanted(), existing({ trackingNumber: '92055000' }))).toBe(false);
    expect(adoptionNeedsTracking(wanted({ trackingNumber: '' }), existing())).toBe(false);
  });
});

describe('settling what was sent', () => {
  const extras = { staffNotes: '', metafield: null, pickups: [] };
  const base = { statusBefore: 11, statusNow: 11, shipmentsNow: [], claimedIds: [], extras };

  test('a shipment is confirmed when the store has it', () => {
    expect(
      settleSent({ ...base, body: wanted(), shipmentsNow: [existing({ trackingNumber: '92055000' })] }),
    ).toBe('confirmed');
    expect(settleSent({ ...base, body: wanted() })).toBe('not_there');
  });

  test('an update is confirmed when its shipment bears the number', () => {
    const body = {
      kind: 'update_shipment' as const,
      shipmentId: 1,
      trackingNumber: 'N',
      trackingUrl: '',
      shippingProvider: '',
      trackingCarrier: '',
    };
    expect(settleSent({ ...base, body, shipmentsNow: [existing({ trackingNumber: 'N' })] })).toBe(
      'confirmed',
    );
    expect(settleSent({ ...base, body, shipmentsNow: [existing({ trackingNumber: 'O' })] })).toBe(
      'not_there',
    );
    expect(settleSent({ ...base, body })).toBe('not_there');
  });

  test('a status is confirmed when the store shows it', () => {
    const body = { kind: 'set_status' as const, statusId: 2 };
    expect(settleSent({ ...base, body, statusNow: 2 })).toBe('confirmed');
    expect(settleSent({ ...base, body, statusNow: 10 })).toBe('not_there');
  });
});

describe('the explained status', () => {
  test('7, 9 and 11 are one value, others are not', () => {
    expect(isExplained(9, [11])).toBe(true);
    expect(isExplained(8, [11])).toBe(false);
    expect(isExplained(3, [2, 3])).toBe(true);
  });

  test('after a shipment is what the store may have made of it', () => {
    const sent = { body: wanted(), explained: [11], statusBefore: 11 };
    expect(explainedAfter({ ...sent, statusAfter: null })).toEqual([2, 3, 11]);
    expect(explainedAfter({ ...sent, statusAfter: 3 })).toEqual([2, 3]);
    // A store that does not move the status by itself.
    expect(explainedAfter({ ...sent, statusAfter: 11 })).toEqual([2, 3, 11]);
  });

  test('after a status is its target, and the one before until it is confirmed', () => {
    const sent = { body: { kind: 'set_status' as const, statusId: 10 }, explained: [2], statusBefore: 2 };
    expect(explainedAfter({ ...sent, statusAfter: null })).toEqual([10, 2]);
    expect(explainedAfter({ ...sent, statusAfter: 10 })).toEqual([10]);
  });

  test('after a shipment that was there already is what it was, unless a shipment can cause it', () => {
    const body = wanted();
    const adopted = { body, explained: [11], statusBefore: null };
    expect(explainedAfter({ ...adopted, statusAfter: 3 })).toEqual([2, 3]);
    // A person moved the order on: our finding the shipment makes that no doing of ours.
    expect(explainedAfter({ ...adopted, statusAfter: 1 })).toEqual([11]);
  });

  test('a corrected number explains nothing', () => {
    const body = {
      kind: 'update_shipment' as const,
      shipmentId: 1,
      trackingNumber: 'N',
      trackingUrl: '',
      shippingProvider: '',
      trackingCarrier: '',
    };
    expect(explainedAfter({ body, explained: [2, 3], statusBefore: 2, statusAfter: null })).toEqual([2, 3]);
  });
});

test.each([
  ['explained', 2, [2, 3], 10, false],
  ['beside the waiting ones', 9, [11], 2, false],
  ['ahead but below the target', 3, [11], 2, false],
  ['at the target', 2, [11], 2, true],
  ['beyond the target', 10, [11], 2, true],
  ['below the last explained one', 11, [2], 10, true],
  ['protected', 5, [2], 10, true],
  ['protected by setting', 8, [11], 2, true],
  ['partially refunded, which is no step of progress', 14, [11], 2, false],
])(
  'a status that is %s: %i after %j towards %i is a person’s: %s',
  (_name, statusId, explained, target, expected) => {
    expect(personChanged({ statusId, explained, target, protectedStatuses: [8] })).toBe(expected);
  },
);
