// Write-backs against a simulated store over HTTP: once only, whatever is lost on the way.
import { afterEach, describe, expect, it } from 'vitest';
import { recordCheck } from '../../db/channels.ts';
import { getWriteBack } from '../../db/write-backs.ts';
import {
  event,
  failureOf,
  importAll,
  openStoreSide,
  settle,
  write,
  writeAll,
  CHANNEL,
  TOKEN,
  type SideOptions,
  type StoreSide,
} from './store-side.ts';

let side: StoreSide;
afterEach(async () => {
  await side.close();
});

/** A store with one imported order of one line with two units. */
async function withOrder(options: SideOptions = {}): Promise<number> {
  side = await openStoreSide(import.meta.url, options);
  const [orderId = 0] = side.store.addOrders([
    { kind: 'plain', statusId: 11, lines: [{ sku: 'MUG', quantity: 2 }] },
  ]);
  await importAll(side);
  side.store.resetRequests();
  return orderId;
}

/** The label's event, and the step that follows from it. */
async function labelled(orderId: number, trackingNumber = '9205590164917312751089'): Promise<string> {
  const settled = await event(side, orderId, 'label.created', { shipment: label(trackingNumber) });
  if (settled.due === null) throw new Error(`nothing is due: ${settled.details}`);
  return settled.due.writeBackId;
}
const label = (trackingNumber: string) => ({
  trackingNumber,
  replaces: null,
  carrier: 'usps',
  service: null,
  trackingUrl: null,
});

const rowOf = async (writeBackId: string) => (await getWriteBack(side.db, writeBackId))?.row;
const shipmentsOf = (orderId: number) =>
  side.store.order(orderId)['shipments'] as {
    id: number;
    tracking_number: string;
    items: { quantity: number }[];
  }[];
const statusOf = (orderId: number) => (side.store.order(orderId)['order'] as { status_id: number }).status_id;
const requests = () =>
  side.store.requests().list.map((request) => `${request.method} ${request.path.replace(/\?.*/, '')}`);
const passUnclearWait = () => {
  side.clockOffsetMs += 61_000;
};

