/**
 * Delivered markers (metafields) that the ledger says the store has, and putting one back that it has no more. Each is put
 * back once by itself: what is taken away a second time stays away, because somebody wants it so.
 */
import { randomUUID } from 'node:crypto';
import { reasonNotToWrite } from './approve-steps.ts';
import { inTransaction, type Database, type Queries } from './database.ts';
import { recordDecision } from './decisions.ts';
import { loadKnownFacts } from './known-facts.ts';
import { lockOrder } from './order-row.ts';
import { offerOrder } from './outbox.ts';
import { insertStep, planWith } from './resend-steps.ts';
import { openLocked } from './wake-order.ts';

/** As `domain/write-back-marker.ts` names it; a marker in the staff notes is a text of people, and not looked for. */
const SUBJECT = 'delivered:order_metafield';

export interface WrittenMarker {
  orderId: number;
  /** When the ledger had it confirmed, ISO with milliseconds. */
  confirmedAt: string;
}

/** Markers confirmed between the two times that were never put back, the newest first. Reads only. */
export async function writtenMarkers(
  db: Queries,
  ask: { channelId: string; from: string; to: string; limit: number },
): Promise<WrittenMarker[]> {
  const rows = await db.sql<WrittenMarker[]>`
    select w.order_id as "orderId",
      to_char(w.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "confirmedAt"
    from write_backs w
    join orders o on o.channel_id = w.channel_id and o.order_id = w.order_id and o.gone is null
    where w.channel_id = ${ask.channelId} and w.kind = 'mark_delivered' and w.subject = ${SUBJECT}
      and w.state = 'confirmed' and w.n = 0
      and w.updated_at >= ${ask.from}::timestamptz and w.updated_at < ${ask.to}::timestamptz
      and not exists (select from write_backs l where l.store_hash = w.store_hash and l.order_id = w.order_id
        and l.kind = w.kind and l.subject = w.subject and l.n > w.n)
    order by w.updated_at desc limit ${ask.limit}`;
  return [...rows];
}

/**
 * Plans the order's marker once more and has its lifecycle write it; false where the rules of now write none. May be
 * repeated: the second time it is planned already.
 */
export async function putMarkerBack(
  db: Database,
  input: { channelId: string; orderId: number; now: string },
): Promise<boolean> {
  const { channelId, orderId, now } = input;
  return inTransaction(db, async (tx) => {
    const row = await lockOrder(tx, channelId, orderId);
    if (row === null || (await reasonNotToWrite(tx, input, row)) !== null) return false;
    const known = await loadKnownFacts(tx, row);
    const rows = known.ledger.filter(({ kind, subject }) => kind === 'mark_delivered' && subject === SUBJECT);
    const [first] = rows;
    if (first === undefined || rows.length > 1 || first.state !== 'confirmed') return false;
    const wish = { state: 'planned', blocked: null, approved: true, notBefore: null } as const;
    const plan = await planWith(tx, row, known, [{ ...first, ...wish, id: randomUUID(), n: first.n + 1 }]);
    const step = plan.steps.find(({ kind, subject }) => kind === 'mark_delivered' && subject === SUBJECT);
    if (step === undefined) return false;
    await insertStep(tx, row, step, now);
    await recordDecision(tx, {
      ...{ channelId, orderId, at: now },
      ...{ kind: 'event', outcome: 'marker_lost' },
      detail: 'The store has our delivered marker no more: it is put back, this once.',
    });
    await openLocked(tx, row, now, 'its delivered marker is gone from the store');
    await offerOrder(tx, { channelId, orderId, first: false, now });
    return true;
  });
}
