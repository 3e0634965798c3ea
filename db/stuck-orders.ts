/**
 * `waybill stuck`: what needs a person, grouped by why, with the command that helps: attention, writes that do not go
 * out, orders that sit too long in one status of the store (capabilities K-35), and what could not be read. Reads only.
 */
import { remedyFor, type Remedy } from '../domain/attention-remedy.ts';
import type { Attention } from '../domain/facts.ts';
import { DAY_MS, HOUR_MS, instantMs, isoMillis } from '../domain/instants.ts';
import { tellsOfLoss } from '../domain/order-attention.ts';
import { storeStatusName } from '../domain/store-status.ts';
import type { Channel } from './channel-row.ts';
import type { Queries } from './database.ts';
import { statusesNow } from './status-now.ts';

export interface StuckOrder {
  orderId: number;
  /** One sentence, no customer's data. */
  detail: string;
  /** ISO: since when it has been so, as far as is known. */
  since: string;
}

export interface StuckGroup {
  channelId: string;
  /** `attention:refused`, `attention:conflict:cancelled`, `attention:changed:lost`, `write:push_off`, `status:11`, `unreadable`, `waiting_events`. */
  reason: string;
  text: string;
  command: string;
  /** What a person says who decides the other way, where there are two ways. */
  otherwise?: { text: string; command: string };
  count: number;
  /** The longest first; at most {@link STUCK_SHOWN_MAX}. */
  orders: StuckOrder[];
}

/** Longer lists help nobody; the count tells how many there are. */
export const STUCK_SHOWN_MAX = 20;
/** A write that has not gone through for so long is worth a look; a single outage of a store is shorter. */
const FAILING_AFTER_MS = 2 * HOUR_MS;
/** An unclear outcome is settled within minutes, unless the store cannot be asked. */
const UNCLEAR_AFTER_MS = HOUR_MS / 4;
/** Events come before their order now and then, but not a day before. */
const PARKED_AFTER_MS = DAY_MS;

/** Everything of one channel that needs a person now. Empty: nothing does. */
export async function stuckOrders(
  db: Queries,
  channel: Pick<Channel, 'id' | 'settings'>,
  now: string,
): Promise<StuckGroup[]> {
  const groups = await Promise.all([
    attentionGroups(db, channel.id),
    writeGroups(db, channel.id, now),
    statusGroups(db, channel, now),
    unreadGroups(db, channel.id, now),
  ]);
  return groups.flat();
}

interface Found extends StuckOrder {
  reason: string;
}

/** Groups rows that come with their reason; the longest waiting first. */
function grouped(channelId: string, rows: readonly Found[], about: (reason: string) => Remedy): StuckGroup[] {
  const byReason = new Map<string, Found[]>();
  for (const row of rows) {
    const group = byReason.get(row.reason);
    if (group === undefined) byReason.set(row.reason, [row]);
    else group.push(row);
  }
  return [...byReason].map(([reason, found]) => {
    const sorted = [...found].sort((a, b) =>
      a.since < b.since ? -1 : a.since > b.since ? 1 : a.orderId - b.orderId,
    );
    const orders = sorted
      .slice(0, STUCK_SHOWN_MAX)
      .map(({ orderId, detail, since }) => ({ orderId, detail, since }));
    return { channelId, reason, ...about(reason), count: found.length, orders };
  });
}

/** A cancelled order whose parcels travel is helped otherwise than a write that waits for a word. */
const CANCELLED = 'cancelled';
/** A shipment that a person deleted is helped otherwise than an order that the store changed. */
const LOST = 'lost';

async function attentionGroups(db: Queries, channelId: string): Promise<StuckGroup[]> {
  const rows = await db.sql<
    { attention: Attention; cancelled: boolean; orderId: number; detail: string; since: string }[]
  >`
    select attention, attention = 'conflict' and coalesce(stage = 'cancelled', false) as cancelled, order_id as "orderId",
      coalesce(attention_reason, attention) as detail, last_news_at as since
    from orders where channel_id = ${channelId} and attention is not null`;
  const found = rows.map((row) => {
    const lost = row.attention === 'changed' && tellsOfLoss(row.detail);
    const kind = row.cancelled ? CANCELLED : lost ? LOST : null;
    return { ...row, reason: ['attention', row.attention, ...(kind === null ? [] : [kind])].join(':') };
  });
  return grouped(channelId, found, (reason) => {
    const [, attention, kind] = reason.split(':');
    // Made of an attention just above.
    return remedyFor(attention as Attention, {
      channelId,
      cancelled: kind === CANCELLED,
      lost: kind === LOST,
    });
  });
}

const WRITES: Readonly<Record<string, { text: string; command: string }>> = {
  'write:push_off': {
    text: 'Came due while fulfillment.push_enabled was off.',
    command: 'waybill approve {channel} --all',
  },
  'write:dry_run': {
    text: 'Came due while fulfillment.dry_run was on.',
    command: 'waybill approve {channel} --all',
  },
  'write:channel': { text: 'Wait for the channel.', command: 'waybill channel enable {channel}' },
  'write:unclear': {
    text: 'Sent, and the store could not be asked since whether it took them.',
    command: 'waybill retry {channel} <order>',
  },
  'write:failing': {
    text: 'Have not gone through for hours; they are tried again by themselves.',
    command: 'waybill retry {channel} <order>',
  },
};

