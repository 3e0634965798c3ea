/**
 * `waybill channel rotate`: replaces the credentials of a channel (capabilities P-24, X-19). The new ones are tried beside
 * the old, put in place only when they are of the same store and can do what is on, and the old ones are forgotten only
 * when the new have proven themselves. A refused swap leaves everything as it was.
 */
import type { Command } from 'commander';
import { changeSettings, type Channel } from '../../db/channels.ts';
import {
  bringBackPrevious,
  endTrial,
  forgetPrevious,
  putOnTrial,
  takeOverTrial,
} from '../../db/credentials.ts';
import type { Database } from '../../db/database.ts';
import type { OwnWebhook } from '../../domain/connection-report.ts';
import { watchWebhooksId } from '../../domain/ids.ts';
import type { CheckChannelResult } from '../../workflows/contract.ts';
import { channelArgument } from './arguments.ts';
import { checkChannel, checkFailed } from './check-channel.ts';
import { CommandError } from './command-error.ts';
import {
  credentialOptions,
  readCredentials,
  type CredentialOptions,
  type GivenCredentials,
} from './credentials.ts';
import { explain } from './explain.ts';
import { lastReport } from './last-report.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';
import { understandStore } from './understand-store.ts';

interface RotateOptions extends CredentialOptions {
  acceptFewerRights?: true;
}

export function addChannelRotate(channel: Command, run: Run): void {
  const rotateCommand = channel
    .command('rotate')
    .description(
      'replace the credentials: tried first, swapped, and the old ones forgotten when the new work',
    )
    .argument('<channel>', 'channel', channelArgument)
    .option('--accept-fewer-rights', 'swap even where the new account can do less of what is on');
  credentialOptions(rotateCommand).action(
    run(async (session, channelId: string, options: RotateOptions) => {
      if (session.explain) {
        return explain(session.out, {
          commands: [],
          note: 'Credentials are kept in Postgres; only the check between runs in Temporal.',
        });
      }
      await rotate(session, channelId, options);
    }),
  );
}

async function rotate(session: Session, channelId: string, options: RotateOptions): Promise<void> {
  const [db, box] = await Promise.all([session.database(), session.secrets()]);
  const before = await requireChannel(db, channelId);
  const given = await readCredentials(session, options, { store: false });
  assertSameStore(session, before, given);
  const change = () => ({ id: channelId, by: session.operator, now: session.now() });

  await putOnTrial(db, box, { ...change(), token: given.token, clientSecret: given.clientSecret });
  let trial: CheckChannelResult;
  try {
    trial = await checkChannel(session, channelId, 'next');
    assertGood(before, trial, options);
  } catch (error) {
    await endTrial(db, channelId);
    throw error;
  }

  await takeOverTrial(db, box, change());
  let check: CheckChannelResult;
  try {
    check = await checkChannel(session, channelId);
    if (!check.ok) throw refused(channelId, check);
  } catch (error) {
    await bringBackPrevious(db, box, change());
    throw error;
  }
  await keepClientId(session, db, before, given);
  await forgetPrevious(db, channelId);
  session.out.line(`The channel ${channelId} has new credentials; the ones before are forgotten.`);
  const left = await leftBehind(session, before, given, trial);
  session.out.line(
    'Nothing is lost: the next import goes on where the last one ended, and write-backs that waited for credentials go on within five minutes.',
  );
  session.out.line('Now the old API account can be deleted in the control panel.');
  session.out.result({ channelId, rotated: true, check, leftBehind: left });
}

function assertSameStore(session: Session, { id, storeHash }: Channel, { store }: GivenCredentials): void {
  if (store === null) return;
  const other = understandStore(session, store).storeHash;
  if (other === storeHash) return;
  throw new CommandError('not_allowed', {
    what: `The new credentials were not put in place: they are of store ${other}, the channel ${id} is bound to ${storeHash}.`,
    todo: `Give the credentials of store ${storeHash}, or make another channel for ${other}: waybill channel add <channel>`,
  });
}

/** @throws CommandError `check_failed` for credentials that do not work, or that can do less than the present ones */
function assertGood(before: Channel, trial: CheckChannelResult, options: RotateOptions): void {
  if (!trial.ok) throw refused(before.id, trial);
  const present = lastReport(before);
  const lacked = present?.ok === true ? present.blocked.map(({ feature }) => feature) : [];
  const lost = (trial.blocked ?? []).filter(({ feature }) => !lacked.includes(feature));
  if (lost.length === 0 || options.acceptFewerRights === true) return;
  throw new CommandError('check_failed', {
    what: `The new credentials of ${before.id} were not put in place; the ones before stay in place.`,
    why: `They lack rights for what is on: ${lost.map(({ feature, scopes }) => `${feature} (${scopes.join(', ')})`).join('; ')}.`,
    todo: `Make an API account with the scopes of \`waybill channel scopes ${before.id}\`, switch those features off, or add --accept-fewer-rights.`,
  });
}

