/**
 * The reads of a connection check in their order: does the store answer, is it the right one, may orders be read, and
 * then one read for each scope that has one. What the answers mean is judged in `domain/connection-report.ts`.
 */
import { setMaxListeners } from 'node:events';
import { StoreError } from '../bigcommerce/errors.ts';
import type { Channel } from '../db/channels.ts';
import {
  connectionProblem,
  type ConnectionProblem,
  type ConnectionProblemCode,
} from '../domain/connection-problems.ts';
import {
  blockedFeatures,
  judgeScopes,
  missingScopesProblem,
  type ConnectionReport,
  type OwnWebhook,
  type ProbeOutcome,
  type StoreFacts,
  type WriteEvidence,
} from '../domain/connection-report.ts';
import { featuresOn, leastScopes, settingsReader } from '../domain/scope-needs.ts';
import { SCOPES, type ScopeId } from '../domain/scopes.ts';
import type { CheckChannelResult } from '../workflows/contract.ts';
import type { Attempt } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { ActivityRefusal, isCredentialsUnreadable } from './failures.ts';
import { askForScopes } from './probe-scopes.ts';
import { openStoreSession, type StoreSession } from './store-calls.ts';

/** A clock that is further off than this confuses people; the import goes by the store's clock in any case. */
const SKEW_WARNING_MS = 60_000;
/** A person waits for the report: a question that takes longer than this counts as not answered. */
const QUESTION_TIMEOUT_MS = 15_000;
/** Time, store, mails, one order, and the scopes. */
const CORE_CALLS = 5;

/** One call each; stores have a handful of storefronts. */
const STOREFRONTS_ASKED_MAX = 20;

/** Above the number of questions, below what a leak would need. */
const LISTENERS_MAX = 100;

type Finding = CheckChannelResult['findings'][number];
type Probed = Pick<CheckChannelResult, 'ok' | 'storeName' | 'clockSkewMs' | 'findings'> & ConnectionReport;

export interface ProbeRequest {
  channel: Channel;
  attempt: Attempt;
  wrote: WriteEvidence;
  /** The secret that holds a token on trial. */
  onTrial?: string;
}

/** Asks everything and judges it. Throws what ends the attempt: a missing grant, a 429, our own database. */
export async function probeConnection(deps: ActivityDeps, request: ProbeRequest): Promise<Probed> {
  const report = createReport(request);
  let session: StoreSession;
  try {
    session = await open(deps, request);
  } catch (error) {
    const { code, message } = beforeAnyCall(error);
    report.bad('settings', code, message);
    return report.end();
  }
  // Every question listens to the attempt's end: more of them than Node takes for a leak.
  setMaxListeners(LISTENERS_MAX, request.attempt.signal);
  session.purse.expect(CORE_CALLS + SCOPES.filter(({ probe }) => probe !== null).length);
  await askCore(deps, request, session, report);
  return report.end();
}

