import { describe, expect, test } from 'vitest';
import type { CarrierFact } from '../../domain/carrier-event.ts';
import { understandShipments } from '../../domain/shipments.ts';
import { fact, label, lineItem, order, override, scan } from './examples.ts';

function understand(events: CarrierFact[], theOrder = order()) {
  return understandShipments(theOrder, events, []);
}

describe('identity', () => {
  test('numbers that differ only in blanks, dashes and case are one parcel', () => {
    const { shipments } = understand([
      label('9205 5000-1', { at: 1 }),
      scan('920550001', 'picked_up', { at: 2 }),
    ]);
    expect(shipments).toMatchObject([
      { key: '920550001', trackingNumber: '9205 5000-1', position: 'picked_up' },
    ]);
  });

  test('a replaced label joins both numbers under the first one', () => {
    const { shipments } = understand([
      label('A1', { at: 1, carrier: 'usps', url: 'https://old.example/A1' }),
      fact('label.replaced', { at: 2, number: 'B2', replaces: 'A1' }),
      scan('A1', 'in_transit', { at: 3 }),
    ]);
    expect(shipments).toMatchObject([
      {
        key: 'A1',
        trackingNumber: 'B2',
        numbers: ['A1', 'B2'],
        replacements: 1,
        carrier: 'usps',
        trackingUrl: null,
        position: 'in_transit',
      },
    ]);
  });

  test('a replacement whose old label was never seen still keys the parcel by the old number', () => {
    const { shipments } = understand([fact('label.replaced', { number: 'B2', replaces: 'A1', at: 1 })]);
    expect(shipments).toMatchObject([{ key: 'A1', trackingNumber: 'B2', replacements: 1 }]);
  });

  test('a replacement that is told twice counts once', () => {
    const { shipments } = understand([
      label('A1', { at: 1 }),
      fact('label.replaced', { number: 'B2', replaces: 'A1', at: 2 }),
      fact('label.replaced', { number: 'B2', replaces: 'A1', at: 3 }),
    ]);
    expect(shipments).toMatchObject([{ replacements: 1 }]);
  });

  test('a chain of replacements is one parcel, a circle of them too', () => {
    const chain = [
      fact('label.replaced', { number: 'C', replaces: 'B', at: 2 }),
      label('A', { at: 0 }),
      fact('label.replaced', { number: 'B', replaces: 'A', at: 1 }),
    ];
    expect(understand(chain).shipments).toMatchObject([{ key: 'A', trackingNumber: 'C', replacements: 2 }]);
    const circle = [...chain, fact('label.replaced', { number: 'A', replaces: 'C', at: 3 })];
    expect(understand(circle).shipments).toMatchObject([
      { key: 'A', trackingNumber: 'A', numbers: ['B', 'C', 'A'] },
    ]);
  });

  test('a label without a number is a parcel of its own event', () => {
    const { shipments } = understand([label(null, { id: 'evt-x', at: 1 })]);
    expect(shipments).toMatchObject([{ key: 'event:evt-x', trackingNumber: null, numbers: [] }]);
  });

  test('a scan without a number goes to the only parcel', () => {
    const { shipments } = understand([label('A', { at: 1 }), scan(null, 'delivered', { at: 2 })]);
    expect(shipments).toMatchObject([{ key: 'A', position: 'delivered' }]);
  });

  test('a scan without a number from shortly before the label goes to that parcel', () => {
    const { shipments } = understand([scan(null, 'trackable', { at: 1 }), label('A', { at: 30 })]);
    expect(shipments).toMatchObject([{ key: 'A', position: 'trackable' }]);
  });

  test('scans without a number make one parcel where there is no label at all', () => {
    const { shipments, unplaced } = understand([
      scan(null, 'delivered', { id: 'late', at: 9 }),
      scan(null, 'in_transit', { id: 'early', at: 3 }),
    ]);
    expect(shipments).toMatchObject([{ key: 'event:early', position: 'delivered' }]);
    expect(unplaced).toEqual([]);
  });

  test('a scan without a number is not placed among several parcels', () => {
    const { shipments, unplaced } = understand([
      label('A', { at: 1 }),
      label('B', { at: 2 }),
      scan(null, 'delivered', { at: 3 }),
    ]);
    expect(unplaced).toHaveLength(1);
    expect(shipments.map((one) => one.position)).toEqual(['label_created', 'label_created']);
  });

  test('a scan without a number skips a voided parcel', () => {
    const { shipments } = understand([
      label('A', { at: 1 }),
      fact('label.voided', { number: 'A', at: 2 }),
      label('B', { at: 3 }),
      scan(null, 'picked_up', { at: 4 }),
    ]);
    expect(shipments).toMatchObject([
      { key: 'A', voided: true },
      { key: 'B', position: 'picked_up' },
    ]);
  });

  test('a scan with an unknown number makes a parcel that holds what is left', () => {
    const { shipments } = understand([
      label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 1 }] }),
      scan('B', 'in_transit', { at: 2 }),
    ]);
    expect(shipments[1]).toMatchObject({
      key: 'B',
      holds: [
        { orderProductId: 15, quantity: 1 },
        { orderProductId: 16, quantity: 1 },
      ],
    });
  });

  test('events more than seven days older than their label are refused and counted', () => {
    const week = 7 * 24;
    const { shipments } = understand([
      scan('A', 'delivered', { at: 0 }),
      label('A', { at: week + 1 }),
      scan('A', 'trackable', { at: 2 }),
    ]);
    expect(shipments).toMatchObject([{ position: 'trackable', recycledEvents: 1 }]);
  });
});

