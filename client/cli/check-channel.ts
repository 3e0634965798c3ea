/** The connection check as commands use it: starts the workflow, shows each probe, never calls the store itself. */
import { checkChannelId } from '../../domain/ids.ts';
import type { CheckChannelResult } from '../../workflows/contract.ts';
import { CommandError } from './command-error.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';

/** A clock this far off makes import windows overlap visibly; the import allows for it. */
const CLOCK_SKEW_WORTH_SAYING_MS = 5_000;

/**
 * Runs the check and shows what it found. A check that was under way when this began may have looked at an older
 * token, so another one follows it.
 */
export async function checkChannel(session: Session, channelId: string): Promise<CheckChannelResult> {
  const [{ ALL_QUEUES, startAndFollow }, { startCheck }] = await Promise.all([
    import('./follow.ts'),
    import('./start-workflows.ts'),
  ]);
  const run = () =>
    startAndFollow(session, {
      what: `the check of ${channelId}`,
      workflowId: checkChannelId(channelId),
      start: (client) => startCheck(client, channelId),
      queues: ALL_QUEUES,
      ifRunning: 'join',
      detach: false,
    });
  const first = await run();
  const { result } = first.started.joined ? await run() : first;
  if (result === null) throw new Error('a check that is followed has a result');
  showCheck(session.out, result);
  return result;
}

export function showCheck(out: Output, check: CheckChannelResult): void {
  for (const { probe, ok, message } of check.findings)
    out.line(`${ok ? 'ok  ' : 'BAD '} ${probe}: ${message}`);
  if (check.storeName !== null) out.line(`Store: ${check.storeName} (${check.storeHash})`);
  const skew = check.clockSkewMs ?? 0;
  if (Math.abs(skew) >= CLOCK_SKEW_WORTH_SAYING_MS) {
    out.line(
      `The store's clock is ${String(Math.round(Math.abs(skew) / 1000))} s ${skew > 0 ? 'ahead of' : 'behind'} ours.`,
    );
  }
}

/** The refusal after a check that found something, with the first finding as its reason. */
export function checkFailed(channelId: string, check: CheckChannelResult, what: string): CommandError {
  const finding = check.findings.find(({ ok }) => !ok);
  return new CommandError('check_failed', {
    what,
    why: finding === undefined ? 'The check found something.' : `${finding.probe}: ${finding.message}`,
    todo: `Repair it, then run \`waybill channel enable ${channelId}\`. A new token goes in by \`waybill channel rotate ${channelId}\`.`,
  });
}
