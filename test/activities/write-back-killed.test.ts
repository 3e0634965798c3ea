// A worker that dies between any two steps of a write-back, of every kind: afterwards the store has it once and shows
// the right status. The attempt ends at a named point, not by luck; the next one comes after the unclear minute.
import { describe, expect, it } from 'vitest';
import { WRITE_BACK_POINTS, type WriteBackPoint } from '../../activities/deps.ts';
import type { WriteBackKind } from '../../domain/write-back-types.ts';
import { settle, write, writeAll } from './store-side.ts';
import {
  factOnly,
  shipmentOf,
  shopOfFile,
  numberOf,
  say,
  setFulfillment,
  shipmentsIn,
  storeStatus,
  writesOf,
} from './write-back-side.ts';

const ORDERS = 130;

class WorkerDied extends Error {}

const shop = shopOfFile(import.meta.url, ORDERS, { pickup: 15 });

/** Ends the next attempt at a point; answers true where the attempt came that far. */
async function dieAt(orderId: number, kind: WriteBackKind, point: WriteBackPoint): Promise<boolean> {
  const { side } = shop;
  const { due } = await settle(side, orderId);
  if (due?.kind !== kind) return false;
  let died = false;
  side.deps.faultPoint = (reached) => {
    if (reached !== point) return;
    died = true;
    throw new WorkerDied(`at ${point}`);
  };
  try {
    await write(side, orderId, due.writeBackId).catch(() => undefined);
  } finally {
    delete side.deps.faultPoint;
  }
  // What may have been done is not asked about before a minute is over.
  side.clockOffsetMs += 61_000;
  return died;
}

interface Story {
  name: string;
  kind: WriteBackKind;
  settings: object;
  /** A pickup order, where the story needs one. */
  pickup?: true;
  /** Makes the step due, and leaves it at that. */
  begin(orderId: number): Promise<void>;
  /** All writes of the order, from the first to the last. */
  writes(orderId: number): string[];
  status: number;
}

const delivered = { status: { on_delivered: true }, delivered_marker: 'none' };
const pickup = { pickup: { enabled: true, write_pickup_record: true } };

