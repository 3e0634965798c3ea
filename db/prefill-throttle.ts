/**
 * The quota ceiling that a channel begins with (capabilities I-59): 80 % of what the store's headers said during the
 * check. Done once, when the channel is first enabled, and only where nobody chose a limit.
 */
import { eq } from 'drizzle-orm';
import { valueAt, withValue } from '../settings/document-paths.ts';
import { recordAudit } from './audit.ts';
import { settingsOf, type ChannelRow } from './channel-row.ts';
import type { Tx } from './database.ts';
import { channels } from './schema.ts';

/** The rest is for the merchant's other apps: all share one quota (capabilities F-10). */
const SHARE_OF_QUOTA = 0.8;
/** What `throttle.limit` allows. */
const LIMIT_MAX = 10_000;

/** Writes `throttle.limit` as a change of settings of its own; true when it did. The caller refreshes the ceiling. */
export async function prefillThrottle(tx: Tx, row: ChannelRow, now: string): Promise<boolean> {
  if (row.disabledBy !== 'new' || valueAt(row.settings, ['throttle', 'limit']) !== undefined) return false;
  const [seen] = await tx.sql<{ quota: number | null; windowMs: number }[]>`
    select live_limit as quota, window_ms as "windowMs" from quotas where store_hash = ${row.storeHash}`;
  if (seen?.quota == null) return false;
  const { throttle } = settingsOf(tx, row.id, row.settings);
  // What was seen counts by the store's window of ours; this channel may have chosen another one.
  const ofWindow = (seen.quota * throttle.window_seconds * 1_000) / seen.windowMs;
  const limit = Math.min(LIMIT_MAX, Math.max(1, Math.floor(ofWindow * SHARE_OF_QUOTA)));
  if (limit === throttle.limit) return false;
  const version = row.settingsVersion + 1;
  await tx.orm
    .update(channels)
    .set({ settings: withValue(row.settings, ['throttle', 'limit'], limit), settingsVersion: version })
    .where(eq(channels.id, row.id));
  await recordAudit(tx, {
    at: now,
    by: 'waybill',
    channelId: row.id,
    orderId: null,
    action: 'channel.settings',
    detail: {
      version,
      changes: [{ setting: 'throttle.limit', from: throttle.limit, to: limit }],
      why: `80 % of the store's quota of ${String(seen.quota)}`,
    },
  });
  return true;
}