function refused(channelId: string, check: CheckChannelResult): CommandError {
  return checkFailed(
    channelId,
    check,
    `The new credentials of ${channelId} do not work and were not put in place; the ones before stay in place.`,
    'Correct them and try again. The report above says who must act, with a text for them.',
  );
}

/** The stored client id is that of the account in use, or nothing: a stale one would hide whose webhooks are whose. */
async function keepClientId(
  session: Session,
  db: Database,
  before: Channel,
  { clientId }: GivenCredentials,
): Promise<void> {
  const { connection } = before.settings;
  if (connection.client_id === clientId) return;
  if (clientId === null)
    session.out.note(
      `No client id was given, so ${connection.client_id ?? ''} of the account before is forgotten.`,
    );
  const now = await requireChannel(db, before.id);
  const { client_id: _stale, ...rest } = { ...(now.document['connection'] as Record<string, unknown>) }; // a group of the settings
  try {
    await changeSettings(db, {
      id: before.id,
      doc: { ...now.document, connection: clientId === null ? rest : { ...rest, client_id: clientId } },
      by: session.operator,
      now: session.now(),
      expectedVersion: now.settingsVersion,
    });
  } catch (error) {
    // The swap is done and proven; an id that is only a label must not make it look undone.
    if (!(error instanceof Error && 'code' in error)) throw error;
    session.out.note(`The new client id was not kept: ${error.message}`);
  }
}

interface LeftBehind {
  /** Null: not known, because the client id of one of the two accounts is not. */
  sameAccount: boolean | null;
  webhooks: OwnWebhook[];
  /** Ours are being made anew under the new account. */
  webhooksRenewed: boolean;
  metafields: string[];
}

/** What belongs to the account before (F-8): webhooks are made anew, metafields cannot be taken over; both are said. */
async function leftBehind(
  session: Session,
  before: Channel,
  given: GivenCredentials,
  trial: CheckChannelResult,
): Promise<LeftBehind> {
  const { out } = session;
  const old = before.settings.connection.client_id;
  const sameAccount = old === null || given.clientId === null ? null : old === given.clientId;
  const webhooks = trial.webhooks?.before ?? [];
  if (sameAccount === true) return { sameAccount, webhooks, webhooksRenewed: false, metafields: [] };
  const webhooksRenewed = await renewWebhooks(session, before.id);
  if (webhooks.length > 0) {
    out.line(
      `${String(webhooks.length)} webhooks belong to the API account before; they end when it is deleted${webhooksRenewed ? ', and Waybill’s are being made anew' : ''}:`,
    );
    for (const { scope, destination } of webhooks) out.line(`  ${scope} → ${destination}`);
  }
  const metafields = metafieldsLeft(before);
  for (const sentence of metafields) out.line(sentence);
  return { sameAccount, webhooks, webhooksRenewed, metafields };
}

/** Whether the schedule that looks after the webhooks was asked to look now; there is none where they are not wanted. */
async function renewWebhooks(session: Session, channelId: string): Promise<boolean> {
  const { client } = await session.temporal();
  const { ScheduleNotFoundError } = await import('@temporalio/client');
  try {
    const schedule = client.schedule.getHandle(watchWebhooksId(channelId));
    if ((await schedule.describe()).state.paused) return false;
    await schedule.trigger();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

function metafieldsLeft({ settings }: Channel): string[] {
  const { fulfillment, catalog, channel } = settings;
  const writes = channel.profile !== 'import_only';
  const kinds = [
    writes && fulfillment.push_enabled && fulfillment.delivered_marker === 'order_metafield'
      ? 'order metafields that mark delivery'
      : null,
    writes && catalog.sync.enabled && catalog.writeback.target === 'variant_metafield'
      ? 'variant metafields with catalog ids'
      : null,
  ].filter((kind) => kind !== null);
  return kinds.map(
    (kind) =>
      `Not taken over: ${kind} made by the API account before. They stay readable, the new account cannot change them, and makes its own beside them; a token with Metafields Ownership could move them in BigCommerce.`,
  );
}