const STORIES: Story[] = [
  {
    name: 'a new shipment',
    kind: 'create_shipment',
    settings: {},
    begin: (orderId) => factOnly(shop.side, orderId, 'label.created'),
    writes: (orderId) => [shipmentOf(orderId)],
    status: 2,
  },
  {
    name: 'a shipment of a person that is adopted',
    kind: 'create_shipment',
    settings: { on_conflict: 'overwrite' },
    begin: async (orderId) => {
      shop.side.store.shipInControlPanel(orderId);
      await factOnly(shop.side, orderId, 'label.created');
    },
    writes: (orderId) => [`PUT shipment ${numberOf(orderId)}`],
    status: 2,
  },
  {
    name: 'a replaced number',
    kind: 'update_shipment',
    settings: {},
    begin: async (orderId) => {
      await say(shop.side, orderId, 'label.created');
      await factOnly(shop.side, orderId, 'label.replaced', {
        number: `N${String(orderId)}`,
        replaces: numberOf(orderId),
      });
    },
    writes: (orderId) => [shipmentOf(orderId), `PUT shipment N${String(orderId)}`],
    status: 2,
  },
  {
    name: 'the deletion after a voided label',
    kind: 'delete_shipment',
    settings: { on_void: 'delete_shipment' },
    begin: async (orderId) => {
      await say(shop.side, orderId, 'label.created');
      await factOnly(shop.side, orderId, 'label.voided');
    },
    writes: (orderId) => [shipmentOf(orderId), 'DELETE shipment', 'PUT order {"status_id":11}'],
    status: 11,
  },
  {
    name: 'the status before the void',
    kind: 'set_status',
    settings: { on_void: 'delete_shipment' },
    begin: async (orderId) => {
      await say(shop.side, orderId, 'label.created');
      await factOnly(shop.side, orderId, 'label.voided');
      const { due } = await settle(shop.side, orderId);
      await write(shop.side, orderId, due?.writeBackId ?? '');
    },
    writes: (orderId) => [shipmentOf(orderId), 'DELETE shipment', 'PUT order {"status_id":11}'],
    status: 11,
  },
  {
    name: 'the delivered status',
    kind: 'set_status',
    settings: delivered,
    begin: async (orderId) => {
      await say(shop.side, orderId, 'label.created');
      await factOnly(shop.side, orderId, 'delivered');
    },
    writes: (orderId) => [shipmentOf(orderId), 'PUT order {"status_id":10}'],
    status: 10,
  },
  ...(['order_metafield', 'staff_note'] as const).map((marker): Story => ({
    name: `the delivered marker (${marker})`,
    kind: 'mark_delivered',
    settings: { status: { on_delivered: true }, delivered_marker: marker },
    begin: async (orderId) => {
      await say(shop.side, orderId, 'label.created');
      await factOnly(shop.side, orderId, 'delivered');
      const { due } = await settle(shop.side, orderId);
      await write(shop.side, orderId, due?.writeBackId ?? '');
    },
    writes: (orderId) => [
      shipmentOf(orderId),
      'PUT order {"status_id":10}',
      marker === 'staff_note' ? 'PUT order staff_notes' : 'POST metafield waybill.delivered_at',
    ],
    status: 10,
  })),
  {
    name: 'the record of a pickup that is ready',
    kind: 'write_pickup',
    settings: pickup,
    pickup: true,
    begin: (orderId) => factOnly(shop.side, orderId, 'pickup.ready'),
    writes: () => ['POST pickup ready', 'PUT order {"status_id":8}'],
    status: 8,
  },
  {
    name: 'the record of a pickup that was collected',
    kind: 'write_pickup',
    settings: pickup,
    pickup: true,
    begin: async (orderId) => {
      await say(shop.side, orderId, 'pickup.ready');
      await factOnly(shop.side, orderId, 'pickup.collected');
    },
    writes: () => [
      'POST pickup ready',
      'PUT order {"status_id":8}',
      'PUT pickup collected',
      'PUT order {"status_id":10}',
    ],
    status: 10,
  },
];

describe.each(STORIES)('$name', (story) => {
  it.each(WRITE_BACK_POINTS)('is there once when the worker dies at "%s"', async (point) => {
    const orderId = story.pickup === true ? shop.nextPickup() : shop.next();
    await setFulfillment(shop.side, story.settings);
    await story.begin(orderId);
    expect(await dieAt(orderId, story.kind, point)).toBe(true);
    await writeAll(shop.side, orderId);
    expect(writesOf(shop.side, orderId)).toEqual(story.writes(orderId));
    expect(storeStatus(shop.side, orderId)).toBe(story.status);
    expect(await settle(shop.side, orderId)).toMatchObject({ due: null, dueAt: null });
  });
});

describe('a new shipment whose worker dies twice', () => {
  const twice = WRITE_BACK_POINTS.slice(1, 5).flatMap((first) =>
    (['looking', 'marked', 'called', 'seen'] as const).map((second) => [first, second] as const),
  );
  it.each(twice)('at "%s" and then at "%s" is there once', async (first, second) => {
    const orderId = shop.next();
    await setFulfillment(shop.side, {});
    await factOnly(shop.side, orderId, 'label.created');
    expect(await dieAt(orderId, 'create_shipment', first)).toBe(true);
    // Where the first try was carried out, the second one only looks and does not come as far.
    await dieAt(orderId, 'create_shipment', second);
    await writeAll(shop.side, orderId);
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);
    expect(shipmentsIn(shop.side, orderId)).toHaveLength(1);
    expect(storeStatus(shop.side, orderId)).toBe(2);
  });
});
