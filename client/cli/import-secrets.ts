/**
 * Which secrets of a settings file are stored, and what becomes of those that are kept: a service's secrets are added to
 * the ones it has, and none is lost without being named first. It stores nothing and shows no secret.
 */
import { randomBytes } from 'node:crypto';
import type { Channel } from '../../db/channels.ts';
import {
  PROVIDER_SECRETS_MAX,
  readProviderSecrets,
  type ProviderSecret,
  type SecretSource,
} from '../../db/provider-secrets.ts';
import { readSecret, type SecretKind } from '../../db/secrets.ts';
import { findOtherName } from '../../settings/other-names.ts';
import { CommandError } from './command-error.ts';
import { ACCESS_TOKEN } from './credentials.ts';
import type { Session } from './session.ts';

export interface PlannedSecrets {
  /** By kind; what is kept already with the same content is left out. */
  secrets: Record<string, string>;
  /** Each with what happens to it, for people. */
  told: { name: string; what: string; loses: boolean }[];
}

interface Scene {
  session: Session;
  channelId: string;
  /** Null: the file makes the channel. */
  before: Channel | null;
  /** The file is all that is given. */
  replace: boolean;
}

const CARRIER_KIND = 'carrier.';
const NEW = 'sealed, not shown';

/**
 * Those that are not kept yet. Another access token for a channel that has one is refused: only `channel rotate` tries
 * a token before it takes the old one's place (capabilities Q-12). @throws CommandError
 */
export async function plannedSecrets(
  scene: Scene,
  given: Readonly<Record<string, string | string[]>>,
): Promise<PlannedSecrets> {
  const planned: PlannedSecrets = { secrets: {}, told: [] };
  for (const [name, value] of Object.entries(given)) {
    const kind = findOtherName(name)?.secretKind;
    if (kind === undefined) continue;
    const one =
      scene.before !== null && kind.startsWith(CARRIER_KIND)
        ? await ofService(scene, name, kind, typeof value === 'string' ? [value] : value)
        : await plain(scene, kind, typeof value === 'string' ? value : JSON.stringify(value));
    if (one === null) continue;
    planned.secrets[kind] = one.sealed;
    planned.told.push({ name, what: one.what, loses: one.loses });
  }
  return planned;
}

interface OneSecret {
  sealed: string;
  what: string;
  loses: boolean;
}

async function plain(
  { session, channelId, before }: Scene,
  kind: SecretKind,
  value: string,
): Promise<OneSecret | null> {
  const kept =
    before === null
      ? null
      : await readSecret(await session.database(), await session.secrets(), channelId, kind);
  if (kept === value) return null;
  if (kept !== null && kind === ACCESS_TOKEN) {
    throw new CommandError('not_allowed', {
      what: `Nothing was changed: the file has another access token than the channel ${channelId}.`,
      why: 'A token that does not work would stop the channel.',
      todo: `Import with --without-secrets, and put the token in place with \`waybill channel rotate ${channelId}\`, which tries it first.`,
    });
  }
  return kept === null
    ? { sealed: value, what: NEW, loses: false }
    : { sealed: value, what: `${NEW}; takes the place of another one that is kept`, loses: true };
}

/** Added to those that the service has; with `--replace` in their place, each by its id. */
async function ofService(
  { session, channelId, replace }: Scene,
  name: string,
  kind: SecretKind,
  values: readonly string[],
): Promise<OneSecret | null> {
  // The kind of a service is made of its name (`settings/other-names.ts`).
  const source = kind.slice(CARRIER_KIND.length) as SecretSource;
  const box = await session.secrets();
  const kept = await readProviderSecrets(await session.database(), box, channelId, source);
  const fresh = [...new Set(values)].filter((value) => kept.every((one) => one.value !== value));
  const dropped = replace ? kept.filter(({ value }) => !values.includes(value)) : [];
  if (fresh.length === 0 && dropped.length === 0) return null;
  const added = fresh.map((value): ProviderSecret => {
    return { id: randomBytes(4).toString('hex'), value, addedAt: session.now() };
  });
  const secrets = [...kept.filter((one) => !dropped.includes(one)), ...added];
  if (secrets.length > PROVIDER_SECRETS_MAX) {
    throw new CommandError('not_allowed', {
      what: `Nothing was changed: ${name} would have ${String(secrets.length)} secrets, and more than ${String(PROVIDER_SECRETS_MAX)} are not kept.`,
      why: `${String(kept.length)} are kept, and the file adds ${String(fresh.length)}.`,
      todo: `Remove those that are no longer used: waybill channel secret remove ${channelId} ${source} <id>. Or import with --replace: then only those of the file are kept.`,
    });
  }
  const what = [
    `${String(fresh.length)} sealed, not shown`,
    ...(kept.length > dropped.length ? [`beside ${String(kept.length - dropped.length)} that are kept`] : []),
    ...(dropped.length > 0
      ? [
          `in the place of ${dropped.map(({ id }) => id).join(', ')}, and what those sign is refused from then on`,
        ]
      : []),
  ].join(', ');
  return { sealed: JSON.stringify(secrets), what, loses: dropped.length > 0 };
}
