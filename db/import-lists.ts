/**
 * Order numbers of a file, stored before the run that reads them, because a list of any length does not fit into a
 * workflow's input. One list is one set: numbers given twice are there once, in ascending order.
 */
import { DAY_MS } from '../domain/instants.ts';
import type { Database, Queries } from './database.ts';

/** A list whose run never came, or never ended, is forgotten after this. */
const KEPT_DAYS = 30;
/** Hexadecimal digits of a name: 96 bits tell lists apart. */
const NAME_LENGTH = 24;

/** Adds numbers to a list; called for each part of a file. May be repeated. Old lists of the channel are forgotten. */
export async function addToImportList(
  db: Database,
  part: { channelId: string; listId: string; orderIds: readonly number[]; now: string },
): Promise<void> {
  const { channelId, listId, orderIds, now } = part;
  const old = new Date(Date.parse(now) - KEPT_DAYS * DAY_MS).toISOString();
  await db.sql`delete from import_lists where channel_id = ${channelId} and created_at < ${old}::timestamptz`;
  await db.sql`
    insert into import_lists (channel_id, list_id, order_id, created_at)
    select distinct ${channelId}, ${listId}, given.id, ${now}::timestamptz
    from unnest(${[...orderIds]}::bigint[]) as given (id)
    on conflict do nothing`;
}

/**
 * Gives a list, once it is whole, the name under which it is imported: a hash of its numbers, so that the same file again
 * is the same import. Answers the name.
 */
export async function nameImportList(
  db: Database,
  list: { channelId: string; listId: string },
): Promise<string> {
  const { channelId, listId: from } = list;
  const [hashed] = await db.sql<{ hash: string }[]>`
    select left(encode(sha256(string_agg(order_id::text, ',' order by order_id)::bytea), 'hex'), ${NAME_LENGTH}::int) as hash
    from import_lists where channel_id = ${channelId} and list_id = ${from}`;
  if (hashed === undefined) throw new RangeError('an empty list has no name');
  const to = hashed.hash;
  await db.sql`
    insert into import_lists (channel_id, list_id, order_id, created_at)
    select channel_id, ${to}, order_id, created_at from import_lists
    where channel_id = ${channelId} and list_id = ${from}
    on conflict do nothing`;
  await dropImportList(db, list);
  return to;
}

/** How many numbers it has; 0 for a list that is not there. */
export async function countImportList(
  db: Queries,
  list: { channelId: string; listId: string },
): Promise<number> {
  const [row] = await db.sql<{ n: number }[]>`
    select count(*)::int as n from import_lists where channel_id = ${list.channelId} and list_id = ${list.listId}`;
  return row?.n ?? 0;
}

/** The next numbers above `after`, ascending. */
export async function nextOfImportList(
  db: Queries,
  ask: { channelId: string; listId: string; after: number; limit: number },
): Promise<number[]> {
  const rows = await db.sql<{ id: number }[]>`
    select order_id as id from import_lists
    where channel_id = ${ask.channelId} and list_id = ${ask.listId} and order_id > ${ask.after}
    order by order_id limit ${ask.limit}`;
  return rows.map((row) => row.id);
}

/** Forgets a list that was read to its end. May be repeated. */
export async function dropImportList(
  db: Queries,
  list: { channelId: string; listId: string },
): Promise<void> {
  await db.sql`delete from import_lists where channel_id = ${list.channelId} and list_id = ${list.listId}`;
}
