// The remaining switches of write-back, each as setting × situation → the exact requests that reach the store: voided
// labels, store pickup, markers, exceptions and returns, several boxes, partial shipments, quantities.
import { describe, expect, it } from 'vitest';
import { orderView } from '../../db/order-view.ts';
import { previewPlan } from '../../db/plan-preview.ts';
import { CHANNEL, settle } from './store-side.ts';
import {
  approve,
  callsOf,
  factOnly,
  shipmentOf,
  shopOfFile,
  statusTo,
  say,
  setFulfillment,
  shipmentsIn,
  storeStatus,
  writesOf,
} from './write-back-side.ts';

const ORDERS = 70;

const shop = shopOfFile(import.meta.url, ORDERS, { pickup: 20 });

const lineOf = (orderId: number): number => shop.side.store.state.order(orderId)?.lines[0]?.id ?? 0;
const plan = (orderId: number) => previewPlan(shop.side.db, { channelId: CHANNEL, orderId });

async function given(settings: object): Promise<number> {
  const orderId = shop.next();
  await setFulfillment(shop.side, settings);
  return orderId;
}

describe('a voided label (K-14)', () => {
  it.each([
    ['leave', 'previous', [], 2],
    ['delete_shipment', 'none', ['DELETE shipment'], 2],
    ['delete_shipment', 'previous', ['DELETE shipment', statusTo(11)], 11],
    ['delete_shipment', 9, ['DELETE shipment', statusTo(9)], 9],
  ] as const)('on_void %s, void_restore_status %s: %j', async (on_void, void_restore_status, writes, end) => {
    const orderId = await given({ on_void, void_restore_status });
    await say(shop.side, orderId, 'label.created');
    await say(shop.side, orderId, 'label.voided');
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), ...writes]);
    expect(storeStatus(shop.side, orderId)).toBe(end);
    // Once more changes nothing.
    await say(shop.side, orderId, 'label.voided');
    expect(writesOf(shop.side, orderId)).toHaveLength(1 + writes.length);
  });

  it('made anew after its shipment was deleted is written and shown as shipped again', async () => {
    const orderId = await given({ on_void: 'delete_shipment' });
    shop.side.store.configure({ shipmentMovesStatus: false });
    try {
      await say(shop.side, orderId, 'label.created');
      await say(shop.side, orderId, 'label.voided');
      await say(shop.side, orderId, 'label.created');
    } finally {
      shop.side.store.configure({ shipmentMovesStatus: true });
    }
    expect(writesOf(shop.side, orderId)).toEqual([
      ...[shipmentOf(orderId), statusTo(2)],
      ...['DELETE shipment', statusTo(11)],
      ...[shipmentOf(orderId), statusTo(2)],
    ]);
  });

  it('of one of two parcels leaves the order partially shipped', async () => {
    const orderId = await given({ on_void: 'delete_shipment' });
    const lines = [{ orderProductId: lineOf(orderId), quantity: 1 }];
    await say(shop.side, orderId, 'label.created', { number: 'A', lines });
    await say(shop.side, orderId, 'label.created', { number: 'B', lines });
    expect(storeStatus(shop.side, orderId)).toBe(2);
    await say(shop.side, orderId, 'label.voided', { number: 'A' });
    expect(writesOf(shop.side, orderId).slice(2)).toEqual(['DELETE shipment', statusTo(3)]);
    expect(shipmentsIn(shop.side, orderId)).toMatchObject([{ tracking_number: 'B' }]);
  });

  it('does not take away a shipment whose number a person changed, nor a status that a person set', async () => {
    const orderId = await given({ on_void: 'delete_shipment' });
    await say(shop.side, orderId, 'label.created');
    const [shipment] = shop.side.store.state.order(orderId)?.shipments ?? [];
    if (shipment !== undefined) shipment.trackingNumber = 'BY-HAND';
    await say(shop.side, orderId, 'label.voided');
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);

    const other = await given({ on_void: 'delete_shipment' });
    await say(shop.side, other, 'label.created');
    shop.side.store.editOrder(other, { status_id: 10 });
    await say(shop.side, other, 'label.voided');
    expect(writesOf(shop.side, other)).toEqual([shipmentOf(other), 'DELETE shipment']);
    expect(storeStatus(shop.side, other)).toBe(10);
  });

  it('whose shipment a person deleted already costs no call, and the status goes back', async () => {
    const orderId = await given({ on_void: 'delete_shipment' });
    await say(shop.side, orderId, 'label.created');
    const [made] = shipmentsIn(shop.side, orderId);
    await factOnly(shop.side, orderId, 'label.voided');
    shop.side.store.deleteShipment(orderId, made?.id ?? 0);
    await say(shop.side, orderId, 'label.voided');
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), statusTo(11)]);
  });

  it('gives its shipment to a new label of the same lines, and is deleted for one of other lines', async () => {
    const orderId = await given({});
    await say(shop.side, orderId, 'label.created', { number: 'OLD' });
    await say(shop.side, orderId, 'label.voided', { number: 'OLD' });
    await say(shop.side, orderId, 'label.created', { number: 'NEW' });
    expect(writesOf(shop.side, orderId)).toEqual(['POST shipment OLD x2', 'PUT shipment NEW']);

    const other = await given({});
    await say(shop.side, other, 'label.created', { number: 'OLD' });
    await say(shop.side, other, 'label.voided', { number: 'OLD' });
    const lines = [{ orderProductId: lineOf(other), quantity: 1 }];
    await say(shop.side, other, 'label.created', { number: 'NEW', lines });
    expect(writesOf(shop.side, other)).toEqual([
      'POST shipment OLD x2',
      'DELETE shipment',
      'POST shipment NEW x1',
    ]);
  });
});