describe('labels', () => {
  test('a void takes the units away and a new label gives them back', () => {
    const created = label('A', { at: 1 });
    const voided = fact('label.voided', { number: 'A', at: 2 });
    expect(understand([created, voided]).shipments).toMatchObject([{ voided: true, holds: [], restores: 0 }]);
    const again = understand([created, voided, label('A', { at: 3 })]);
    expect(again.shipments).toMatchObject([{ voided: false, restores: 1 }]);
  });

  test('voiding the number that was replaced voids nothing', () => {
    const { shipments } = understand([
      label('A', { at: 1 }),
      fact('label.replaced', { number: 'B', replaces: 'A', at: 2 }),
      fact('label.voided', { number: 'A', at: 3 }),
    ]);
    expect(shipments).toMatchObject([{ voided: false, trackingNumber: 'B' }]);
  });

  test("a provider's word cancelled is a trouble, not a void", () => {
    const { shipments } = understand([label('A', { at: 1 }), scan('A', 'cancelled', { at: 2 })]);
    expect(shipments).toMatchObject([{ voided: false, side: 'exception', reason: 'cancelled_label' }]);
  });

  test('a manifest means awaiting collection, an outside shipment means picked up', () => {
    const { shipments } = understand([
      label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 2 }] }),
      fact('shipment.manifested', { number: 'A', at: 2 }),
      fact('shipment.external', { number: 'B', at: 3, lines: [{ orderProductId: 16, quantity: 1 }] }),
    ]);
    expect(shipments.map((one) => one.position)).toEqual(['awaiting_collection', 'picked_up']);
    expect(shipments[1]?.milestones).toMatchObject({
      label: null,
      external: shipments[1]?.milestones.trackable,
      possession: shipments[1]?.lastEventAt,
    });
  });
});

