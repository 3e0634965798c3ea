/** The connection check as commands use it: starts the workflow, shows its report, never calls the store itself. */
import { scopeChoice } from '../../domain/connection-problems.ts';
import type { ConnectionReport } from '../../domain/connection-report.ts';
import { checkChannelId } from '../../domain/ids.ts';
import type { CheckChannelInput, CheckChannelResult } from '../../workflows/contract.ts';
import { CommandError } from './command-error.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';

/**
 * Runs the check and shows what it found. A check that was under way when this began may have looked at an older
 * token, so another one follows it.
 */
export async function checkChannel(
  session: Session,
  channelId: string,
  credentials?: CheckChannelInput['credentials'],
): Promise<CheckChannelResult> {
  const [{ ALL_QUEUES, startAndFollow }, { startCheck }] = await Promise.all([
    import('./follow.ts'),
    import('./start-workflows.ts'),
  ]);
  const input: CheckChannelInput = { channelId, ...(credentials === undefined ? {} : { credentials }) };
  const run = () =>
    startAndFollow(session, {
      what: `the check of ${channelId}`,
      workflowId: checkChannelId(channelId),
      start: (client) => startCheck(client, input),
      queues: ALL_QUEUES,
      ifRunning: 'join',
      detach: false,
    });
  let followed = await run();
  for (let tries = 1; followed.started.joined && tries < RUNS_MAX; tries += 1) followed = await run();
  const { started, result } = followed;
  if (result === null) throw new Error('a check that is followed has a result');
  if (started.joined || result.credentials !== credentials) {
    throw new CommandError('already_running', {
      what: `Other checks of ${channelId} kept running, so this one did not come about.`,
      todo: 'Try again in a minute.',
    });
  }
  showCheck(session.out, result);
  return result;
}

/** Another check may be under way, and after it a scheduled one. */
const RUNS_MAX = 4;

/** Every line of the report, the store's facts, the scopes, and for each problem who must act and a text for them. */
export function showCheck(out: Output, check: CheckChannelResult): void {
  for (const { probe, ok, message } of check.findings)
    out.line(`${ok ? 'ok  ' : 'BAD '} ${probe}: ${message}`);
  showStore(out, check);
  showScopes(out, check.scopes ?? []);
  for (const { code, who, text, help } of check.problems ?? []) {
    out.line();
    out.line(`${code}: to be put right by ${who === 'BigCommerce' ? who : `the ${who}`}; ${help}`);
    for (const line of text.split('\n')) out.line(`  | ${line}`);
  }
}

function showStore(out: Output, { store, storeHash }: CheckChannelResult): void {
  if (store === null || store === undefined) return;
  out.line(`Store: ${store.name} (${storeHash}), ${store.domain}, plan ${store.plan || 'unknown'}`);
  out.line(
    `       currency ${store.currency}, weights in ${store.weightUnits}, time zone ${store.timeZone}, ${
      store.shopperMails === null
        ? 'mails about statuses unknown'
        : `mails shoppers about statuses: ${store.shopperMails ? 'yes' : 'no'}`
    }`,
  );
  if (store.storefronts === null) return;
  const list = store.storefronts.map(({ id, name, type }) => `${String(id)} ${name} (${type})`);
  out.line(`       storefronts: ${list.join(', ')}`);
}

function showScopes(out: Output, scopes: ConnectionReport['scopes']): void {
  const needed = scopes.filter((scope) => scope.needed !== null);
  if (needed.length > 0) {
    out.table(
      ['scope', 'state', 'what it means'],
      needed.map(({ scope, needed: level, state, message }) => [
        level === null ? scope : scopeChoice({ scope, level }),
        STATE_WORDS[state],
        message,
      ]),
    );
  }
  const named = (state: ConnectionReport['scopes'][number]['state']): string =>
    scopes
      .filter((scope) => scope.needed === null && scope.state === state)
      .map(({ name }) => name)
      .join(', ');
  if (named('unused') !== '') out.line(`Granted, unused: ${named('unused')}`);
  if (named('missing') !== '') out.line(`Not granted, not needed: ${named('missing')}`);
  if (named('cannot_be_checked') !== '')
    out.line(`Cannot be checked, not needed: ${named('cannot_be_checked')}`);
}

const STATE_WORDS: Readonly<Record<ConnectionReport['scopes'][number]['state'], string>> = {
  granted: 'granted',
  assumed: 'assumed',
  unused: 'unused',
  missing: 'MISSING',
  cannot_be_checked: 'cannot be checked',
};

/** The refusal after a check that found something, with the first problem as its reason. */
export function checkFailed(
  channelId: string,
  check: CheckChannelResult,
  what: string,
  todo = `Repair it, then run \`waybill channel enable ${channelId}\`. New credentials go in by \`waybill channel rotate ${channelId}\`.`,
): CommandError {
  const finding = check.findings.find(({ ok }) => !ok);
  return new CommandError('check_failed', {
    what,
    why: finding === undefined ? 'The check found something.' : `${finding.probe}: ${finding.message}`,
    todo,
  });
}