describe('a shipment', () => {
  it('is created with its number, confirmed, and makes the status step needless', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'confirmed' });
    expect(shipmentsOf(orderId)).toMatchObject([
      { tracking_number: '9205590164917312751089', items: [{ quantity: 2 }] },
    ]);
    expect(await rowOf(writeBackId)).toMatchObject({
      state: 'confirmed',
      storeShipmentId: shipmentsOf(orderId)[0]?.id,
      statusBefore: 11,
    });
    // Order and shipments before, the call, the order after.
    expect(requests()).toHaveLength(4);
    // The store moved the order to Shipped by itself, which the plan knows without another call.
    expect(statusOf(orderId)).toBe(2);
    expect((await settle(side, orderId)).due).toBeNull();
    expect(side.store.writes()).toHaveLength(1);
  });

  it('is followed by the status where the store does not move it by itself', async () => {
    const orderId = await withOrder({ store: { shipmentMovesStatus: false } });
    await labelled(orderId);
    expect(await writeAll(side, orderId)).toEqual(['create_shipment confirmed', 'set_status confirmed']);
    expect(statusOf(orderId)).toBe(2);
    expect(side.store.writes().map((made) => made.body)).toMatchObject([
      { tracking_number: '9205590164917312751089' },
      { status_id: 2 },
    ]);
  });

  it('is not created twice when the same step is carried out again', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    await write(side, orderId, writeBackId);
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'confirmed' });
    expect(side.store.writes()).toHaveLength(1);
  });

  it('whose answer was lost is confirmed by a look after a minute and not repeated', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    side.store.setFaults([{ match: { method: 'POST' }, fault: 'cut-after', times: 1 }]);
    const failure = await failureOf(write(side, orderId, writeBackId));
    expect(failure).toMatchObject({ type: 'OutcomeUnclear', nonRetryable: false, category: 'BENIGN' });
    expect(Number(failure.nextRetryDelay)).toBe(60_000);
    expect(await rowOf(writeBackId)).toMatchObject({ state: 'sent' });
    // Before the minute is over nothing is asked and nothing is sent.
    side.store.resetRequests();
    expect(await failureOf(write(side, orderId, writeBackId, 2))).toMatchObject({ type: 'OutcomeUnclear' });
    expect(requests()).toEqual([]);
    passUnclearWait();
    expect(await write(side, orderId, writeBackId, 3)).toEqual({ outcome: 'confirmed' });
    expect(shipmentsOf(orderId)).toHaveLength(1);
    expect(side.store.writes()).toHaveLength(1);
    expect((await rowOf(writeBackId))?.storeShipmentId).toBe(shipmentsOf(orderId)[0]?.id);
  });

  it.each(['504-after', 'html', 'truncated-json', 'wrong-json', 'empty-200'] as const)(
    'whose answer came as %s is looked up, not repeated',
    async (fault) => {
      const orderId = await withOrder();
      const writeBackId = await labelled(orderId);
      side.store.setFaults([{ match: { method: 'POST' }, fault, times: 1 }]);
      expect(await failureOf(write(side, orderId, writeBackId))).toMatchObject({ type: 'OutcomeUnclear' });
      passUnclearWait();
      expect(await write(side, orderId, writeBackId, 2)).toEqual({ outcome: 'confirmed' });
      expect(side.store.writes()).toHaveLength(1);
    },
  );

  it.each(['cut-before', '500'] as const)(
    'that did not arrive (%s) is sent again after two looks',
    async (fault) => {
      const orderId = await withOrder();
      const writeBackId = await labelled(orderId);
      side.store.setFaults([{ match: { method: 'POST' }, fault, times: 1 }]);
      expect(await failureOf(write(side, orderId, writeBackId))).toMatchObject({ type: 'OutcomeUnclear' });
      passUnclearWait();
      side.store.resetRequests();
      expect(await write(side, orderId, writeBackId, 2)).toEqual({ outcome: 'confirmed' });
      expect(
        requests().filter((request) => request.startsWith('GET') && request.endsWith('/shipments')),
      ).toHaveLength(2);
      expect(shipmentsOf(orderId)).toHaveLength(1);
    },
  );

  it.each([
    ['429', 1_000],
    ['429-no-headers', 1_000],
  ] as const)(
    'that met %s was certainly not made: it goes back to planned and waits',
    async (fault, leastMs) => {
      const orderId = await withOrder();
      const writeBackId = await labelled(orderId);
      side.store.setFaults([{ match: { method: 'POST' }, fault, times: 1 }]);
      const failure = await failureOf(write(side, orderId, writeBackId));
      expect(failure).toMatchObject({ type: 'BigCommerceRateLimited', category: 'BENIGN' });
      expect(Number(failure.nextRetryDelay)).toBeGreaterThanOrEqual(leastMs);
      expect(await rowOf(writeBackId)).toMatchObject({ state: 'planned' });
      expect(shipmentsOf(orderId)).toEqual([]);
    },
  );

  it('that the store refuses is refused with its sentence, and attention is asked for', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    // The merchant takes a unit out of the order: the wanted quantity is more than there is.
    side.store.editOrder(orderId, { lines: [{ sku: 'MUG', quantity: 1 }] });
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'refused' });
    const row = await rowOf(writeBackId);
    expect(row).toMatchObject({ state: 'refused' });
    expect(row?.outcome).toContain("The field 'quantity' is invalid.");
    expect((await settle(side, orderId)).attention).toBe('refused');
    expect(shipmentsOf(orderId)).toEqual([]);
  });

  it('that a person made with the same number is adopted', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId, '1Z 999 AA1');
    const made = side.store.shipInControlPanel(orderId, { tracking_number: '1z999aa1' });
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'confirmed' });
    expect(await rowOf(writeBackId)).toMatchObject({ state: 'confirmed', storeShipmentId: made });
    expect(shipmentsOf(orderId)).toHaveLength(1);
    expect(side.store.writes()).toEqual([]);
  });

  it('that a person made without a number gets ours, and is not doubled', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId, '1Z999AA1');
    const made = side.store.shipInControlPanel(orderId);
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'confirmed' });
    expect(await rowOf(writeBackId)).toMatchObject({ storeShipmentId: made });
    expect(shipmentsOf(orderId)).toMatchObject([{ id: made, tracking_number: '1Z999AA1' }]);
    expect(side.store.writes().map((one) => one.method)).toEqual(['PUT']);
  });

  it('adopted with a lost answer is tried again until it bears the number', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId, '1Z999AA1');
    side.store.shipInControlPanel(orderId);
    side.store.setFaults([{ match: { method: 'PUT' }, fault: 'cut-before', times: 1 }]);
    expect(await failureOf(write(side, orderId, writeBackId))).toMatchObject({ type: 'OutcomeUnclear' });
    passUnclearWait();
    expect(await write(side, orderId, writeBackId, 2)).toEqual({ outcome: 'confirmed' });
    expect(shipmentsOf(orderId)).toMatchObject([{ tracking_number: '1Z999AA1' }]);
  });

  it('for units that a person shipped meanwhile is planned anew from what was read', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    side.store.shipInControlPanel(orderId, { tracking_number: 'OTHER' });
    expect(['replan', 'superseded']).toContain((await write(side, orderId, writeBackId)).outcome);
    await writeAll(side, orderId);
    expect(shipmentsOf(orderId)).toMatchObject([{ tracking_number: 'OTHER' }]);
    expect(side.store.writes()).toEqual([]);
  });

  it('of an order that was cancelled in the store meanwhile is not made', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    side.store.editOrder(orderId, { status_id: 5 });
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'superseded' });
    expect(shipmentsOf(orderId)).toEqual([]);
    expect(statusOf(orderId)).toBe(5);
  });

  it('of an order with sixty lines sees all of them', async () => {
    side = await openStoreSide(import.meta.url);
    const lines = Array.from({ length: 60 }, (_, index) => ({ sku: `S${String(index)}`, quantity: 1 }));
    const [orderId = 0] = side.store.addOrders([{ kind: 'plain', lines }]);
    await importAll(side);
    await labelled(orderId);
    expect(await writeAll(side, orderId)).toEqual(['create_shipment confirmed']);
    expect(shipmentsOf(orderId)[0]?.items).toHaveLength(60);
  });
});