describe('tracking', () => {
  test('a late scan does not lower the position', () => {
    const { shipments } = understand([
      label('A', { at: 1 }),
      scan('A', 'delivered', { at: 5 }),
      scan('A', 'in_transit', { at: 6 }),
    ]);
    expect(shipments).toMatchObject([{ position: 'delivered' }]);
  });

  test('a side status is shown until a ranked event is newer', () => {
    const base = [label('A', { at: 1 }), scan('A', 'exception', { at: 3, reason: 'damaged' })];
    expect(understand(base).shipments).toMatchObject([
      { side: 'exception', reason: 'damaged', position: 'label_created' },
    ]);
    expect(understand([...base, scan('A', 'in_transit', { at: 4 })]).shipments).toMatchObject([
      { side: null, position: 'in_transit' },
    ]);
    expect(understand([...base, scan('A', 'in_transit', { at: 2 })]).shipments).toMatchObject([
      { side: 'exception', position: 'in_transit' },
    ]);
  });

  test('a delivery is undone by a later return only', () => {
    const delivered = scan('A', 'delivered', { at: 5 });
    expect(understand([delivered, scan('A', 'returned', { at: 6 })]).shipments).toMatchObject([
      { returned: true },
    ]);
    expect(understand([delivered, scan('A', 'returned', { at: 5 })]).shipments).toMatchObject([
      { returned: false },
    ]);
    expect(understand([delivered, scan('A', 'exception', { at: 6 })]).shipments).toMatchObject([
      { position: 'delivered', returned: false },
    ]);
  });

  test('a delivery after the return is the delivery to the sender', () => {
    const { shipments } = understand([
      label('A', { at: 1 }),
      scan('A', 'returned', { at: 5 }),
      scan('A', 'delivered', { at: 6 }),
    ]);
    expect(shipments).toMatchObject([
      { returned: true, position: 'label_created', milestones: { delivered: null } },
    ]);
  });

  test('a parcel on its way back has not come back', () => {
    const { shipments } = understand([
      scan('A', 'in_transit', { at: 1 }),
      scan('A', 'returned', { at: 2, returning: true }),
    ]);
    expect(shipments).toMatchObject([
      { returned: false, returning: true, side: 'returned', position: 'in_transit' },
    ]);
  });

  test('a new label after a return sends the parcel out again, and the old number has no say any more', () => {
    const { shipments, leftReturn } = understand([
      label('A', { at: 1 }),
      scan('A', 'in_transit', { at: 2 }),
      scan('A', 'returned', { at: 3 }),
      fact('label.replaced', { number: 'B', replaces: 'A', at: 4 }),
      scan('A', 'delivered', { at: 5 }),
      scan('B', 'trackable', { at: 6 }),
    ]);
    expect(leftReturn).toBe(true);
    expect(shipments).toMatchObject([{ returned: false, position: 'trackable' }]);
  });

  test('a return of the replaced number does not return the new parcel', () => {
    const { shipments } = understand([
      label('A', { at: 1 }),
      fact('label.replaced', { number: 'B', replaces: 'A', at: 2 }),
      scan('A', 'returned', { at: 3 }),
    ]);
    expect(shipments).toMatchObject([{ returned: false }]);
  });

  test('a delay before any scan proves no possession', () => {
    const delayed = scan('A', 'in_transit', { at: 2, reason: 'delayed' });
    expect(understand([label('A', { at: 1 }), delayed]).shipments[0]?.milestones.possession).toBeNull();
    const scanned = understand([label('A', { at: 1 }), delayed, scan('A', 'in_transit', { at: 3 })]);
    expect(scanned.shipments[0]?.milestones.possession).not.toBeNull();
  });

  test('an override hides what was received before it, not the label', () => {
    const events = [
      label('A', { at: 1 }),
      scan('A', 'delivered', { at: 2 }),
      scan('A', 'in_transit', { at: 9 }),
    ];
    const { shipments } = understandShipments(order(), events, [override('trackable', 5)]);
    expect(shipments).toMatchObject([
      { position: 'in_transit', milestones: { delivered: null, label: events[0]?.occurredAt } },
    ]);
  });
});

