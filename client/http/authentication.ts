/**
 * Who is calling: an API key in `Authorization: Bearer` or `X-Api-Key`, checked before the body is read. A key of one
 * channel learns nothing about others, not even whether they exist.
 */
import type { FastifyRequest } from 'fastify';
import { verifyApiKey } from '../../db/api-keys.ts';
import { isChannel } from '../../db/channel-row.ts';
import { getChannel } from '../../db/channels.ts';
import type { Database } from '../../db/database.ts';
import { inTime } from './database-deadline.ts';
import { HttpProblem } from './problems.ts';

export interface Caller {
  keyId: string;
  /** Null: every channel. */
  channelId: string | null;
}

/** Longer than any key of ours; keeps headers from being hashed at length. */
const KEY_LENGTH_MAX = 200;

/** @throws HttpProblem `unauthenticated`; the same answer for a missing, unknown and revoked key. */
export async function authenticate(db: Database, request: FastifyRequest): Promise<Caller> {
  const text = keyIn(request);
  const key = text === null || text.length > KEY_LENGTH_MAX ? null : await inTime(verifyApiKey(db, text));
  if (key === null) {
    throw new HttpProblem(
      'unauthenticated',
      'Send a key in the header `Authorization: Bearer wb_…` or `X-Api-Key`. Keys are made with `waybill keys create`.',
      { headers: { 'www-authenticate': 'Bearer realm="waybill"' } },
    );
  }
  return { keyId: key.id, channelId: key.channelId };
}

/**
 * That the caller may act on the channel, and that it exists, in this order.
 * @throws HttpProblem `forbidden` or `unknown-channel`
 */
export async function authorizeChannel(db: Database, caller: Caller, channelId: string): Promise<void> {
  if (caller.channelId !== null && caller.channelId !== channelId) {
    throw new HttpProblem(
      'forbidden',
      `This key belongs to the channel ${caller.channelId} and to no other.`,
    );
  }
  if ((await inTime(getChannel(db, channelId))) === null) {
    throw new HttpProblem(
      'unknown-channel',
      `No channel is called ${channelId}. \`waybill channel list\` shows them.`,
    );
  }
}

/**
 * {@link authenticate} and {@link authorizeChannel} with questions that travel together, for the way that most requests
 * take. The answers are given in the same sequence: who may not know of a channel is not told of it.
 */
export async function admitCaller(db: Database, request: FastifyRequest, channelId: string): Promise<Caller> {
  const [caller, isKnown] = await Promise.all([authenticate(db, request), inTime(isChannel(db, channelId))]);
  if (!isKnown || (caller.channelId !== null && caller.channelId !== channelId))
    await authorizeChannel(db, caller, channelId);
  return caller;
}

function keyIn(request: FastifyRequest): string | null {
  const own = request.headers['x-api-key'];
  if (typeof own === 'string' && own !== '') return own.trim();
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '');
  return bearer?.[1] ?? null;
}