describe('a replaced label', () => {
  it('puts its number onto the same shipment', async () => {
    const orderId = await withOrder();
    await labelled(orderId, 'OLD1');
    await writeAll(side, orderId);
    await event(side, orderId, 'label.replaced', { shipment: { ...label('NEW1'), replaces: 'OLD1' } });
    expect(await writeAll(side, orderId)).toEqual(['update_shipment confirmed']);
    expect(shipmentsOf(orderId)).toMatchObject([{ tracking_number: 'NEW1' }]);
  });
});

describe('a status', () => {
  const delivered = { fulfillment: { status: { on_delivered: true }, delivered_marker: 'none' } };
  const deliver = (orderId: number, trackingNumber: string) =>
    event(side, orderId, 'tracking.updated', {
      occurredAt: new Date(Date.now() + 60_000).toISOString(),
      shipment: label(trackingNumber),
      tracking: {
        status: 'delivered',
        reason: null,
        provider: null,
        providerStatus: null,
        returning: false,
        signedBy: null,
        cod: null,
      },
    });

  it('is set when every parcel was delivered', async () => {
    const orderId = await withOrder({ settings: delivered });
    await labelled(orderId, 'T1');
    await writeAll(side, orderId);
    await deliver(orderId, 'T1');
    expect(await writeAll(side, orderId)).toEqual(['set_status confirmed']);
    expect(statusOf(orderId)).toBe(10);
    expect(side.store.writes().at(-1)?.body).toEqual({ status_id: 10 });
  });

  it('that a person set already costs no call', async () => {
    const orderId = await withOrder({ settings: delivered });
    await labelled(orderId, 'T1');
    await writeAll(side, orderId);
    const { due } = await deliver(orderId, 'T1');
    side.store.editOrder(orderId, { status_id: 10 });
    expect(await write(side, orderId, due?.writeBackId ?? '')).toEqual({ outcome: 'confirmed' });
    expect(side.store.writes()).toHaveLength(1);
  });

  it('never overwrites a refund', async () => {
    const orderId = await withOrder({ settings: delivered });
    await labelled(orderId, 'T1');
    await writeAll(side, orderId);
    const { due } = await deliver(orderId, 'T1');
    side.store.editOrder(orderId, { status_id: 4 });
    expect(await write(side, orderId, due?.writeBackId ?? '')).toEqual({ outcome: 'superseded' });
    expect(statusOf(orderId)).toBe(4);
  });

  it('waits for approval where a person decided otherwise and the channel asks', async () => {
    const orderId = await withOrder({
      settings: {
        fulfillment: { status: { on_delivered: true }, delivered_marker: 'none', on_conflict: 'ask' },
      },
    });
    await labelled(orderId, 'T1');
    await writeAll(side, orderId);
    const { due } = await deliver(orderId, 'T1');
    side.store.editOrder(orderId, { status_id: 9 });
    expect(await write(side, orderId, due?.writeBackId ?? '')).toEqual({ outcome: 'blocked:ask' });
    expect(statusOf(orderId)).toBe(9);
    expect((await settle(side, orderId)).attention).toBe('conflict');
  });
});