describe('holding', () => {
  test('units that two parcels claim go to the first one, and the rest is reported', () => {
    const { shipments, overShipped } = understand([
      label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 2 }] }),
      label('B', {
        at: 2,
        lines: [
          { orderProductId: 15, quantity: 1 },
          { orderProductId: 99, quantity: 1 },
        ],
      }),
    ]);
    expect(shipments.map((one) => one.holds)).toEqual([[{ orderProductId: 15, quantity: 2 }], []]);
    expect(overShipped).toEqual([
      { orderProductId: 15, quantity: 1 },
      { orderProductId: 99, quantity: 1 },
    ]);
  });

  test('a refund after the goods left is no over-shipment, before it is', () => {
    const lineItems = [lineItem({ orderProductId: 15, quantity: 2, quantityRefunded: 1 })];
    const claim = label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 2 }] });
    expect(understand([claim], order({ lineItems })).overShipped).toEqual([
      { orderProductId: 15, quantity: 1 },
    ]);
    const gone = [claim, scan('A', 'picked_up', { at: 2 })];
    expect(understand(gone, order({ lineItems })).overShipped).toEqual([]);
  });

  test('a refund takes the units of the parcel that came back, not those under way', () => {
    const lineItems = [lineItem({ orderProductId: 15, quantity: 2, quantityRefunded: 1 })];
    const one = [{ orderProductId: 15, quantity: 1 }];
    const { shipments } = understand(
      [
        label('A', { at: 1, lines: one }),
        label('B', { at: 2, lines: one }),
        scan('A', 'returned', { at: 3 }),
      ],
      order({ lineItems }),
    );
    expect(shipments.map((parcel) => parcel.holds)).toEqual([[], one]);
  });

  test('several parcels without lines are boxes of one shipment', () => {
    const { shipments } = understand([label('A', { at: 1 }), label('B', { at: 2 })]);
    expect(shipments).toMatchObject([
      { key: 'A', sharesWith: null },
      { key: 'B', sharesWith: 'A' },
    ]);
    expect(shipments[1]?.holds).toEqual(shipments[0]?.holds);
  });

  test('a box without lines joins the shipment that is under way when nothing is left', () => {
    const { shipments } = understand([
      label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 2 }] }),
      scan('A', 'delivered', { at: 3 }),
      label('B', { at: 2, lines: [{ orderProductId: 16, quantity: 1 }] }),
      scan('C', 'in_transit', { at: 5 }),
    ]);
    expect(shipments[2]).toMatchObject({
      key: 'C',
      sharesWith: 'B',
      holds: [{ orderProductId: 16, quantity: 1 }],
    });
  });

  test('a parcel without lines holds no pickup lines, and pickup holds nothing else', () => {
    const lineItems = [
      lineItem({ orderProductId: 15 }),
      lineItem({ orderProductId: 16, orderAddressId: null, pickupId: 3, quantity: 2 }),
    ];
    const { shipments } = understand(
      [
        label('A', { at: 1 }),
        fact('pickup.ready', { at: 2 }),
        fact('pickup.collected', { at: 3, lines: [{ orderProductId: 16, quantity: 1 }] }),
      ],
      order({ lineItems }),
    );
    expect(shipments).toMatchObject([
      { key: 'A', holds: [{ orderProductId: 15, quantity: 1 }] },
      {
        key: 'pickup:collected',
        kind: 'pickup',
        position: 'delivered',
        holds: [{ orderProductId: 16, quantity: 1 }],
      },
      {
        key: 'pickup:ready',
        kind: 'pickup',
        position: 'trackable',
        holds: [{ orderProductId: 16, quantity: 1 }],
      },
    ]);
  });

  test('what was collected is not ready once more', () => {
    const lineItems = [lineItem({ orderProductId: 16, orderAddressId: null, pickupId: 3, quantity: 2 })];
    const one = [{ orderProductId: 16, quantity: 1 }];
    const { shipments } = understand(
      [fact('pickup.ready', { at: 2, lines: one }), fact('pickup.collected', { at: 3, lines: one })],
      order({ lineItems }),
    );
    expect(shipments).toMatchObject([
      { key: 'pickup:collected', holds: one },
      { key: 'pickup:ready', holds: [] },
    ]);
  });

  test('digital lines are held by nobody', () => {
    const lineItems = [
      lineItem({ orderProductId: 15 }),
      lineItem({ orderProductId: 17, kind: 'digital', orderAddressId: null }),
    ];
    const { shipments } = understand([label('A', { at: 1 })], order({ lineItems }));
    expect(shipments[0]?.holds).toEqual([{ orderProductId: 15, quantity: 1 }]);
  });
});
