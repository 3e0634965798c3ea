/**
 * The way from an activity to a store: the channel's settings and token, quota before every call, headers and refusals
 * recorded after every answer. Every store call of the product goes through here. It never sleeps: what cannot be
 * called now ends the attempt and says when to come back.
 */
import { randomUUID } from 'node:crypto';
import { createStoreClient, type StoreClient, type StoreClientOptions } from '../bigcommerce/client.ts';
import { createConnectionProbe, type ConnectionProbe } from '../bigcommerce/connection-probes.ts';
import type { AnswerFacts, StoreExchange } from '../bigcommerce/http.ts';
import {
  clearAuthFailures,
  countAuthFailure,
  getChannel,
  recordClockSkew,
  type Channel,
} from '../db/channels.ts';
import { blockBlindly, blockQuota, calledWell, observeQuota } from '../db/quota-answers.ts';
import { readSecret } from '../db/secrets.ts';
import { isBackground, type QuotaPurpose } from '../domain/store-quota.ts';
import type { Attempt } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { ActivityRefusal, rateLimitDelayMs } from './failures.ts';
import { createGrantPurse, type GrantPurse } from './grant-purse.ts';
import { createStoreSlot } from './store-slot.ts';

/** The `Date` header has whole seconds and travels: a smaller change of the skew says nothing. */
const SKEW_CHANGE_MIN_MS = 5_000;
/** An import that found no place in the worker comes back after this: a slice of another one takes about as long. */
const PLACE_WAIT_MS = 1_500;

export interface StoreSession {
  readonly channel: Channel;
  readonly client: StoreClient;
  /** One read by its path, for the connection check. */
  readonly probe: ConnectionProbe;
  readonly purse: GrantPurse;
  /** Calls that were made so far. */
  calls(): number;
}

export interface SessionRequest {
  channelId: string;
  purpose: QuotaPurpose;
  /** Without its end, what the session holds runs out by itself, in seconds. */
  attempt: Pick<Attempt, 'number' | 'signal'> & Partial<Pick<Attempt, 'key' | 'atEnd'>>;
  /** Opens it for a disabled channel too: the connection check does that. */
  evenDisabled?: boolean;
  /** Another secret than `access_token`: a token on trial, whose refusals say nothing about the channel's own. */
  onTrial?: string;
  /** Shown what went over the wire; customers' data and all. */
  onExchange?: (exchange: StoreExchange) => void;
  /** Time-out of the next call, where it must be shorter than the installation's. */
  timeoutMs?: () => number;
}

/**
 * Opens the way to a channel's store. Nothing is called yet. Throws `UnknownChannel`, `ChannelDisabled`,
 * `CredentialsUnreadable` or `AddressNotAllowed`. Calls throw `BigCommerceRateLimited` where no grant is left.
 */
export async function openStoreSession(deps: ActivityDeps, request: SessionRequest): Promise<StoreSession> {
  const { channelId } = request;
  const channel = await getChannel(deps.db, channelId);
  if (channel === null)
    throw new ActivityRefusal(
      'UnknownChannel',
      `There is no channel ${channelId}. See: waybill channel list`,
    );
  if (!channel.enabled && request.evenDisabled !== true) {
    throw new ActivityRefusal(
      'ChannelDisabled',
      `Channel ${channelId} is disabled${channel.disabledReason === null ? '' : ` (${channel.disabledReason})`}, so its store is not called. When the cause is gone: waybill channel enable ${channelId}`,
    );
  }
  const token = await readSecret(deps.db, deps.secrets, channelId, request.onTrial ?? 'access_token');
  if (token === null) {
    throw new ActivityRefusal(
      'CredentialsUnreadable',
      `Channel ${channelId} has no access token. Store one with: waybill channel rotate ${channelId}`,
    );
  }
  const { storeHash } = channel;
  takePlace(deps, request);
  const ask = { storeHash, purpose: request.purpose, waiter: request.attempt.key ?? randomUUID() };
  const purse = createGrantPurse(deps.db, ask);
  const slot = createStoreSlot(deps.db, ask, (error) =>
    deps.logger.debug({ channelId, err: error }, 'a place among the calls in flight was not renewed'),
  );
  if (request.attempt.atEnd === undefined) slot.doNotRenew();
  request.attempt.atEnd?.(async () => {
    await Promise.all([purse.close(), slot.close()]);
  });
  const line = createLine();
  const health = { authFailures: channel.authFailures, skewMs: channel.clockSkewMs };
  let calls = 0;
  const access = {
    apiBaseUrl: channel.settings.connection.api_base_url,
    storeHash: channel.storeHash,
    token,
    timeoutMs: request.timeoutMs ?? (() => deps.storeAccess.timeoutMs),
    userAgent: deps.storeAccess.userAgent,
    allowLoopback: deps.storeAccess.allowLoopback,
    extraHosts: deps.storeAccess.extraHosts,
    signal: request.attempt.signal,
    beforeCall: async () => {
      await line.enter();
      try {
        await slot.hold();
        await purse.draw();
      } catch (error) {
        line.leave();
        throw error;
      }
      calls += 1;
    },
    afterCall: () => line.leave(),
    ...(request.onExchange === undefined ? {} : { onExchange: request.onExchange }),
    onAnswer: async (facts) => {
      if (facts.quota.left !== null) purse.lowerTo(facts.quota.left);
      try {
        await recordAnswer(deps, {
          channel,
          health,
          facts,
          refusedBefore: purse.refusedBefore(),
          onTrial: request.onTrial !== undefined,
        });
      } catch (error) {
        // The answer itself matters more: a write's outcome must not be lost because a statement about quota failed.
        deps.logger.warn(
          { channelId, call: facts.call, err: error },
          'what an answer says about the channel was not recorded',
        );
      }
    },
  } satisfies StoreClientOptions;
  return {
    channel,
    client: createStoreClient(access),
    probe: createConnectionProbe({ ...access, b2bBaseUrl: channel.settings.b2b.api_base_url }),
    purse,
    calls: () => calls,
  };
}

