/**
 * Credentials of a channel side by side: the ones in use, new ones on trial, and the ones before until the new have
 * proven themselves (capabilities P-24, X-19). Each step is one transaction; a secret leaves this room only sealed.
 */
import { recordAudit } from './audit.ts';
import { lockChannel } from './channel-row.ts';
import { inTransaction, type Database, type Tx } from './database.ts';
import { dropSecret, putSecret, readSecret, type SecretBox, type SecretKind } from './secrets.ts';

/** What an API account consists of; the token must be there, the secret may. */
const KINDS = ['access_token', 'client_secret'] as const;
type CredentialKind = (typeof KINDS)[number];

const next = (kind: CredentialKind): SecretKind => `next.${kind}`;
const previous = (kind: CredentialKind): SecretKind => `previous.${kind}`;

export interface CredentialChange {
  id: string;
  by: string;
  now: string;
}

/** Keeps credentials for a trial, in place of earlier ones on trial. Refuses `channel_unknown`. May be repeated. */
export async function putOnTrial(
  db: Database,
  box: SecretBox,
  input: CredentialChange & { token: string; clientSecret: string | null },
): Promise<void> {
  const { id, now } = input;
  await inTransaction(db, async (tx) => {
    await lockChannel(tx, id);
    await putSecret(tx, box, { channelId: id, kind: next('access_token'), value: input.token, now });
    await dropSecret(tx, id, next('client_secret'));
    if (input.clientSecret !== null)
      await putSecret(tx, box, {
        channelId: id,
        kind: next('client_secret'),
        value: input.clientSecret,
        now,
      });
  });
}

/** Forgets what was on trial. May be repeated. */
export async function endTrial(db: Database, id: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const kind of KINDS) await dropSecret(tx, id, next(kind));
  });
}

/**
 * Puts the credentials on trial in place and keeps those before; waiting orders are not offered here, the check that
 * follows does that. An old client secret without a new one goes: it belongs to the account before. Refuses
 * `channel_unknown`; answers false where nothing is on trial.
 */
export async function takeOverTrial(db: Database, box: SecretBox, input: CredentialChange): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    await lockChannel(tx, input.id);
    if ((await readSecret(tx, box, input.id, next('access_token'))) === null) return false;
    for (const kind of KINDS) {
      await moveSecret(tx, box, input, kind, previous(kind));
      await moveSecret(tx, box, input, next(kind), kind);
    }
    await audit(tx, box, input, 'channel.rotate');
    return true;
  });
}

/** Brings the credentials before back, because those that took their place failed. Answers false where there are none. */
export async function bringBackPrevious(
  db: Database,
  box: SecretBox,
  input: CredentialChange,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    await lockChannel(tx, input.id);
    if ((await readSecret(tx, box, input.id, previous('access_token'))) === null) return false;
    for (const kind of KINDS) await moveSecret(tx, box, input, previous(kind), kind);
    await audit(tx, box, input, 'channel.rotate_back');
    return true;
  });
}

/** Forgets the credentials before: the new ones are proven. May be repeated. */
export async function forgetPrevious(db: Database, id: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const kind of KINDS) await dropSecret(tx, id, previous(kind));
  });
}

/** A secret is bound to its kind by its seal, so that moving it means sealing it anew. What cannot be opened is dropped. */
async function moveSecret(
  tx: Tx,
  box: SecretBox,
  { id, now }: CredentialChange,
  from: SecretKind,
  to: SecretKind,
): Promise<void> {
  // A token that no key opens any more is what many rotate for; it must not keep them from it.
  const value = await readSecret(tx, box, id, from).catch(() => null);
  await dropSecret(tx, id, to);
  await dropSecret(tx, id, from);
  if (value !== null) await putSecret(tx, box, { channelId: id, kind: to, value, now });
}

async function audit(
  tx: Tx,
  box: SecretBox,
  { id, by, now }: CredentialChange,
  action: string,
): Promise<void> {
  const detail = { kinds: [...KINDS], keyId: box.activeKeyId };
  await recordAudit(tx, { at: now, by, channelId: id, orderId: null, action, detail });
}
