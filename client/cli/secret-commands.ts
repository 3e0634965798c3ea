/**
 * `waybill channel secret …`: the secrets with which providers prove what they send, several for each while one is being
 * replaced. A secret is asked for or read from standard input, never an argument, and never shown again.
 */
import { InvalidArgumentError, type Command } from 'commander';
import { randomBytes } from 'node:crypto';
import {
  addProviderSecret,
  readProviderSecrets,
  removeProviderSecret,
  type SecretSource,
} from '../../db/provider-secrets.ts';
import { isProviderId, PROVIDER_IDS } from '../../domain/carriers/provider-ids.ts';
import { PROVIDERS } from '../../domain/carriers/registry.ts';
import { isKeyText, publicKeysIn } from '../http/signatures/rsa.ts';
import { channelArgument } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain } from './explain.ts';
import { askHidden, canAsk } from './prompts.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';

const SOURCES: readonly SecretSource[] = [...PROVIDER_IDS, 'events'];
const IN_POSTGRES = { commands: [], note: 'Secrets are sealed and kept in Postgres.' };

/** Shorter ones are guessed. */
const SECRET_LENGTH_MIN = 8;
const SECRET_LENGTH_MAX = 500;
/** A set of public keys is a page. */
const KEY_TEXT_LENGTH_MAX = 65_536;
/** What Standard Webhooks recommends. */
const GENERATED_BYTES = 24;

export function addSecretCommands(channel: Command, run: Run): void {
  const secret = channel
    .command('secret')
    .description('secrets with which providers and senders of events prove what they send');

  secret
    .command('add')
    .description('keep one more secret; it is asked for, or read with --stdin')
    .argument('<channel>', 'channel', channelArgument)
    .argument('<name>', `whose it is: ${SOURCES.join(', ')}`, sourceArgument)
    .option('--stdin', 'read it from standard input; a public key may have several lines')
    .option('--generate', 'make a random one and show it once')
    .action(
      run(
        async (
          session,
          channelId: string,
          source: SecretSource,
          options: { stdin?: true; generate?: true },
        ) => {
          if (session.explain) return explain(session.out, IN_POSTGRES);
          await add(session, channelId, source, options);
        },
      ),
    );

  secret
    .command('list')
    .description('which secrets are kept; never their content')
    .argument('<channel>', 'channel', channelArgument)
    .argument('[name]', 'of one provider only', sourceArgument)
    .action(
      run(async (session, channelId: string, source?: SecretSource) => {
        if (session.explain) return explain(session.out, IN_POSTGRES);
        await list(session, channelId, source === undefined ? SOURCES : [source]);
      }),
    );

  secret
    .command('remove')
    .description('forget one secret: what it signs is refused from now on')
    .argument('<channel>', 'channel', channelArgument)
    .argument('<name>', `whose it is: ${SOURCES.join(', ')}`, sourceArgument)
    .argument('<id>', 'as in the list')
    .action(
      run(async (session, channelId: string, source: SecretSource, id: string) => {
        const { out } = session;
        if (session.explain) return explain(out, IN_POSTGRES);
        const [db, box] = await Promise.all([session.database(), session.secrets()]);
        const removal = { channelId, source, id, by: session.operator, now: session.now() };
        const { kept } = await removeProviderSecret(db, box, removal);
        out.line(`The secret ${id} of ${source} is forgotten.`);
        if (kept === 0) out.line(`${source} has no secret left: everything it sends is refused.`);
        out.result({ channelId, name: source, id, removed: true, kept });
      }),
    );
}

