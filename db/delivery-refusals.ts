/**
 * How many deliveries of others were refused and why, or were repeats that changed nothing, for the operator who asks
 * why nothing arrives. Counts only: nothing of a refused delivery is kept.
 */
import { asc, eq } from 'drizzle-orm';
import type { Queries } from './database.ts';
import { deliveryRefusals } from './schema.ts';

export interface DeliveryRefusal {
  channelId: string;
  /** `store`, or the carrier service. */
  source: string;
  /** Such as `signature`, `secret`, `expired`, or {@link REPEATED}. */
  reason: string;
  refused: number;
  lastAt: string;
}

/** Proved, known already, and therefore without effect: its sender was told that all is well. */
export const REPEATED = 'repeated';

/** Counts `count` more, by default one. */
export async function countRefusal(
  db: Queries,
  {
    channelId,
    source,
    reason,
    now,
    count = 1,
  }: Omit<DeliveryRefusal, 'refused' | 'lastAt'> & { now: string; count?: number },
): Promise<void> {
  await db.sql`
    insert into delivery_refusals (channel_id, source, reason, refused, last_at)
    values (${channelId}, ${source}, ${reason}, ${count}, ${now}::timestamptz)
    on conflict (channel_id, source, reason) do update set
      refused = delivery_refusals.refused + excluded.refused,
      last_at = greatest(delivery_refusals.last_at, excluded.last_at)`;
}

/** Of one channel, by source and reason. */
export function listRefusals(db: Queries, channelId: string): Promise<DeliveryRefusal[]> {
  return db.orm
    .select()
    .from(deliveryRefusals)
    .where(eq(deliveryRefusals.channelId, channelId))
    .orderBy(asc(deliveryRefusals.source), asc(deliveryRefusals.reason));
}
