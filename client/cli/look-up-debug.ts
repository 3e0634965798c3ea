/**
 * `waybill explain --debug`: what was asked of the store for one order, what it answered, and what was made of it
 * (capabilities I-71). It shows a customer's data to whoever typed the command, and no secret.
 */
import type { ShownLookUp } from '../../domain/look-up-trace.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';

/** What the worker kept under the id; null where it kept nothing, such as a worker of an older version. */
export async function takeLookUp(
  session: Session,
  place: { channelId: string; id: string },
): Promise<ShownLookUp | null> {
  const { takeTrace } = await import('../../db/look-up-traces.ts');
  return takeTrace(await session.database(), await session.secrets(), place);
}

export function showLookUp(out: Output, seen: ShownLookUp | null): void {
  out.line('\nWhat went over the wire');
  if (seen === null) {
    out.line('  Nothing was kept: the store was not asked, or the worker is older than this command.');
    return;
  }
  for (const { method, path, sent, status, headers, answer, tookMs } of seen.exchanges) {
    out.line(`\n→ ${method} ${path}`);
    if (sent !== null) out.line(asText(sent));
    out.line(`← ${String(status)} after ${String(tookMs)} ms`);
    for (const [name, value] of Object.entries(headers)) out.line(`  ${name}: ${value}`);
    out.line(asText(answer));
  }
  if (seen.exchanges.length === 0) out.line('  No answer came.');
  if (seen.understood === null) return;
  const { order, verdict, followed } = seen.understood;
  out.line('\nUnderstood as');
  out.line(asText(order));
  out.line('\nJudged as if it were new');
  out.line(asText({ verdict, followed }));
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