/** What `attention` does not tell already: `auth`, `ask` and refusals are there. */
async function writeGroups(db: Queries, channelId: string, now: string): Promise<StuckGroup[]> {
  const failing = isoMillis(instantMs(now) - FAILING_AFTER_MS);
  const unclear = isoMillis(instantMs(now) - UNCLEAR_AFTER_MS);
  const rows = await db.sql<Found[]>`
    select case when w.state = 'sent' then 'write:unclear' when w.blocked is null then 'write:failing'
        else 'write:' || w.blocked end as reason,
      w.order_id as "orderId", rtrim(w.summary, '.') || coalesce(': ' || w.outcome, '') as detail,
      coalesce(w.sent_at, w.created_at) as since
    from write_backs w
    join orders o on o.channel_id = w.channel_id and o.order_id = w.order_id and not o.paused
    where w.channel_id = ${channelId} and (
      (w.state = 'sent' and w.sent_at <= ${unclear}::timestamptz)
      or (w.state = 'planned' and w.blocked in ('push_off', 'dry_run', 'channel'))
      or (w.state = 'planned' and w.blocked is null and w.created_at <= ${failing}::timestamptz))`;
  return grouped(channelId, rows, (reason) => {
    const about = WRITES[reason] ?? { text: reason, command: 'waybill order {channel} <order>' };
    return { text: about.text, command: about.command.replace('{channel}', channelId) };
  });
}

/**
 * Orders that have not changed for longer than their status should last (`alerts.stuck_after_hours`), as far as our
 * rows know: those that were taken in, and those whose status kept them out.
 */
async function statusGroups(
  db: Queries,
  { id: channelId, settings }: Pick<Channel, 'id' | 'settings'>,
  now: string,
): Promise<StuckGroup[]> {
  const limits = Object.entries(settings.alerts.stuck_after_hours);
  const statuses = limits.map(([status]) => Number(status));
  const before = limits.map(([, hours]) => isoMillis(instantMs(now) - (hours ?? 0) * HOUR_MS));
  if (statuses.length === 0) return [];
  const rows = await db.sql<{ statusId: number; orderId: number; payment: string | null; since: string }[]>`
    with late as (
      select * from unnest(${statuses}::int[], ${before}::timestamptz[]) as l (status_id, before)
    )
    select l.status_id as "statusId", o.order_id as "orderId", o.canonical->>'paymentStatus' as payment,
      s.status_since as since
    from ${statusesNow(db, channelId)} s join late l on l.status_id = s.status_now
    join orders o on o.channel_id = ${channelId} and o.order_id = s.order_id
    where s.status_since <= l.before
    union all
    select l.status_id, k.order_id, null, k.at
    from (
      select distinct on (d.order_id) d.order_id, d.at, d.outcome, substring(d.detail from '^Status (\\d+)')::int as status_id
      from decisions d
      where d.channel_id = ${channelId} and d.kind = 'gate' and d.order_id > 0
      order by d.order_id, d.id desc
    ) k join late l on l.status_id = k.status_id
    where k.outcome like 'rejected:%' and k.at <= l.before
      and not exists (select 1 from orders o where o.channel_id = ${channelId} and o.order_id = k.order_id)`;
  const found = rows.map(({ statusId, orderId, payment, since }) => {
    const paid =
      payment === null ? 'not taken in' : payment === '' ? 'no payment known' : `payment ${payment}`;
    const detail = `${storeStatusName(statusId)}, ${paid}`;
    return { reason: `status:${String(statusId)}`, orderId, detail, since };
  });
  return grouped(channelId, found, (reason) => {
    const status = Number(reason.slice('status:'.length));
    // Keys of the document are texts.
    const hours = limits.find(([key]) => Number(key) === status)?.[1] ?? 0;
    return {
      text: `${storeStatusName(status)} for more than ${String(hours)} hours (alerts.stuck_after_hours).`,
      command: `waybill explain ${channelId} <order>`,
    };
  });
}

async function unreadGroups(db: Queries, channelId: string, now: string): Promise<StuckGroup[]> {
  const parkedBefore = isoMillis(instantMs(now) - PARKED_AFTER_MS);
  const rows = await db.sql<Found[]>`
    select 'unreadable' as reason, order_id as "orderId", coalesce(last_error, 'no reason is known') as detail,
      created_at as since
    from hints where channel_id = ${channelId} and reason = 'unreadable'
    union all
    select 'waiting_events', order_id, count(*)::text || ' carrier events wait for this order', min(received_at)
    from carrier_events
    where channel_id = ${channelId} and state = 'parked' and order_id > 0 and received_at <= ${parkedBefore}::timestamptz
    group by order_id`;
  return grouped(channelId, rows, (reason) =>
    reason === 'unreadable'
      ? {
          text: 'Cannot be read as an order; it is tried again by itself, ever more seldom.',
          command: `waybill explain ${channelId} <order>`,
        }
      : {
          text: 'Carriers speak of orders that were never taken in.',
          command: `waybill explain ${channelId} <order>`,
        },
  );
}
