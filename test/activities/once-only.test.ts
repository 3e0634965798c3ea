// Whatever is lost between us and the store: each parcel becomes one shipment there. The parcels hold half of a line, so
// the store itself would not refuse a second one.
import { afterEach, describe, expect, it } from 'vitest';
import { FAULT_KINDS, type FaultKind } from '../../simulator/faults.ts';
import { CHANNEL, event, importAll, openStoreSide, settle, write, type StoreSide } from './store-side.ts';

const ORDERS = 12;
/** Share of the calls that go wrong. */
const TROUBLE = 0.35;
const ROUNDS_MAX = 80;
/** Refused credentials and refused requests wait for a person, so they are no part of this. */
const FAULTS: FaultKind[] = FAULT_KINDS.filter((kind) => !['401', '403', 'status', 'latency'].includes(kind));

let side: StoreSide;
afterEach(async () => {
  await side.close();
});

describe('a parcel', () => {
  it.each([1, 2, 3])(
    'becomes one shipment in the store through any trouble (seed %i)',
    async (seed) => {
      side = await openStoreSide(import.meta.url);
      const ids = side.store.addOrders(
        Array.from({ length: ORDERS }, () => ({
          kind: 'plain',
          statusId: 11,
          lines: [{ sku: 'MUG', quantity: 4 }],
        })),
      );
      await importAll(side);
      for (const orderId of ids) {
        const [line] = await side.db.sql<{ id: number }[]>`
        select (canonical->'lineItems'->0->>'orderProductId')::bigint as id from orders where order_id = ${orderId} and channel_id = ${CHANNEL}`;
        await event(side, orderId, 'label.created', {
          lines: [{ orderProductId: line?.id ?? 0, quantity: 2 }],
          shipment: {
            trackingNumber: `T${String(orderId)}`,
            replaces: null,
            carrier: 'ups',
            service: null,
            trackingUrl: null,
          },
        });
      }

      const rules = FAULTS.map((fault, index) => ({
        match: { method: index % 3 === 0 ? 'GET' : 'POST' },
        fault,
        resetMs: 1,
      }));
      side.store.setFaults([
        // Which calls there are depends on which of them fail and on how two attempts meet: each fault strikes once for
        // sure, among the first calls, and then by chance.
        ...rules.map((rule, index) => ({ ...rule, skip: (index + seed) % 4, times: 1 })),
        ...rules.map((rule, index) => ({
          ...rule,
          probability: TROUBLE / FAULTS.length + ((seed + index) % 3) * 0.03,
        })),
      ]);
      await carryOn(ids, ROUNDS_MAX / 2);
      const struck = side.store.state.faults.list().filter(({ hits }) => hits > 0);
      expect([...new Set(struck.map(({ fault }) => fault))].sort()).toEqual([...FAULTS].sort());
      side.store.clearFaults();
      await carryOn(ids, ROUNDS_MAX);

      for (const orderId of ids) {
        const shipments = side.store.order(orderId)['shipments'] as {
          tracking_number: string;
          items: { quantity: number }[];
        }[];
        expect(shipments, `order ${String(orderId)}, seed ${String(seed)}`).toMatchObject([
          { tracking_number: `T${String(orderId)}`, items: [{ quantity: 2 }] },
        ]);
      }
      expect(side.store.writes().filter((made) => made.method === 'POST')).toHaveLength(ORDERS);
      const [ledger] = await side.db.sql<{ open: number }[]>`
      select count(*)::int as open from write_backs where kind = 'create_shipment' and state <> 'confirmed'`;
      expect(ledger?.open).toBe(0);
    },
    120_000,
  );
});

/** What the lifecycles do, with two attempts at a time now and then; minutes pass between rounds. */
async function carryOn(orderIds: number[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    let due = 0;
    for (const orderId of orderIds) {
      const settled = await settle(side, orderId);
      if (settled.dueAt !== null) due += 1;
      if (settled.due === null) continue;
      due += 1;
      const { writeBackId } = settled.due;
      const twice = (round + orderId) % 4 === 0;
      await Promise.allSettled(
        Array.from({ length: twice ? 2 : 1 }, () => write(side, orderId, writeBackId, round + 1)),
      );
    }
    if (due === 0) return;
    // Our clock goes on; the wait after a 429 is in real time and is lifted here.
    side.clockOffsetMs += 61_000;
    await side.db.sql`update quotas set blocked_until = null, refusals = 0`;
  }
}
