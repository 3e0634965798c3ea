/** The hand-over of an import: opens or tells the lifecycles of one channel's orders that wait in the outbox. */
import { countOpened } from '../db/import-runs.ts';
import { outboxWaiting } from '../db/outbox.ts';
import type { ImportDatabaseActivities } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import { deliverOutbox } from './deliver-outbox.ts';
import type { ActivityDeps } from './deps.ts';

/** May be repeated: a lifecycle that runs is left alone, and counts are added once per row that left the outbox. */
export function openLifecycles(
  deps: ActivityDeps,
  { channelId, runId }: Parameters<ImportDatabaseActivities['openLifecycles']>[0],
): Promise<{ opened: number; left: number }> {
  return asActivity(deps, { heartbeats: true }, async (attempt) => {
    const { delivered } = await deliverOutbox(deps, {
      channelId,
      olderThanMs: 0,
      reason: 'imported',
      signal: attempt.signal,
      leftMs: () => attempt.leftMs(),
      onDelivered: async (opened) => {
        if (runId !== undefined) await countOpened(deps.db, { runId, opened });
      },
    });
    return { opened: delivered, left: await outboxWaiting(deps.db, { channelId }) };
  });
}