describe('a replaced label', () => {
  it('updates its shipment; with other lines it is deleted and created anew', async () => {
    const orderId = await given({});
    const lines = [{ orderProductId: lineOf(orderId), quantity: 1 }];
    await say(shop.side, orderId, 'label.created', { number: 'A', lines });
    await say(shop.side, orderId, 'label.replaced', { number: 'B', replaces: 'A' });
    const both = [{ orderProductId: lineOf(orderId), quantity: 2 }];
    await say(shop.side, orderId, 'label.replaced', { number: 'C', replaces: 'B', lines: both });
    expect(writesOf(shop.side, orderId)).toEqual([
      ...['POST shipment A x1', 'PUT shipment B'],
      ...['DELETE shipment', 'POST shipment C x2'],
    ]);
    expect(shipmentsIn(shop.side, orderId)).toMatchObject([{ tracking_number: 'C' }]);
    expect(storeStatus(shop.side, orderId)).toBe(2);
  });

  it('after a refund is still an update: nothing is made anew for it', async () => {
    const orderId = await given({});
    const line = lineOf(orderId);
    await say(shop.side, orderId, 'label.created', {
      number: 'A',
      lines: [{ orderProductId: line, quantity: 2 }],
    });
    shop.side.store.editOrder(orderId, { lines: [{ id: line, refunded: 1 }] });
    await say(shop.side, orderId, 'label.replaced', { number: 'B', replaces: 'A' });
    expect(writesOf(shop.side, orderId)).toEqual(['POST shipment A x2', 'PUT shipment B']);
  });
});

describe('store pickup (S-38 to S-40)', () => {
  const enabled = { pickup: { enabled: true } };
  const records = { pickup: { enabled: true, write_pickup_record: true } };

  it.each([
    ['ready, then collected', enabled, ['pickup.ready', 'pickup.collected'], [statusTo(8), statusTo(10)]],
    ['collected alone implies ready', enabled, ['pickup.collected'], [statusTo(10)]],
    [
      'without a status for collected',
      { pickup: { enabled: true, collected_target: null } },
      ['pickup.ready', 'pickup.collected'],
      [statusTo(8)],
    ],
    [
      'with records',
      records,
      ['pickup.ready', 'pickup.collected'],
      ['POST pickup ready', statusTo(8), 'PUT pickup collected', statusTo(10)],
    ],
    ['collected alone, with records', records, ['pickup.collected'], ['POST pickup collected', statusTo(10)]],
    [
      'ready twice, with records',
      records,
      ['pickup.ready', 'pickup.ready'],
      ['POST pickup ready', statusTo(8)],
    ],
    ['off: lines without an address are written nowhere', {}, ['pickup.ready', 'pickup.collected'], []],
  ] as const)('%s', async (_name, settings, facts, writes) => {
    const orderId = shop.nextPickup();
    await setFulfillment(shop.side, settings);
    for (const fact of facts) await say(shop.side, orderId, fact);
    expect(writesOf(shop.side, orderId)).toEqual(writes);
  });

  it('of a carrier that means the counter: one status, no shipment', async () => {
    const orderId = await given(enabled);
    await say(shop.side, orderId, 'label.created', { carrier: 'Pickup in Store', number: '' });
    expect(writesOf(shop.side, orderId)).toEqual([statusTo(8)]);
    await say(shop.side, orderId, 'pickup.collected');
    expect(writesOf(shop.side, orderId)).toEqual([statusTo(8), statusTo(10)]);
    expect(shipmentsIn(shop.side, orderId)).toEqual([]);
  });

  it('switched off treats that carrier like the others', async () => {
    const orderId = await given({});
    await say(shop.side, orderId, 'label.created', { carrier: 'pickup_in_store' });
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);
  });

  it("is not a carrier's pickup point, which is a normal shipment (X-26)", async () => {
    const orderId = await given(enabled);
    await say(shop.side, orderId, 'label.created');
    await say(shop.side, orderId, 'available_for_pickup');
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);
  });

  it.each([4, 5, 6, 12, 13])('writes nothing over status %i', async (personal) => {
    const orderId = shop.nextPickup();
    await setFulfillment(shop.side, enabled);
    shop.side.store.editOrder(orderId, { status_id: personal });
    await say(shop.side, orderId, 'pickup.ready');
    await say(shop.side, orderId, 'pickup.collected');
    expect(writesOf(shop.side, orderId)).toEqual([]);
  });
});

