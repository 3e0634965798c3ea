/**
 * Store pickups (bigcommerce-api.md section 10): what of an order is ready for collection, what was collected, and the
 * methods that the store offers. A carrier's pickup point is none of these: for the store that is a shipping address.
 */
import { z } from 'zod';
import { unnamedMembers, type StoreAsk } from './ask.ts';
import { idFilter, LIST_PAGE_SIZE_MAX, mayGoOn, pageOf, type Page } from './paging.ts';
import { idOrNull, textOf, textOrNull, wholeNumber } from './wire-values.ts';
import { id, looseText, optionalId, quantity, text } from './wire-parts.ts';

export interface StorePickup {
  pickupId: number;
  orderId: number;
  pickupMethodId: number | null;
  /** As the store wrote it, ISO 8601; null while not ready. */
  readyAt: string | null;
  items: {
    orderProductId: number;
    quantity: number;
    /** `AWAITING_COLLECTION` or `COLLECTED`; other words pass as they came. */
    status: string;
    collectedAt: string | null;
  }[];
}

export interface PickupMethod {
  pickupMethodId: number;
  locationId: number | null;
  name: string;
  more: Record<string, unknown>;
}

export interface PickupCalls {
  /** Pickups of up to 250 orders. The list describes no pages (section 17, point 14): what comes is all. */
  pickupsOfOrders(orderIds: readonly number[]): Promise<StorePickup[]>;
  /**
   * A write: look before, and again after any error whose `effect` is `unknown`; the API knows no key for it. Times
   * are ISO 8601.
   */
  createPickup(pickup: {
    orderId: number;
    pickupMethodId: number;
    readyAt: string;
    collectedAt?: string;
    items: readonly { orderProductId: number; quantity: number }[];
  }): Promise<StorePickup>;
  /** A write; may be repeated. Marks all of the pickup's items. Whether it moves the order's status is not known. */
  updatePickup(pickup: { pickupId: number; readyAt?: string; collectedAt?: string }): Promise<StorePickup>;
  /** A write; may be repeated. */
  deletePickup(pickupId: number): Promise<void>;
  /** The store's pickup methods. Pages begin at 1. Needs the scope Fulfillment Methods. */
  pickupMethods(page: number): Promise<Page<PickupMethod>>;
}

const wirePickup = z.looseObject({
  id,
  order_id: id,
  pickup_method_id: optionalId,
  ready_at: looseText,
  pickup_items: z
    .array(z.looseObject({ order_product_id: id, quantity, status: text, collected_at: looseText }))
    .nullish(),
});
const wireMethod = z.looseObject({ id, location_id: optionalId, display_name: text });

const PICKUPS = '/v3/orders/pickups';

export function pickupCalls(ask: StoreAsk): PickupCalls {
  const write = async (method: 'POST' | 'PUT', row: Record<string, unknown>): Promise<StorePickup> => {
    const one = z.tuple([wirePickup]);
    return pickupOf((await ask.data({ method, path: PICKUPS, body: [row] }, one))[0]);
  };
  return {
    async pickupsOfOrders(orderIds) {
      const query = new URLSearchParams({ 'order_id:in': idFilter(orderIds) });
      const asked = { ids: orderIds, idOf: (row: { order_id: string | number }) => row.order_id };
      const { rows } = await ask.dataRows({ method: 'GET', path: PICKUPS, query }, wirePickup, asked);
      return rows.map(pickupOf);
    },

    createPickup: (pickup) =>
      write('POST', {
        pickup_method_id: pickup.pickupMethodId,
        order_id: pickup.orderId,
        ready_at: pickup.readyAt,
        ...(pickup.collectedAt === undefined ? {} : { collected_at: pickup.collectedAt }),
        pickup_items: pickup.items.map((item) => ({
          order_product_id: item.orderProductId,
          quantity: item.quantity,
        })),
      }),

    updatePickup: (pickup) =>
      write('PUT', {
        pickup_id: pickup.pickupId,
        // Deprecated, and still required beside `pickup_id` (section 10).
        id: pickup.pickupId,
        ...(pickup.readyAt === undefined ? {} : { ready_at: pickup.readyAt }),
        ...(pickup.collectedAt === undefined ? {} : { collected_at: pickup.collectedAt }),
      }),

    async deletePickup(pickupId) {
      const query = new URLSearchParams({ 'id:in': String(pickupId) });
      await ask.raw({ method: 'DELETE', path: PICKUPS, query, answerless: true });
    },

    async pickupMethods(page) {
      const request = { method: 'GET', path: '/v3/pickup/methods', query: pageOf(page) } as const;
      const { rows } = await ask.dataRows(request, wireMethod);
      return {
        rows: rows.map((wire) => ({
          pickupMethodId: wholeNumber(wire.id),
          locationId: idOrNull(wire.location_id),
          name: textOf(wire.display_name),
          more: unnamedMembers(wireMethod, wire),
        })),
        mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX),
      };
    },
  };
}

function pickupOf(wire: z.infer<typeof wirePickup>): StorePickup {
  return {
    pickupId: wholeNumber(wire.id),
    orderId: wholeNumber(wire.order_id),
    pickupMethodId: idOrNull(wire.pickup_method_id),
    readyAt: textOrNull(wire.ready_at),
    items: (wire.pickup_items ?? []).map((item) => ({
      orderProductId: wholeNumber(item.order_product_id),
      quantity: wholeNumber(item.quantity),
      status: textOf(item.status),
      collectedAt: textOrNull(item.collected_at),
    })),
  };
}
