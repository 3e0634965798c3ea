/** Kinds of columns: how a value of ours is kept and how it comes back. Used by `schema.ts` alone. */
import { customType } from 'drizzle-orm/pg-core';
import { currentOrder, type StoredOrderDocument } from '../domain/order-versions.ts';
import type { Order } from '../domain/order.ts';
import { jsonText } from './json-text.ts';

/** ISO 8601 in UTC with milliseconds, both ways. */
export const time = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  fromDriver: (value) => new Date(value).toISOString(),
});
export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });
/** A document; what Postgres cannot store of a text is replaced on the way in. */
export const json = <T>(name: string) =>
  customType<{ data: T; driverData: unknown }>({
    dataType: () => 'jsonb',
    toDriver: (value) => jsonText(value),
    // The column holds what was written through this type.
    fromDriver: (value) => value as T,
  })(name);
/** The canonical order: stored as it is made, read in today's shape. */
export const orderDocument = customType<{ data: Order; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: (value) => jsonText(value),
  // Only orders of some version of ours are ever written into such a column.
  fromDriver: (value) => currentOrder(value as StoredOrderDocument),
});
