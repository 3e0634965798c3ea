/**
 * Does the connection to a store work? Probes by reads only, and says for each what is wrong, why, and who must do what.
 * A good check after a bad one lets waiting write-backs go on (`db/channels.ts`). May be repeated; writes nothing to the
 * store.
 */
import { StoreError } from '../bigcommerce/errors.ts';
import { recordCheck, requireChannel, type Channel } from '../db/channels.ts';
import type { CheckChannelInput, CheckChannelResult } from '../workflows/contract.ts';
import { asActivity, type Attempt } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { ActivityRefusal } from './failures.ts';
import { openStoreSession, type StoreSession } from './store-calls.ts';

/** A clock that is further off than this confuses people; the import goes by the store's clock in any case. */
const SKEW_WARNING_MS = 60_000;
const PROBES = 3;

type Finding = CheckChannelResult['findings'][number];

/**
 * Probes `GET /v2/time`, `GET /v2/store` and `GET /v2/orders?limit=1` (bigcommerce-api.md section 1.6). A store that
 * refuses is an answer, not a failure; only a missing grant and our own database fail the attempt.
 */
export function checkChannel(deps: ActivityDeps, input: CheckChannelInput): Promise<CheckChannelResult> {
  return asActivity(deps, { heartbeats: false }, async (attempt) => {
    const channel = await requireChannel(deps.db, input.channelId);
    const report = await probe(deps, channel, attempt);
    await recordCheck(deps.db, {
      id: channel.id,
      ok: report.ok,
      report: { storeName: report.storeName, findings: report.findings },
      clockSkewMs: report.clockSkewMs,
      now: deps.clock(),
    });
    return { ...report, channelId: channel.id, storeHash: channel.storeHash };
  });
}

type Report = Pick<CheckChannelResult, 'ok' | 'storeName' | 'clockSkewMs' | 'findings'>;

async function probe(deps: ActivityDeps, channel: Channel, attempt: Attempt): Promise<Report> {
  const findings: Finding[] = [];
  let storeName: string | null = null;
  let clockSkewMs: number | null = null;
  const answer = (): Report => ({
    ok: findings.every((finding) => finding.ok),
    storeName,
    clockSkewMs,
    findings,
  });

  let session: StoreSession;
  try {
    session = await openStoreSession(deps, {
      channelId: channel.id,
      purpose: 'operator',
      attempt,
      evenDisabled: true,
    });
  } catch (error) {
    findings.push(beforeAnyCall(error));
    return answer();
  }
  session.purse.expect(PROBES);
  const { client } = session;

  const time = await ask('connection', () => client.storeTime());
  findings.push(
    time.finding ?? {
      probe: 'connection',
      ok: true,
      message: 'The store answers and takes the access token.',
    },
  );
  // Without a connection or with a refused token every other probe would say the same.
  if (
    time.value === undefined &&
    time.error?.reason !== 'forbidden' &&
    time.error?.code !== 'UnexpectedAnswer'
  )
    return answer();
  if (time.value !== undefined) {
    clockSkewMs = Date.parse(time.value) - Date.parse(deps.clock());
    findings.push(clockFinding(clockSkewMs));
  }

  const store = await ask('store', () => client.storeInformation());
  if (store.value === undefined) findings.push(store.finding);
  else {
    storeName = store.value.name;
    const right = store.value.storeHash === channel.storeHash;
    findings.push({
      probe: 'store',
      ok: right,
      message: right
        ? `This is ${store.value.name}${store.value.plan === '' ? '' : `, plan ${store.value.plan}`}.`
        : `The token belongs to store ${store.value.storeHash}, the channel to ${channel.storeHash}. Enter the token of the right store with: waybill channel rotate ${channel.id}`,
    });
  }

  const orders = await ask('orders', () => client.listOrders({ sort: 'id:asc', limit: 1 }));
  findings.push(
    orders.finding ?? {
      probe: 'orders',
      ok: true,
      message: writes(channel)
        ? 'Orders can be read. Whether they can be changed shows only with the first write-back: the API account needs the scope Orders: modify.'
        : 'Orders can be read.',
    },
  );
  return answer();
}

type Asked<T> =
  | { value: T; finding?: undefined; error?: undefined }
  | { value?: undefined; finding: Finding; error: StoreError };

/** The answer of a probe, or the finding that it failed. A 429 ends the attempt: it says nothing about the channel. */
async function ask<T>(probe: string, call: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    if (!(error instanceof StoreError) || error.code === 'BigCommerceRateLimited') throw error;
    return { error, finding: { probe, ok: false, message: `${causeOf(error)} (${error.message})` } };
  }
}

/** Each cause in one sentence that names who must act (capabilities Q-36: four different messages for 401, 403, 404, 503). */
function causeOf(error: StoreError): string {
  switch (error.reason) {
    case 'unauthorized':
      return 'The access token is not valid any more: the API account was deleted or replaced, or the store changed hands. The store’s administrator makes a new API account.';
    case 'forbidden':
      return 'The token is valid but may not do this: a scope is missing (Orders: modify, Information & Settings: read-only), or the store hash is wrong. The store’s administrator makes an API account with these scopes; scopes cannot be added later.';
    case 'not_found':
      return 'The store does not know this address: its hash may be wrong or the store is gone. Compare connection.store_hash with the API path of the API account.';
    case 'dns':
      return 'The name of the API host cannot be resolved. Whoever runs this machine checks its name server.';
    case 'tls':
      return 'No trusted TLS connection. Whoever runs this machine checks its clock, its certificates and any proxy between.';
    case 'connection':
    case 'timeout':
      return 'The store cannot be reached or does not answer in time. Whoever runs this machine checks its way to the internet; if that works, it is the store’s trouble and passes.';
    case 'server_error':
      return error.httpStatus === 503
        ? 'The store is in maintenance, suspended or being upgraded. If this lasts longer than a day, ask the store’s administrator.'
        : 'The store has trouble of its own. It is tried again by itself.';
    case 'redirect':
      return 'The address answers with a redirect, so it is not the API. Correct connection.api_base_url.';
    default:
      return 'The store answers, but not as its API does; a proxy or a maintenance page may stand in between.';
  }
}

function beforeAnyCall(error: unknown): Finding {
  const own =
    error instanceof StoreError ||
    (error instanceof ActivityRefusal && error.type === 'CredentialsUnreadable') ||
    isUnreadableSecret(error);
  if (!own || !(error instanceof Error)) throw error;
  return { probe: 'settings', ok: false, message: error.message };
}

function isUnreadableSecret(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'credentials_unreadable' || error.code === 'credentials_missing')
  );
}

function clockFinding(skewMs: number): Finding {
  const seconds = Math.round(skewMs / 1000);
  if (Math.abs(skewMs) < SKEW_WARNING_MS) return { probe: 'clock', ok: true, message: 'The clocks agree.' };
  const direction = seconds > 0 ? 'ahead of' : 'behind';
  return {
    probe: 'clock',
    ok: true,
    message: `The store’s clock is ${String(Math.abs(seconds))} s ${direction} ours. Imports go by the store’s clock, so nothing is lost; set this machine’s clock all the same.`,
  };
}

function writes(channel: Channel): boolean {
  return channel.settings.channel.profile !== 'import_only' && channel.settings.fulfillment.push_enabled;
}