/** The webhooks of the account on trial and of the one before it. Costs two calls; what cannot be read counts as none. */
export async function webhooksOfBoth(
  deps: ActivityDeps,
  request: Omit<ProbeRequest, 'wrote'>,
): Promise<{ own: OwnWebhook[]; before: OwnWebhook[] }> {
  const of = async (which: Omit<ProbeRequest, 'wrote'>): Promise<OwnWebhook[]> => {
    try {
      const { rows } = await (await open(deps, which)).client.listWebhooks(1);
      return rows.map(({ webhookId, scope, destination, active }) => ({
        id: webhookId,
        scope,
        // The query of an address may hold a key.
        destination: destination.split(/[?#]/)[0] ?? '',
        active,
      }));
    } catch (error) {
      if (error instanceof StoreError && error.code === 'BigCommerceRateLimited') throw error;
      if (error instanceof StoreError || error instanceof ActivityRefusal) return [];
      throw error;
    }
  };
  const { onTrial: _new, ...before } = request;
  const own = await of(request);
  const old = await of({ ...before });
  // Two tokens of one account see the same hooks: nothing is left behind then.
  return { own, before: old.filter(({ id }) => !own.some((hook) => hook.id === id)) };
}

function open(deps: ActivityDeps, request: Omit<ProbeRequest, 'wrote'>): Promise<StoreSession> {
  const { channel, attempt, onTrial } = request;
  return openStoreSession(deps, {
    channelId: channel.id,
    purpose: 'operator',
    attempt,
    evenDisabled: true,
    timeoutMs: () => Math.min(deps.storeAccess.timeoutMs, QUESTION_TIMEOUT_MS),
    ...(onTrial === undefined ? {} : { onTrial }),
  });
}

async function askCore(
  deps: ActivityDeps,
  request: ProbeRequest,
  session: StoreSession,
  report: ReportMaker,
): Promise<void> {
  const { channel } = request;
  const { client } = session;

  const time = await ask(() => client.storeTime());
  if (
    time.error !== undefined &&
    time.error.reason !== 'forbidden' &&
    time.error.code !== 'UnexpectedAnswer'
  ) {
    // Without a connection or with a refused token every other question would be answered alike.
    report.failed('connection', time.error);
    return;
  }
  const skewMs = time.value === undefined ? null : Date.parse(time.value) - Date.parse(deps.clock());
  if (skewMs !== null) report.clock(skewMs);

  const store = await ask(() => client.storeInformation());
  report.outcome('information', outcomeOf(store));
  if (store.value !== undefined) {
    if (store.value.storeHash !== channel.storeHash) {
      const other = `store ${store.value.storeHash}`;
      report.bad('store', 'auth.wrong_store', other);
      return;
    }
    const { name, domain, plan, status, currency, weightUnits, timeZone, countryCode, multiStorefront } =
      store.value;
    const mails = await ask(() => client.emailStatuses());
    const statuses = await ask(() => client.orderStatuses());
    report.store({
      name,
      domain,
      plan,
      status,
      currency,
      weightUnits,
      timeZone,
      countryCode,
      multiStorefront,
      storefronts: null,
      shopperMails: mails.value?.orderStatus ?? null,
      statuses:
        statuses.value?.map(({ statusId: id, name: own, label }) => ({ id, name: own, label })) ?? null,
    });
  } else if (store.error.reason !== 'forbidden') {
    report.failed('store', store.error);
  }

  const orders = await ask(() => client.listOrders({ sort: 'id:asc', limit: 1 }));
  report.outcome('orders', outcomeOf(orders));
  if (orders.error !== undefined && orders.error.reason !== 'forbidden') {
    report.failed('orders', orders.error);
    return;
  }
  const scopes = await askForScopes(session, request.attempt, {
    setting: settingsReader(channel.settings),
    orderId: anyOrderId(orders.value?.orders[0]),
    ordersRefused: orders.error !== undefined,
  });
  for (const [scope, outcome] of scopes.outcomes) report.outcome(scope, outcome);
  report.storefronts(scopes.storefronts);
  if (store.value?.multiStorefront === true)
    report.storefrontMails(await storefrontMails(client, channel, scopes.storefronts));
  if (scopes.v3Refused) report.bad('v3', 'auth.v2_only');
}

/** Whether shoppers are mailed, of each storefront whose orders the channel takes and that does not take the store's switch. */
async function storefrontMails(
  client: StoreSession['client'],
  channel: Channel,
  storefronts: StoreFacts['storefronts'],
): Promise<NonNullable<StoreFacts['storefrontMails']>> {
  const ids = channel.settings.connection.bc_channel_ids ?? storefronts?.map(({ id }) => id) ?? [];
  const own: NonNullable<StoreFacts['storefrontMails']> = [];
  for (const id of ids.slice(0, STOREFRONTS_ASKED_MAX)) {
    const on = (await ask(() => client.emailStatuses(id))).value?.orderStatus ?? null;
    if (on !== null) own.push({ id, on });
  }
  return own;
}

interface ReportMaker {
  outcome(scope: ScopeId, outcome: ProbeOutcome): void;
  clock(skewMs: number): void;
  store(facts: StoreFacts): void;
  storefronts(list: StoreFacts['storefronts']): void;
  storefrontMails(list: StoreFacts['storefrontMails']): void;
  bad(probe: string, code: ConnectionProblemCode, detail?: string): void;
  /** An answer that ends the questioning. */
  failed(probe: string, error: StoreError): void;
  end(): Probed;
}

function createReport({ channel, wrote }: ProbeRequest): ReportMaker {
  const setting = settingsReader(channel.settings);
  const scene = {
    channelId: channel.id,
    storeHash: channel.storeHash,
    needed: leastScopes(featuresOn(setting)),
  };
  const outcomes = new Map<ScopeId, ProbeOutcome>();
  const findings: Finding[] = [];
  const problems: ConnectionReport['problems'] = [];
  let facts: StoreFacts | null = null;
  let clockSkewMs: number | null = null;
  let broken = false;

  const bad: ReportMaker['bad'] = (probe, code, detail) => {
    const problem = connectionProblem(code, detail === undefined ? scene : { ...scene, detail });
    broken = true;
    findings.push({ probe, ok: false, message: sentencesOf(problem) });
    problems.push(problem);
  };
  const good = (probe: string, message: string): void => void findings.push({ probe, ok: true, message });

  return {
    outcome: (scope, outcome) => void outcomes.set(scope, outcome),
    clock: (skewMs) => {
      clockSkewMs = skewMs;
    },
    store: (given) => {
      facts = given;
    },
    storefronts: (storefronts) => {
      if (facts !== null) facts = { ...facts, storefronts };
    },
    storefrontMails: (mails) => {
      if (facts !== null && mails !== undefined) facts = { ...facts, storefrontMails: mails };
    },
    bad,
    failed: (probe, error) => {
      const { code, detail } = problemOf(error);
      bad(probe, code, detail);
    },
    end: () => {
      const answers = [...outcomes.values()].map(({ answer }) => answer);
      const letIn = answers.includes('let_in');
      if (!broken && !letIn && answers.includes('refused')) bad('connection', 'auth.no_access');
      if (letIn) {
        findings.unshift({
          probe: 'connection',
          ok: true,
          message: 'The store answers and takes the access token.',
        });
      }
      if (clockSkewMs !== null) sayClock(clockSkewMs);
      const scopes = judgeScopes(setting, outcomes, wrote);
      if (!broken) sayStoreAndScopes(scopes);
      return {
        ok: !broken,
        storeName: facts?.name ?? null,
        clockSkewMs,
        findings,
        store: facts,
        scopes,
        blocked: blockedFeatures(scopes),
        problems,
      };
    },
  };

  function sayClock(skewMs: number): void {
    if (Math.abs(skewMs) < SKEW_WARNING_MS) return good('clock', 'The clocks agree.');
    const seconds = Math.round(skewMs / 1000);
    const detail = `${String(Math.abs(seconds))} s ${seconds > 0 ? 'ahead of' : 'behind'}`;
    const problem = connectionProblem('clock.skew', { ...scene, detail });
    problems.push(problem);
    good('clock', sentencesOf(problem));
  }

  function sayStoreAndScopes(scopes: ConnectionReport['scopes']): void {
    if (facts !== null)
      good('store', `This is ${facts.name}${facts.plan === '' ? '' : `, plan ${facts.plan}`}.`);
    const { bc_channel_ids: chosen } = channel.settings.connection;
    const known = facts?.storefronts ?? null;
    const unknown = known === null ? [] : (chosen ?? []).filter((id) => known.every((one) => one.id !== id));
    if (unknown.length > 0) {
      const message = `The store has no storefront ${unknown.join(', ')}, so nothing is imported from there. Correct connection.bc_channel_ids; it has: ${(known ?? []).map(({ id, name }) => `${String(id)} ${name}`).join(', ')}.`;
      findings.push({ probe: 'storefronts', ok: false, message });
    }
    const missing = missingScopesProblem({ ...scene, setting }, scopes);
    if (missing !== null) problems.push(missing);
    for (const { name, state, needed, message } of scopes) {
      if (state === 'missing' && needed !== null) findings.push({ probe: name, ok: false, message });
    }
    const orders = scopes.find(({ scope }) => scope === 'orders');
    // An import is what every channel does: without it the connection is of no use.
    if (orders?.state === 'missing' && orders.blocks.includes('import of orders')) broken = true;
    else if (orders?.state === 'assumed') good('orders', `Orders can be read. ${orders.message}`);
    else if (orders?.state !== 'missing') good('orders', 'Orders can be read.');
  }
}

function sentencesOf({ cause, who, todo }: ConnectionProblem): string {
  return `${cause} Who must act: the ${who}. ${todo}`.replace('the BigCommerce.', 'BigCommerce.');
}

type Asked<T> = { value: T; error?: undefined } | { value?: undefined; error: StoreError };

/** The answer to a question, or how it failed. A 429 ends the attempt: it says nothing about the channel. */
async function ask<T>(call: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    if (!(error instanceof StoreError) || error.code === 'BigCommerceRateLimited') throw error;
    return { error };
  }
}

function outcomeOf({ error }: Asked<unknown>): ProbeOutcome {
  if (error === undefined) return { answer: 'let_in' };
  return error.reason === 'forbidden' ? { answer: 'refused' } : { answer: 'unknown', why: error.message };
}

function problemOf(error: StoreError): { code: ConnectionProblemCode; detail?: string } {
  const status = error.httpStatus === null ? undefined : `HTTP ${String(error.httpStatus)}`;
  switch (error.reason) {
    case 'unauthorized':
      return { code: 'auth.invalid_token' };
    case 'forbidden':
      return { code: 'auth.no_access' };
    case 'not_found':
      return { code: 'store.not_found' };
    case 'dns':
      return { code: 'network.dns' };
    case 'tls':
      return { code: 'network.tls' };
    case 'connection':
    case 'timeout':
      return { code: 'network.unreachable' };
    case 'address':
      return { code: 'network.address', detail: error.message };
    case 'server_error':
      return error.httpStatus === 503
        ? { code: 'auth.store_unavailable' }
        : { code: 'store.trouble', ...(status === undefined ? {} : { detail: status }) };
    default:
      return { code: 'store.foreign_answer', detail: error.reason.replaceAll('_', ' ') };
  }
}

function beforeAnyCall(error: unknown): { code: ConnectionProblemCode; message: string } {
  if (error instanceof StoreError) return { code: 'network.address', message: error.message };
  if (!isCredentialsUnreadable(error)) throw error;
  return { code: 'credentials.unreadable', message: error.message };
}

function anyOrderId(order: unknown): number | null {
  const id = typeof order === 'object' && order !== null && 'id' in order ? Number(order.id) : NaN;
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}
