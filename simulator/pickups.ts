// Store pickups of orders: ready for collection, collected. They do not move the order's status.
import { NO_CONTENT, Refusal, json, pickupProblem } from './answers.ts';
import type { Answer } from './answers.ts';
import type { PickupRecord } from './pickup-shelf.ts';
import { v3Integers } from './query.ts';
import { isRecord, recordWrite } from './routing.ts';
import type { Call, Route } from './routing.ts';

const PICKUP_SCOPE = ['store_order_fulfillment_manage'];
/** Pickups in one call (bigcommerce-api.md section 10). */
const BATCH_MAX = 100;

function wire(record: PickupRecord): Record<string, unknown> {
  return {
    id: record.id,
    pickup_method_id: record.methodId,
    order_id: record.orderId,
    ready_at: record.readyAt,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    pickup_items: record.items.map((item) => ({
      id: item.id,
      order_product_id: item.lineId,
      quantity: item.quantity,
      status: item.collectedAt === null ? 'AWAITING_COLLECTION' : 'COLLECTED',
      collected_at: item.collectedAt,
    })),
  };
}

/** Times come as unix seconds or ISO 8601. */
function readTime(value: unknown, field: string): string | null {
  if (value === undefined || value === null) return null;
  let milliseconds = NaN;
  if (typeof value === 'number') milliseconds = value * 1000;
  else if (typeof value === 'string')
    milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  if (Number.isNaN(milliseconds)) throw invalid(field, 'must be unix seconds or an ISO 8601 time');
  return new Date(milliseconds).toISOString();
}

function invalid(field: string, reason: string): Refusal {
  return new Refusal(pickupProblem(422, 'The request is not valid.', { [field]: reason }));
}

function rowsOf(call: Call): Record<string, unknown>[] {
  const rows: unknown = call.body;
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > BATCH_MAX) {
    throw invalid('body', `must be a list of 1 to ${BATCH_MAX}`);
  }
  return (rows as unknown[]).map((row) => {
    if (!isRecord(row)) throw invalid('body', 'must be a list of objects');
    return row;
  });
}

function readPickup(call: Call, row: Record<string, unknown>): PickupRecord {
  const order = typeof row['order_id'] === 'number' ? call.store.order(row['order_id']) : undefined;
  if (order === undefined) throw invalid('order_id', 'does not exist');
  const readyAt = readTime(row['ready_at'], 'ready_at');
  if (readyAt === null) throw invalid('ready_at', 'is required');
  const collectedAt = readTime(row['collected_at'], 'collected_at');
  const items: unknown = row['pickup_items'];
  if (!Array.isArray(items) || items.length === 0) throw invalid('pickup_items', 'is required');
  if (typeof row['pickup_method_id'] !== 'number') throw invalid('pickup_method_id', 'is required');
  const now = new Date(call.store.clock.nowMs()).toISOString();
  return {
    id: call.store.nextId('pickup'),
    orderId: order.id,
    methodId: row['pickup_method_id'],
    readyAt,
    createdAt: now,
    updatedAt: now,
    items: (items as unknown[]).map((item) => {
      const lineId = isRecord(item) ? item['order_product_id'] : undefined;
      const quantity = isRecord(item) ? item['quantity'] : undefined;
      const line = order.lines.find((candidate) => candidate.id === lineId);
      if (line === undefined) throw invalid('order_product_id', 'is not a line of the order');
      if (typeof quantity !== 'number' || quantity < 1 || quantity > line.quantity) {
        throw invalid('quantity', 'is not available for pickup');
      }
      return { id: call.store.nextId('pickup'), lineId: line.id, quantity, collectedAt };
    }),
  };
}

function listPickups(call: Call): Answer {
  const orderIds = v3Integers(call.query, 'order_id:in');
  const ids = v3Integers(call.query, 'pickup_id:in');
  const rows = call.store.pickups
    .all()
    .filter((record) => (orderIds?.has(record.orderId) ?? true) && (ids?.has(record.id) ?? true));
  // The one V3 list without any meta.
  return json(200, { data: rows.map(wire) });
}

function createPickups(call: Call): Answer {
  const records = rowsOf(call).map((row) => readPickup(call, row));
  for (const record of records) call.store.pickups.add(record);
  recordWrite(call, `pickups created for orders ${records.map((record) => record.orderId).join(', ')}`);
  return json(200, { data: records.map(wire), meta: {} });
}

function updatePickups(call: Call): Answer {
  const changes = rowsOf(call).map((row) => {
    // `id` is deprecated and still required beside `pickup_id`.
    if (typeof row['id'] !== 'number') throw invalid('id', 'is required');
    const record =
      typeof row['pickup_id'] === 'number' ? call.store.pickups.get(row['pickup_id']) : undefined;
    if (record === undefined) throw invalid('pickup_id', 'does not exist');
    return {
      record,
      readyAt: readTime(row['ready_at'], 'ready_at'),
      collectedAt: readTime(row['collected_at'], 'collected_at'),
    };
  });
  for (const { record, readyAt, collectedAt } of changes) {
    record.readyAt = readyAt ?? record.readyAt;
    record.updatedAt = new Date(call.store.clock.nowMs()).toISOString();
    for (const item of record.items) item.collectedAt = collectedAt ?? item.collectedAt;
  }
  recordWrite(call, `pickups written for orders ${changes.map(({ record }) => record.orderId).join(', ')}`);
  return json(200, { data: changes.map(({ record }) => wire(record)), meta: {} });
}

function deletePickups(call: Call): Answer {
  const ids = v3Integers(call.query, 'id:in');
  if (ids === undefined) throw invalid('id:in', 'is required');
  for (const id of ids) call.store.pickups.remove(id);
  recordWrite(call, `pickups ${[...ids].join(', ')} deleted`);
  return NO_CONTENT;
}

const route = (method: string, handle: (call: Call) => Answer): Route => ({
  method,
  template: '/v3/orders/pickups',
  scopes: PICKUP_SCOPE,
  handle,
});

/** The pickup endpoints of orders. */
export const pickupRoutes: readonly Route[] = [
  route('GET', listPickups),
  route('POST', createPickups),
  route('PUT', updatePickups),
  route('DELETE', deletePickups),
];