describe('delivery (Q-33, X-4)', () => {
  it.each([
    [{ status: { on_delivered: true } }, [statusTo(10), 'POST metafield waybill.delivered_at']],
    [
      { status: { on_delivered: true }, delivered_marker: 'staff_note' },
      [statusTo(10), 'PUT order staff_notes'],
    ],
    [{ status: { on_delivered: true }, delivered_marker: 'none' }, [statusTo(10)]],
    [{ status: { on_delivered: true, delivered_target: 8 } }, ['POST metafield waybill.delivered_at']],
    [{ status: { on_delivered: false } }, []],
    [{ status: { shipped_target: 10, on_delivered: true } }, ['POST metafield waybill.delivered_at']],
  ])('%j writes %j', async (settings, writes) => {
    const orderId = await given(settings);
    await say(shop.side, orderId, 'label.created');
    const before = writesOf(shop.side, orderId);
    await say(shop.side, orderId, 'delivered');
    await say(shop.side, orderId, 'in_transit');
    expect(writesOf(shop.side, orderId).slice(before.length)).toEqual(writes);
  });

  it('keeps what people wrote into the staff notes', async () => {
    const orderId = await given({ status: { on_delivered: true }, delivered_marker: 'staff_note' });
    await say(shop.side, orderId, 'label.created');
    shop.side.store.editOrder(orderId, { staff_notes: 'Fragile.' });
    await say(shop.side, orderId, 'delivered');
    expect(shop.side.store.state.order(orderId)?.staffNotes).toMatch(
      /^Fragile\.\nDelivered \(Waybill\): \d{4}-/,
    );
  });

  it('with one status for both says so in the plan', async () => {
    const orderId = await given({
      status: { shipped_target: 10, on_delivered: true },
      delivered_marker: 'none',
    });
    await say(shop.side, orderId, 'label.created');
    await say(shop.side, orderId, 'delivered');
    expect((await plan(orderId))?.skipped).toMatchObject([{ reason: 'same_status' }]);
  });
});

describe('bad outcomes (Q-45)', () => {
  it.each([
    ['exception', {}, []],
    ['exception', { status: { on_exception: 9 } }, [statusTo(9)]],
    ['returned', {}, []],
    ['returned', { status: { on_returned: 11 } }, [statusTo(11)]],
  ] as const)('%s with %j writes %j', async (word, settings, writes) => {
    const orderId = await given(settings);
    await say(shop.side, orderId, 'label.created');
    await say(shop.side, orderId, word, { reason: 'lost' });
    await say(shop.side, orderId, word, { reason: 'lost' });
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), ...writes]);
  });

  it('an exception that is over lets the order be shown as shipped again', async () => {
    const orderId = await given({ status: { on_exception: 9, shipped_on_possession: true } });
    await say(shop.side, orderId, 'label.created');
    await say(shop.side, orderId, 'exception', { reason: 'held' });
    await say(shop.side, orderId, 'in_transit');
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), statusTo(9), statusTo(2)]);
  });

  it("is not written over a person's status", async () => {
    const orderId = await given({ status: { on_exception: 9 } });
    await say(shop.side, orderId, 'label.created');
    shop.side.store.editOrder(orderId, { status_id: 10 });
    await say(shop.side, orderId, 'exception', { reason: 'lost' });
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);
  });
});