describe('credentials that are refused', () => {
  it.each([
    ['on reading', 'GET'],
    ['on writing', 'POST'],
  ])('%s block the step, and a good check lets it go on', async (_when, method) => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    side.store.setFaults([{ match: { method }, fault: '403', times: 1 }]);
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'blocked:auth' });
    expect(await rowOf(writeBackId)).toMatchObject({ state: 'planned', blocked: 'auth' });
    const settled = await settle(side, orderId);
    expect(settled).toMatchObject({ due: null, attention: 'auth' });
    const now = side.deps.clock();
    await recordCheck(side.db, { id: CHANNEL, ok: false, report: {}, clockSkewMs: null, now });
    expect(
      (await recordCheck(side.db, { id: CHANNEL, ok: true, report: {}, clockSkewMs: null, now })).offered,
    ).toBe(1);
    expect(await writeAll(side, orderId)).toEqual(['create_shipment confirmed']);
  });

  it('leave a step that may have been done alone until they work again', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    side.store.setFaults([{ match: { method: 'POST' }, fault: 'cut-after', times: 1 }]);
    await failureOf(write(side, orderId, writeBackId));
    side.store.removeToken(TOKEN);
    passUnclearWait();
    expect(await write(side, orderId, writeBackId, 2)).toEqual({ outcome: 'unclear:auth' });
    expect(await rowOf(writeBackId)).toMatchObject({ state: 'sent' });
    side.store.addToken({ token: TOKEN });
    expect(await write(side, orderId, writeBackId, 3)).toEqual({ outcome: 'confirmed' });
    expect(side.store.writes()).toHaveLength(1);
  });
});

describe('a channel that may not write', () => {
  it('sends nothing once push is off, and keeps the step for later', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    await side.db
      .sql`update channels set settings = jsonb_set(settings, '{fulfillment,push_enabled}', 'false')`;
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'blocked:push_off' });
    expect(side.store.writes()).toEqual([]);
  });

  it('sends nothing in a dry run', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    await side.db.sql`update channels set settings = jsonb_set(settings, '{fulfillment,dry_run}', 'true')`;
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'blocked:dry_run' });
    expect(requests()).toEqual([]);
  });

  it('still settles what it may have done, without writing, once it only imports', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    side.store.setFaults([{ match: { method: 'POST' }, fault: 'cut-before', times: 1 }]);
    await failureOf(write(side, orderId, writeBackId));
    await side.db
      .sql`update channels set settings = jsonb_set(jsonb_set(settings, '{channel,profile}', '"import_only"'), '{fulfillment,push_enabled}', 'false')`;
    passUnclearWait();
    expect(await write(side, orderId, writeBackId, 2)).toEqual({ outcome: 'blocked:push_off' });
    expect(side.store.writes()).toEqual([]);
    expect((await settle(side, orderId)).due).toBeNull();
  });

  it('sends nothing as import-only, whatever else is set', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    await side.db
      .sql`update channels set settings = jsonb_set(jsonb_set(settings, '{channel,profile}', '"import_only"'), '{fulfillment,push_enabled}', 'false')`;
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'blocked:push_off' });
    expect(requests()).toEqual([]);
  });

  it('is not even called while it is disabled', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    await side.db.sql`update channels set enabled = false`;
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'blocked:channel' });
    expect(requests()).toEqual([]);
  });

  it('sends nothing for a paused order', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    await side.db.sql`update orders set paused = true`;
    expect(await write(side, orderId, writeBackId)).toEqual({ outcome: 'paused' });
    expect(requests()).toEqual([]);
  });
});

describe('two attempts at once', () => {
  it('make one shipment', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    side.store.setFaults([{ match: { method: 'POST' }, fault: 'latency', latencyMs: 300 }]);
    const outcomes = await Promise.allSettled([
      write(side, orderId, writeBackId),
      write(side, orderId, writeBackId),
    ]);
    expect(shipmentsOf(orderId)).toHaveLength(1);
    expect(side.store.writes()).toHaveLength(1);
    expect(outcomes.some((one) => one.status === 'fulfilled' && one.value.outcome === 'confirmed')).toBe(
      true,
    );
  });

  it('of a row that was sent: only one takes it over', async () => {
    const orderId = await withOrder();
    const writeBackId = await labelled(orderId);
    side.store.setFaults([{ match: { method: 'POST' }, fault: 'cut-before', times: 1 }]);
    await failureOf(write(side, orderId, writeBackId));
    passUnclearWait();
    await Promise.allSettled([write(side, orderId, writeBackId), write(side, orderId, writeBackId)]);
    expect(shipmentsOf(orderId)).toHaveLength(1);
  });
});
