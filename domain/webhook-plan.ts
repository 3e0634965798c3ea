/**
 * What must change at the store so that its webhooks are the wished ones: compare, then act. Only webhooks with our
 * destination are ours to touch; an API account may serve other programs of the merchant as well.
 */
import { HOUR_MS, isoSecond, instantMs, MINUTE_MS, parseInstant } from './instants.ts';
import { WEBHOOK_SECRET_HEADER } from './store-webhook.ts';

/** They are looked at every quarter of an hour: one that nobody has seen for longer than this may have been off. */
export const SILENT_AFTER_MS = 45 * MINUTE_MS;

/** A webhook as the store lists it. */
export interface ListedWebhook {
  webhookId: number;
  scope: string;
  destination: string;
  headers: Readonly<Record<string, string>>;
  active: boolean;
}

/** What we know of a scope from earlier looks. */
export interface KnownWebhook {
  scope: string;
  webhookId: number;
  /** Up to when nothing of it is missed: it was in place and on then, or what was missed before has been read. ISO. */
  seenActiveAt: string;
}

export interface WebhookWish {
  /** Empty: none is wanted, and ours are removed. */
  scopes: readonly string[];
  destination: string;
  secret: string;
}

export type WebhookStep =
  | { kind: 'create'; scope: string }
  /** Switched on again, or given today's secret, or both. */
  | { kind: 'update'; scope: string; webhookId: number; reactivate: boolean; secret: boolean }
  | { kind: 'delete'; scope: string; webhookId: number };

export interface WebhookPlan {
  steps: WebhookStep[];
  /** Scopes that are in place and on, with their ids. */
  inPlace: { scope: string; webhookId: number }[];
  /** Scopes of which something may have been missed: off, gone, or not seen for long. */
  missed: string[];
  /**
   * Since when the store may have told us nothing: the oldest look at which one of the missed was still on. Null where
   * none was missed. What happened since must be read again, for nothing is sent twice (section 9, Traps).
   */
  silentSince: string | null;
}

/** The store's clock and ours may differ; by how much more than this nobody has seen. */
const CLOCKS_DIFFER_MS = HOUR_MS;

/** From when on changed orders must be read again, by the store's time of change: from before the silence. */
export function missedFrom(silentSince: string): string {
  return isoSecond(instantMs(silentSince) - CLOCKS_DIFFER_MS);
}

/**
 * The steps, deletions last. A second plan over the state that they leave has none. `now` is when the store was asked,
 * RFC 3339.
 */
export function planWebhooks(
  wish: WebhookWish,
  listed: readonly ListedWebhook[],
  known: readonly KnownWebhook[],
  now: string,
): WebhookPlan {
  const ours = listed.filter(({ destination }) => sameAddress(destination, wish.destination));
  const steps: WebhookStep[] = [];
  const inPlace: WebhookPlan['inPlace'] = [];
  const missed: string[] = [];
  let silentSince: string | null = null;
  const miss = (scope: string): void => {
    const before = known.find((row) => row.scope === scope);
    // One that never was in place is new, and nothing was expected of it.
    if (before === undefined) return;
    missed.push(scope);
    if (silentSince === null || before.seenActiveAt < silentSince) silentSince = before.seenActiveAt;
  };
  const spare: ListedWebhook[] = ours.filter(({ scope }) => !wish.scopes.includes(scope));
  for (const scope of wish.scopes) {
    // The store keeps scope and destination unique; should it ever list two, the active one stays.
    const [hook, ...more] = ours
      .filter((one) => one.scope === scope)
      .sort((a, b) => Number(b.active) - Number(a.active));
    spare.push(...more);
    if (hook === undefined) {
      steps.push({ kind: 'create', scope });
      miss(scope);
      continue;
    }
    const { webhookId } = hook;
    const reactivate = !hook.active;
    if (reactivate || unseen(known, scope, now)) miss(scope);
    const secret = !carriesSecret(hook, wish.secret);
    if (reactivate || secret) steps.push({ kind: 'update', scope, webhookId, reactivate, secret });
    else inPlace.push({ scope, webhookId });
  }
  for (const { scope, webhookId } of spare) steps.push({ kind: 'delete', scope, webhookId });
  return { steps, inPlace, missed, silentSince };
}

/**
 * Nobody has looked for long: it may have been off and on again meanwhile, or a look ended after switching it on and
 * before that was written down.
 */
function unseen(known: readonly KnownWebhook[], scope: string, now: string): boolean {
  const before = known.find((row) => row.scope === scope);
  if (before === undefined) return false;
  const seenMs = parseInstant(before.seenActiveAt);
  const nowMs = parseInstant(now);
  return seenMs === null || nowMs === null || nowMs - seenMs > SILENT_AFTER_MS;
}

function carriesSecret(hook: ListedWebhook, secret: string): boolean {
  const named = Object.entries(hook.headers).find(([name]) => name.toLowerCase() === WEBHOOK_SECRET_HEADER);
  return named?.[1] === secret;
}

/** A final slash and the case of the host do not make another address. */
function sameAddress(one: string, other: string): boolean {
  return one.replace(/\/+$/, '').toLowerCase() === other.replace(/\/+$/, '').toLowerCase();
}
