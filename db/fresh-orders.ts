/**
 * What a lifecycle would learn by its first settling, read for many orders at once: only for those that nothing has
 * happened to yet, whose settling would write nothing. Reads and decides by the same pure rules as `settle-order.ts`;
 * writes nothing and locks nothing (docs/decisions/0006 says why it need not).
 */
import { getTableColumns } from 'drizzle-orm';
import { isDeepStrictEqual } from 'node:util';
import type { StageCounts } from '../domain/facts.ts';
import { decideOrder } from '../domain/order-stage.ts';
import { currentOrder } from '../domain/order-versions.ts';
import { mayWrite } from '../domain/write-back-plan.ts';
import type { ChannelSettings, SettingsDocument } from '../settings/channel-settings.ts';
import { writeBackRules } from '../settings/rules.ts';
import type { Queries } from './database.ts';
import { orderFactsOf, type KnownFacts } from './known-facts.ts';
import type { OrderRow } from './order-row.ts';
import { planOrder } from './plan-order.ts';
import { orders } from './schema.ts';
import { settledAs, watchdogLimits, type SettledOrder } from './settled-answer.ts';

/** Of {@link SettledOrder} all that is not the same for every fresh order. */
type FreshOrder = Pick<
  SettledOrder,
  'progress' | 'lastNewsAt' | 'staleAfterMs' | 'closeAfterMs' | 'details'
> & { counts: StageCounts };

/** Whatever of this is about to change commits with a new generation of the order's outbox row. */
const FRESH_ORDERS = `
  select ${Object.entries(getTableColumns(orders))
    .map(([key, column]) => `o."${column.name}" as "${key}"`)
    .join(', ')}
  from orders o
  where o.channel_id = $1 and o.order_id = any ($2::bigint[])
    and o.lifecycle_state = 'open' and o.stage = 'imported' and o.attention is null and not o.paused and not o.stale
    and not exists (select 1 from carrier_events e where e.channel_id = o.channel_id and e.order_id = o.order_id)
    and not exists (select 1 from shipments s where s.channel_id = o.channel_id and s.order_id = o.order_id)
    and not exists (select 1 from write_backs w where w.store_hash = o.store_hash and w.order_id = o.order_id)`;

/**
 * What `settleOrder` would answer, by order id, for those of the given orders of a channel of which it would write
 * nothing: imported and open, no news, no parcels, no ledger, nothing to plan. All others are left out and must settle
 * for themselves. May be repeated.
 */
export async function settleFreshOrders(
  db: Queries,
  ask: { channelId: string; orderIds: readonly number[]; now: string },
): Promise<Map<number, FreshOrder>> {
  const { channelId, orderIds, now } = ask;
  const answers = new Map<number, FreshOrder>();
  if (orderIds.length === 0) return answers;
  const [channel] = await db.sql<{ enabled: boolean; settings: SettingsDocument }[]>`
    select enabled, settings from channels where id = ${channelId} and removed_at is null`;
  if (channel?.enabled !== true) return answers;
  const read = db.settings.read(channel.settings);
  if (!read.ok) return answers;
  const rows = await db.sql.unsafe<OrderRow[]>(FRESH_ORDERS, [channelId, [...orderIds]], { prepare: true });
  for (const row of rows) {
    const answer = answerFor(row, channel, read.settings, now);
    if (answer !== null) answers.set(row.orderId, answer);
  }
  return answers;
}

/** Null where the rows do not hold what would be decided now, where something is to be planned, or in doubt. */
function answerFor(
  row: OrderRow,
  channel: KnownFacts['channel'],
  settings: ChannelSettings,
  now: string,
): FreshOrder | null {
  const known: KnownFacts = { events: [], shipments: [], ledger: [], channel };
  try {
    row.canonical = currentOrder(row.canonical);
    const decided = decideOrder(orderFactsOf(row, known, false));
    const { stage, counts, attention, attentionReason } = row;
    if (!isDeepStrictEqual(decided, { stage, counts, attention, attentionReason, shipments: [] }))
      return null;
    if (planOrder(settings, row, decided, []).steps.length > 0) return null;
    const limits = watchdogLimits(settings);
    const writes = mayWrite(writeBackRules(settings)) ? 'yes' : 'import_only';
    const answer = settledAs({ row, shipments: [], ledger: [], writes, limits, now });
    const { progress, lastNewsAt, details } = answer;
    return { counts: decided.counts, progress, lastNewsAt, details, ...limits };
  } catch {
    // One document that cannot be read must not keep all others from being opened: its own settling tells what is wrong.
    return null;
  }
}