/** Where the attempt's end is known, background work takes one of the worker's places until then. */
function takePlace(deps: ActivityDeps, { purpose, attempt }: SessionRequest): void {
  const { backgroundSlots } = deps;
  if (backgroundSlots === undefined || attempt.atEnd === undefined || !isBackground(purpose)) return;
  if (!backgroundSlots.enter()) {
    throw new ActivityRefusal(
      'BigCommerceRateLimited',
      'As many imports run in this worker as leave room for people and write-backs (WAYBILL_STORE_SLOTS). It is tried again in a moment.',
      PLACE_WAIT_MS,
    );
  }
  attempt.atEnd(async () => backgroundSlots.leave());
}

/** Lets calls of one session through one after the other: it holds one place among the store's calls in flight. */
function createLine(): { enter(): Promise<void>; leave(): void } {
  const waiting: (() => void)[] = [];
  let taken = false;
  return {
    enter: async () => {
      if (taken) return new Promise<void>((go) => void waiting.push(go));
      taken = true;
    },
    leave: () => {
      const next = waiting.shift();
      if (next === undefined) taken = false;
      else next();
    },
  };
}

async function recordAnswer(
  deps: ActivityDeps,
  seen: {
    channel: Channel;
    health: { authFailures: number; skewMs: number | null };
    facts: AnswerFacts;
    refusedBefore: boolean;
    onTrial: boolean;
  },
): Promise<void> {
  const { channel, health, facts } = seen;
  const now = deps.clock();
  await observeHeaders(deps, channel.storeHash, facts);
  if (seen.refusedBefore && facts.status < 500 && facts.status !== 429)
    await calledWell(deps.db, channel.storeHash);
  if (seen.onTrial) return;
  if (facts.status === 401) {
    await countAuthFailure(deps.db, { id: channel.id, now });
    health.authFailures += 1;
  } else if (facts.status < 300 && health.authFailures > 0) {
    await clearAuthFailures(deps.db, channel.id);
    health.authFailures = 0;
  }
  const skewMs = clockSkewMs(facts, now);
  if (skewMs !== null && (health.skewMs === null || Math.abs(skewMs - health.skewMs) >= SKEW_CHANGE_MIN_MS)) {
    await recordClockSkew(deps.db, { id: channel.id, clockSkewMs: skewMs });
    health.skewMs = skewMs;
  }
}

async function observeHeaders(deps: ActivityDeps, storeHash: string, facts: AnswerFacts): Promise<void> {
  const { quota, left, resetMs, windowMs, retryAfterMs } = facts.quota;
  if (resetMs !== null && (quota !== null || left !== null)) {
    await observeQuota(deps.db, {
      storeHash,
      resetMs,
      ...(quota === null ? {} : { quota }),
      ...(left === null ? {} : { left }),
      ...(windowMs === null ? {} : { windowMs }),
    });
  }
  if (facts.status !== 429) return;
  if (resetMs === null && retryAfterMs === null) await blockBlindly(deps.db, storeHash);
  else await blockQuota(deps.db, storeHash, rateLimitDelayMs({ resetMs, retryAfterMs }));
}

/** Store clock minus ours, milliseconds; null when the answer had no date. */
export function clockSkewMs(facts: Pick<AnswerFacts, 'storeNow'>, now: string): number | null {
  return facts.storeNow === null
    ? null
    : Date.parse(facts.storeNow) - Math.floor(Date.parse(now) / 1000) * 1000;
}