async function add(
  session: Session,
  channelId: string,
  source: SecretSource,
  options: { stdin?: true; generate?: true },
): Promise<void> {
  const { out } = session;
  const [db, box] = await Promise.all([session.database(), session.secrets()]);
  await requireChannel(db, channelId);
  const generated = options.generate === true ? generate(source) : null;
  const value = generated ?? (await given(session, options.stdin === true)).trim();
  check(source, value);
  const addition = { channelId, source, value, by: session.operator, now: session.now() };
  const { id, kept } = await addProviderSecret(db, box, addition);
  if (generated !== null) {
    out.line(generated);
    out.note('Keep it now: it cannot be shown again.');
  }
  out.line(`Kept as ${id}; ${source} has ${String(kept)} secret${kept === 1 ? '' : 's'}.`);
  const address = addressOf(channelId, source);
  out.line(`It sends to: ${address}`);
  const shown = generated === null ? {} : { secret: generated };
  out.result({ channelId, name: source, id, kept, address, ...shown });
}

async function list(session: Session, channelId: string, sources: readonly SecretSource[]): Promise<void> {
  const { out } = session;
  const [db, box] = await Promise.all([session.database(), session.secrets()]);
  await requireChannel(db, channelId);
  const all = await Promise.all(
    sources.map(async (name) =>
      (await readProviderSecrets(db, box, channelId, name)).map(({ id, addedAt }) => ({ name, id, addedAt })),
    ),
  );
  const secrets = all.flat();
  out.table(
    ['name', 'id', 'kept since'],
    secrets.map(({ name, id, addedAt }) => [name, id, addedAt ?? 'from a settings file']),
  );
  if (secrets.length === 0) {
    out.line(`No secret is kept. Add one: waybill channel secret add ${channelId} <name>`);
  }
  out.result({ channelId, secrets });
}

/** Where the sender sends to, under the address of this installation. */
function addressOf(channelId: string, source: SecretSource): string {
  if (source === 'events') return `/v1/channels/${channelId}/events (signed by Standard Webhooks)`;
  const path = `/v1/carriers/${source}/${channelId}`;
  return PROVIDERS[source].urlSecret ? `${path} (without a signature: ${path}?token=<secret>)` : path;
}

async function given(session: Session, fromStdin: boolean): Promise<string> {
  if (fromStdin) return readAll(session);
  if (canAsk(session)) return askHidden(session, 'Secret (not shown): ');
  throw new CommandError('bad_usage', {
    what: 'No secret was given.',
    todo: 'Type it at a terminal, pipe it in with --stdin, or let one be made with --generate.',
  });
}

async function readAll(session: Session): Promise<string> {
  let text = '';
  for await (const chunk of session.input) {
    text += String(chunk);
    if (text.length > KEY_TEXT_LENGTH_MAX) break;
  }
  return text;
}

function generate(source: SecretSource): string {
  const bytes = randomBytes(GENERATED_BYTES);
  return source === 'events' ? `whsec_${bytes.toString('base64')}` : bytes.toString('base64url');
}

/** @throws CommandError `bad_usage` for what cannot be a secret of that sender; never shows it */
function check(source: SecretSource, value: string): void {
  const isKey = isKeyText(value);
  const refuse = (why: string): never => {
    throw new CommandError('bad_usage', { what: `That is no secret of ${source}; nothing was kept.`, why });
  };
  if (isKey && source !== 'shipengine') refuse('Only shipengine signs with a public key.');
  if (isKey) {
    if (value.length > KEY_TEXT_LENGTH_MAX || publicKeysIn(value).length === 0) {
      refuse('It holds no RSA public key: a PEM key, a JWK, or a key set with one is expected.');
    }
    return;
  }
  if (value.length < SECRET_LENGTH_MIN || value.length > SECRET_LENGTH_MAX || /\p{Cc}/u.test(value)) {
    refuse(
      `It has ${String(value.length)} characters; one line of ${String(SECRET_LENGTH_MIN)} to ${String(SECRET_LENGTH_MAX)} is expected.`,
    );
  }
  if (source === 'events' && !/^whsec_[A-Za-z0-9+/]{16,}={0,2}$/.test(value)) {
    refuse('Standard Webhooks wants whsec_ and base64; --generate makes one.');
  }
}

function sourceArgument(text: string): SecretSource {
  if (text === 'events' || isProviderId(text)) return text;
  throw new InvalidArgumentError(`Known: ${SOURCES.join(', ')}.`);
}
