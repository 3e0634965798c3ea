/**
 * How many deliveries of others were refused and why, for the operator who asks why nothing arrives. Counts only:
 * nothing of a refused delivery is kept.
 */
import { asc, eq } from 'drizzle-orm';
import type { Queries } from './database.ts';
import { deliveryRefusals } from './schema.ts';

export interface DeliveryRefusal {
  channelId: string;
  /** `store`, or the carrier service. */
  source: string;
  /** Such as `signature`, `secret`, `expired`. */
  reason: string;
  refused: number;
  lastAt: string;
}

/** Counts one more. */
export async function countRefusal(
  db: Queries,
  { channelId, source, reason, now }: Omit<DeliveryRefusal, 'refused' | 'lastAt'> & { now: string },
): Promise<void> {
  await db.sql`
    insert into delivery_refusals (channel_id, source, reason, refused, last_at)
    values (${channelId}, ${source}, ${reason}, 1, ${now}::timestamptz)
    on conflict (channel_id, source, reason) do update set
      refused = delivery_refusals.refused + 1,
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