describe('several boxes of one shipment (K-13)', () => {
  it('a late box is added to the comments of the shipment that is there', async () => {
    const orderId = await given({});
    await say(shop.side, orderId, 'label.created', { number: 'BOX1' });
    await say(shop.side, orderId, 'label.created', { number: 'BOX2' });
    await say(shop.side, orderId, 'label.created', { number: 'BOX3' });
    expect(writesOf(shop.side, orderId)).toEqual([
      'POST shipment BOX1 x2',
      'PUT shipment BOX1 (Tracking numbers: BOX2)',
      'PUT shipment BOX1 (Tracking numbers: BOX2, BOX3)',
    ]);
    await say(shop.side, orderId, 'label.voided', { number: 'BOX2' });
    expect(writesOf(shop.side, orderId).at(-1)).toBe('PUT shipment BOX1 (Tracking numbers: BOX3)');
    expect(shipmentsIn(shop.side, orderId)).toHaveLength(1);
  });

  it('keeps what a person wrote into the comments', async () => {
    const orderId = await given({});
    await say(shop.side, orderId, 'label.created', { number: 'BOX1' });
    const [shipment] = shop.side.store.state.order(orderId)?.shipments ?? [];
    if (shipment !== undefined) shipment.comments = 'Leave at the door.';
    await say(shop.side, orderId, 'label.created', { number: 'BOX2' });
    expect(shipmentsIn(shop.side, orderId)).toMatchObject([
      { comments: 'Leave at the door.\nTracking numbers: BOX2' },
    ]);
  });

  it('joined puts all numbers into the field while they fit, else into the comments', async () => {
    const orderId = await given({ shipment: { multi_parcel: 'joined' } });
    await say(shop.side, orderId, 'label.created', { number: 'BOX1' });
    await say(shop.side, orderId, 'label.created', { number: 'BOX2' });
    const long = 'X'.repeat(45);
    await say(shop.side, orderId, 'label.created', { number: long });
    expect(writesOf(shop.side, orderId)).toEqual([
      'POST shipment BOX1 x2',
      'PUT shipment BOX1,BOX2',
      `PUT shipment BOX1 (Tracking numbers: BOX2, ${long})`,
    ]);
  });
});

describe('quantities', () => {
  it.each([
    ['per_line', ['POST shipment A x1'], ['POST shipment B x1']],
    ['whole_order', [], ['POST shipment A x1', 'POST shipment B x1']],
  ] as const)(
    'shipment.partial %s: %j after the first label, %j after the second',
    async (partial, first, second) => {
      const orderId = await given({ shipment: { partial } });
      const lines = [{ orderProductId: lineOf(orderId), quantity: 1 }];
      await say(shop.side, orderId, 'label.created', { number: 'A', lines });
      expect(writesOf(shop.side, orderId)).toEqual(first);
      if (first.length === 0)
        expect((await plan(orderId))?.skipped).toMatchObject([{ reason: 'waits_for_whole_order' }]);
      await say(shop.side, orderId, 'label.created', { number: 'B', lines });
      expect(writesOf(shop.side, orderId)).toEqual([...first, ...second]);
    },
  );

  it('more than the order needs is refused: the store gets what is left, people are told', async () => {
    const orderId = await given({});
    const lines = [{ orderProductId: lineOf(orderId), quantity: 5 }];
    await say(shop.side, orderId, 'label.created', { number: 'A', lines });
    expect(writesOf(shop.side, orderId)).toEqual(['POST shipment A x2']);
    expect(await settle(shop.side, orderId)).toMatchObject({ attention: 'over_shipment' });
    await say(shop.side, orderId, 'label.created', { number: 'B', lines });
    expect(writesOf(shop.side, orderId)).toEqual(['POST shipment A x2']);
    expect(callsOf(shop.side, orderId)).toBe(1);
  });

  it('refunded units are not shipped and not missed', async () => {
    const orderId = shop.next();
    await setFulfillment(shop.side, {});
    const line = lineOf(orderId);
    await say(shop.side, orderId, 'label.created', {
      number: 'A',
      lines: [{ orderProductId: line, quantity: 1 }],
    });
    const view = await orderView(shop.side.db, CHANNEL, orderId);
    expect(view?.lines[0]).toMatchObject({ quantity: 2, refunded: 0, held: 1, inStore: 1, remaining: 1 });
  });
});

describe('before anything is written', () => {
  it('the plan names steps, mails and what waits, and changes nothing', async () => {
    const orderId = await given({ dry_run: true });
    await factOnly(shop.side, orderId, 'label.created');
    const first = await plan(orderId);
    expect(first).toMatchObject({
      steps: [{ kind: 'create_shipment', blocked: 'dry_run', mails: 1 }, { kind: 'set_status' }],
      mailsNow: 0,
      mailsWaiting: 1,
    });
    expect(await plan(orderId)).toEqual(first);
    expect(callsOf(shop.side, orderId)).toBe(0);
    await setFulfillment(shop.side, {});
    await say(shop.side, orderId, 'label.created');
    expect(callsOf(shop.side, orderId)).toBe(0);
    await approve(shop.side, orderId);
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);
  });

  it('restore warns of two mails', async () => {
    const orderId = await given({
      shipment: { status_side_effect: 'restore' },
      status: { shipped_on_writeback: false, shipped_on_possession: true },
    });
    await factOnly(shop.side, orderId, 'label.created');
    expect(await plan(orderId)).toMatchObject({
      mailsNow: 2,
      steps: [{ kind: 'create_shipment' }, { kind: 'set_status' }],
    });
  });
});
