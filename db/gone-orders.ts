/**
 * Orders that we hold and the store lists no more: archived or deleted there. They are marked with a decision and left
 * out of later comparisons, so that one of them does not make its window differ every night.
 */
import { inTransaction, type Database, type Queries, type Tx } from './database.ts';
import { recordDecision } from './decisions.ts';
import { lockOrders, type OrderRow } from './order-row.ts';
import { followLocked } from './wake-order.ts';

/** Ours of a window of creations that are not among the listed ones and not marked yet, by number. */
export async function unlistedOrders(
  db: Queries,
  ask: { channelId: string; from: string; to: string; listed: readonly number[]; limit: number },
): Promise<number[]> {
  const rows = await db.sql<{ orderId: number }[]>`
    select order_id as "orderId" from orders
    where channel_id = ${ask.channelId} and store_created_at >= ${ask.from}::timestamptz
      and store_created_at < ${ask.to}::timestamptz and gone is null
      and order_id <> all(${[...ask.listed]}::bigint[])
    order by order_id limit ${ask.limit}`;
  return rows.map((row) => row.orderId);
}

/** Marks them, each with a decision, and tells lifecycles that are open. May be repeated. */
export async function markGone(
  db: Database,
  input: { channelId: string; gone: ReadonlyMap<number, 'archived' | 'deleted'>; now: string },
): Promise<void> {
  const { channelId, gone, now } = input;
  if (gone.size === 0) return;
  await inTransaction(db, async (tx) => {
    for (const row of await lockOrders(tx, channelId, [...gone.keys()])) {
      const how = gone.get(row.orderId);
      if (how === undefined || row.gone === how) continue;
      await setGone(tx, row, how, now);
      await followLocked(tx, row, now, { news: false });
    }
  });
}

/** The mark on one locked order, with its decision; `row` is updated in place. Null takes it away. */
export async function setGone(tx: Tx, row: OrderRow, how: OrderRow['gone'], now: string): Promise<void> {
  if (row.gone === how) return;
  const { channelId, orderId } = row;
  await tx.sql`update orders set gone = ${how} where channel_id = ${channelId} and order_id = ${orderId}`;
  row.gone = how;
  const detail =
    how === 'archived'
      ? 'The store has archived the order and lists it no more.'
      : how === 'deleted'
        ? 'The store has no order with this number any more.'
        : 'The store lists the order again.';
  const outcome = how === null ? 'listed_again' : `gone:${how}`;
  await recordDecision(tx, { channelId, orderId, at: now, kind: 'lifecycle', outcome, detail });
}

/** Takes the mark from orders that are listed again. Answers how many. May be repeated. */
export async function unmarkGone(
  db: Queries,
  input: { channelId: string; listed: readonly number[] },
): Promise<number> {
  const found = await db.sql`
    update orders set gone = null
    where channel_id = ${input.channelId} and gone is not null and order_id = any(${[...input.listed]}::bigint[])`;
  return found.count;
}
