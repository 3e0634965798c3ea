/**
 * Keeps a channel's webhooks in place at the store: made, switched on again, given today's secret, removed. Nothing
 * depends on them (the poll is the truth), so a store that refuses one is an answer and not a failure. It reports since
 * when something may have been missed; reading that again is the workflow's.
 */
import { StoreError } from '../bigcommerce/errors.ts';
import { requireChannel, type Channel } from '../db/channels.ts';
import {
  endSecretChange,
  ensureWebhookSecret,
  listWebhooks,
  recordWebhooks,
  webhooksCaughtUp,
  type WebhookFinding,
  type WebhookRow,
} from '../db/webhooks.ts';
import { WEBHOOK_SECRET_HEADER, webhookDestination } from '../domain/store-webhook.ts';
import {
  planWebhooks,
  type ListedWebhook,
  type WebhookStep,
  type WebhookWish,
} from '../domain/webhook-plan.ts';
import type { WatchWebhooksInput, WatchWebhooksResult } from '../workflows/contract.ts';
import { asActivity, type Attempt } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { openStoreSession, type StoreSession } from './store-calls.ts';

/** Ten for each scope are allowed (bigcommerce-api.md section 9); a list longer than this is not one of ours. */
const PAGES_MAX = 10;

/**
 * One look. Costs one call where all is well, none where no webhooks are wanted and none are known. May be repeated: a
 * second look over what the first one left changes nothing. With `remove` none are wanted, whatever the settings say.
 */
export function keepWebhooks(deps: ActivityDeps, input: WatchWebhooksInput): Promise<WatchWebhooksResult> {
  return asActivity(deps, { heartbeats: true }, async (attempt) => {
    const channel = await requireChannel(deps.db, input.channelId);
    const known = await listWebhooks(deps.db, channel.id);
    const scopes = input.remove === true ? [] : wantedScopes(channel, deps.publicUrl);
    const now = deps.clock();
    const nothing: WatchWebhooksResult = {
      channelId: channel.id,
      wanted: scopes.length,
      inPlace: 0,
      made: 0,
      switchedOn: 0,
      removed: 0,
      troubles: [],
      silentSince: null,
      lookedAt: now,
    };
    const destination =
      deps.publicUrl === null ? known[0]?.destination : webhookDestination(deps.publicUrl, channel.id);
    if (destination === undefined || (scopes.length === 0 && known.length === 0)) return nothing;
    const secret = await ensureWebhookSecret(deps.db, deps.secrets, { channelId: channel.id, now });
    const look = { channel, known, wish: { scopes, destination, secret }, now };
    return { ...nothing, ...(await lookAfter(deps, look, attempt, input.remove === true)) };
  });
}

/** What was missed up to `upTo` is being read again. May be repeated. */
export async function webhooksRead(
  deps: Pick<ActivityDeps, 'db'>,
  { channelId, upTo }: { channelId: string; upTo: string },
): Promise<void> {
  await webhooksCaughtUp(deps.db, { channelId, upTo });
}

/** None for a channel that reads nothing by itself, and none where the store could not reach us. */
function wantedScopes({ enabled, settings }: Channel, publicUrl: string | null): readonly string[] {
  const { mode, webhooks_enabled: on } = settings.orders.import;
  return publicUrl !== null && enabled && mode === 'automatic' && on ? settings.webhooks.scopes : [];
}

async function lookAfter(
  deps: ActivityDeps,
  look: { channel: Channel; known: readonly WebhookRow[]; wish: WebhookWish; now: string },
  attempt: Attempt,
  evenDisabled: boolean,
): Promise<Partial<WatchWebhooksResult>> {
  const { channel, known, wish, now } = look;
  const session = await openStoreSession(deps, {
    channelId: channel.id,
    purpose: 'operator',
    attempt,
    evenDisabled,
  });
  const listed = await listAll(session);
  const seen = known.flatMap(({ scope, webhookId, seenActiveAt }) =>
    webhookId === null || seenActiveAt === null ? [] : [{ scope, webhookId, seenActiveAt }],
  );
  const plan = planWebhooks(wish, listed, seen, now);
  session.purse.expect(plan.steps.length);
  const missed = new Set(plan.missed);
  const found: WebhookFinding[] = plan.inPlace.map(({ scope, webhookId }) => ({
    scope,
    webhookId,
    repaired: false,
    missed: missed.has(scope),
    trouble: null,
  }));
  const done = { made: 0, switchedOn: 0, removed: 0 };
  for (const step of plan.steps) {
    const outcome = await carryOut(session, step, wish);
    if (outcome.trouble !== null)
      deps.logger.warn({ channelId: channel.id, scope: step.scope }, outcome.trouble);
    else if (step.kind === 'create') done.made += 1;
    else if (step.kind === 'delete') done.removed += 1;
    else if (step.reactivate) done.switchedOn += 1;
    if (step.kind === 'delete') continue;
    found.push({
      scope: step.scope,
      webhookId: outcome.webhookId,
      repaired: missed.has(step.scope),
      missed: missed.has(step.scope),
      trouble: outcome.trouble,
    });
  }
  await recordWebhooks(deps.db, { channelId: channel.id, destination: wish.destination, found, now });
  const troubles = found.flatMap(({ scope, trouble }) => (trouble === null ? [] : [{ scope, trouble }]));
  // The old secret is refused only when no webhook carries it any more.
  if (troubles.length === 0) {
    await endSecretChange(deps.db, deps.secrets, { channelId: channel.id, secret: wish.secret, now });
  }
  return { ...done, inPlace: found.length - troubles.length, troubles, silentSince: plan.silentSince };
}

async function listAll(session: StoreSession): Promise<ListedWebhook[]> {
  const all: ListedWebhook[] = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const { rows, mayGoOn } = await session.client.listWebhooks(page);
    all.push(...rows);
    if (!mayGoOn) break;
  }
  return all;
}

/** A refusal by the store is the outcome of a step; anything that may pass by itself ends the attempt. */
async function carryOut(
  session: StoreSession,
  step: WebhookStep,
  wish: WebhookWish,
): Promise<{ webhookId: number | null; trouble: string | null }> {
  const headers = { [WEBHOOK_SECRET_HEADER]: wish.secret };
  const { client } = session;
  try {
    if (step.kind === 'create') {
      const { scope } = step;
      const made = await client.createWebhook({
        scope,
        destination: wish.destination,
        headers,
        active: true,
      });
      return { webhookId: made.webhookId, trouble: null };
    }
    if (step.kind === 'update') {
      await client.updateWebhook(step.webhookId, { headers, active: true });
      return { webhookId: step.webhookId, trouble: null };
    }
    await client.deleteWebhook(step.webhookId);
    return { webhookId: null, trouble: null };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'BigCommerceNotFound' && step.kind === 'delete')
      return { webhookId: null, trouble: null };
    if (
      error instanceof StoreError &&
      (error.code === 'InvalidRequest' || error.code === 'BigCommerceNotFound')
    ) {
      const webhookId = step.kind === 'update' ? step.webhookId : null;
      return { webhookId, trouble: `The store refuses the webhook ${step.scope}: ${error.message}` };
    }
    throw error;
  }
}
