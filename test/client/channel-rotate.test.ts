// Replacing the credentials of a channel against a real Temporal and a simulated store: tried, swapped, and taken back
// by nothing but a refusal (capabilities P-24, X-19).
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { getChannel } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { createSecretBox, listSecrets, readSecret } from '../../db/secrets.ts';
import { loadConfig } from '../../runtime/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { ALL_SCOPES } from '../../simulator/scopes.ts';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import { startWorkers, type RunningWorkers } from '../../workers/run-worker.ts';
import { databaseFor, namespaceFor } from '../support/servers.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

const KEY = Buffer.alloc(32, 7);
const OLD = 'old-token';
const TEST_DEADLINE_MS = 240_000;

let url = '';
let db: Database;
let simulator: Simulator;
let workers: RunningWorkers;
const environment = (): Record<string, string> => ({
  WAYBILL_DATABASE_URL: url,
  WAYBILL_SECRET_KEYS: `k1:${KEY.toString('base64')}`,
  WAYBILL_ALLOW_LOOPBACK_STORES: '1',
});
const run = (...words: string[]): Promise<CommandResult> =>
  waybillHere([...words, '--json'], { env: environment() });
const rotate = (token: string, ...words: string[]): Promise<CommandResult> =>
  run('channel', 'rotate', 'shop', '--token', token, ...words);
const errorOf = (result: CommandResult): { code: string; what: string; why: string } =>
  result.json()['error'] as ReturnType<typeof errorOf>;
const box = createSecretBox([{ id: 'k1', key: KEY }]);
const tokenInPlace = (): Promise<string | null> => readSecret(db, box, 'shop', 'access_token');
const kinds = async (): Promise<string[]> => (await listSecrets(db, 'shop')).map(({ kind }) => kind);

beforeAll(async () => {
  const [database, temporal] = await Promise.all([
    databaseFor(import.meta.url),
    namespaceFor(import.meta.url),
  ]);
  url = database.url;
  // Temporal's own variables are read from the process.
  vi.stubEnv('TEMPORAL_ADDRESS', temporal.address);
  vi.stubEnv('TEMPORAL_NAMESPACE', temporal.namespace);
  db = openDatabase(url);
  simulator = await startSimulator({
    stores: [
      { storeHash: 'simstore', token: OLD, quota: null, clientId: 'old-account' },
      { storeHash: 'otherstore', token: 'token-of-another-store', quota: null },
    ],
  });
  simulator.store('simstore').seed({ count: 12, seed: 1 });
  workers = await startWorkers({
    config: loadConfig(environment()),
    logger: createLogger({ level: 'silent', format: 'json' }),
    temporal,
  });
  const store = ['--store-hash', `${simulator.url}/stores/simstore/v3/`, '--client-id', 'old-account'];
  const words = ['--client-secret', 'old-secret', '--token', OLD];
  expect((await run('channel', 'add', 'shop', ...store, ...words)).code).toBe(0);
}, TEST_DEADLINE_MS);
afterAll(async () => {
  vi.unstubAllEnvs();
  await workers.stop();
  await simulator.close();
  await db.close();
}, TEST_DEADLINE_MS);

describe('the report of a check', () => {
  test(
    'is one JSON document with store, scopes and problems, and is kept with the channel',
    async () => {
      const tested = await run('channel', 'test', 'shop');
      const { check } = tested.json() as { check: Record<string, unknown> };
      expect(check).toMatchObject({ ok: true, store: { weightUnits: 'KGS' }, problems: [] });
      expect((check['scopes'] as { name: string }[]).map(({ name }) => name)).toContain(
        'Information & Settings',
      );
      expect((await getChannel(db, 'shop'))?.lastCheck).toMatchObject({ ok: true, scopes: check['scopes'] });
      const shown = await waybillHere(['channel', 'test', 'shop'], { env: environment() });
      expect(shown.stdout).toContain('Orders: read-only');
      expect(shown.stdout).toMatch(/^Granted, unused: .*Themes/m);
    },
    TEST_DEADLINE_MS,
  );
});

describe('a swap is refused, and everything stays as it was,', () => {
  const stays = async (): Promise<void> => {
    expect(await tokenInPlace()).toBe(OLD);
    expect(await kinds()).toEqual(['access_token', 'client_secret']);
    expect(await getChannel(db, 'shop')).toMatchObject({ enabled: true, authFailures: 0 });
  };

  test(
    'for a token that the store does not know',
    async () => {
      const refused = await rotate('unknown-token');
      expect([refused.code, errorOf(refused).code]).toEqual([1, 'check_failed']);
      expect(errorOf(refused).what).toContain('the ones before stay in place');
      await stays();
      expect((await getChannel(db, 'shop'))?.lastCheck).toMatchObject({ ok: true });
    },
    TEST_DEADLINE_MS,
  );

  test(
    'for credentials of another store, before any of them is tried',
    async () => {
      const path = `${simulator.url}/stores/otherstore/v3/`;
      const words = ['channel', 'rotate', 'shop', '--credentials-file', '-', '--json'];
      const stdin = `ACCESS TOKEN: token-of-another-store\nAPI PATH: ${path}\n`;
      const refused = await waybillHere(words, { env: environment(), stdin });
      expect([refused.code, errorOf(refused).code]).toEqual([3, 'not_allowed']);
      await stays();
    },
    TEST_DEADLINE_MS,
  );

  test(
    'for an account that can do less of what is on, unless that is accepted',
    async () => {
      const scopes = ALL_SCOPES.filter((name) => name !== 'store_v2_information');
      simulator.store('simstore').addToken({ token: 'lesser-token', scopes, clientId: 'lesser-account' });
      const refused = await rotate('lesser-token');
      expect([refused.code, errorOf(refused).code]).toEqual([1, 'check_failed']);
      expect(errorOf(refused).why).toContain('Information & Settings');
      await stays();
    },
    TEST_DEADLINE_MS,
  );
});

describe('a swap', () => {
  test(
    'puts the new account in place, forgets the old one, and says what belonged to it',
    async () => {
      const hook = {
        scope: 'store/order/created',
        destination: 'https://hooks.example/waybill?key=s3cret',
        is_active: true,
      };
      const made = await fetch(`${simulator.url}/stores/simstore/v3/hooks`, {
        method: 'POST',
        headers: { 'X-Auth-Token': OLD, 'content-type': 'application/json' },
        body: JSON.stringify(hook),
      });
      expect(made.status).toBe(200);
      simulator.store('simstore').addToken({ token: 'new-token', clientId: 'new-account' });

      const swapped = await rotate('new-token', '--client-id', 'new-account');
      expect(swapped.code).toBe(0);
      expect(swapped.json()).toMatchObject({
        rotated: true,
        check: { ok: true },
        leftBehind: {
          sameAccount: false,
          webhooks: [{ scope: 'store/order/created', destination: 'https://hooks.example/waybill' }],
        },
      });
      expect(swapped.stdout + swapped.stderr).not.toContain('s3cret');
      expect(await tokenInPlace()).toBe('new-token');
      // The secret of the account before goes with it.
      expect(await kinds()).toEqual(['access_token']);
      expect((await getChannel(db, 'shop'))?.settings.connection.client_id).toBe('new-account');
      const audits = await db.sql<{ action: string; text: string }[]>`
        select action, audit::text as text from audit where channel_id = 'shop'`;
      expect(audits.map(({ action }) => action)).toContain('channel.rotate');
      expect(audits.map(({ text }) => text).join()).not.toContain('new-token');

      simulator.store('simstore').removeToken(OLD);
      expect((await run('import', 'shop')).code).toBe(0);
    },
    TEST_DEADLINE_MS,
  );
});

describe('a swap to an account with fewer rights', () => {
  test(
    'is refused, and done when that is accepted, and what it lacks stays to be seen',
    async () => {
      const scopes = ALL_SCOPES.filter((name) => name !== 'store_v2_information');
      simulator.store('simstore').addToken({ token: 'fewer-token', scopes, clientId: 'fewer-account' });
      const account = ['--client-id', 'fewer-account'];
      const before = await tokenInPlace();
      const refused = await rotate('fewer-token', ...account);
      expect([refused.code, errorOf(refused).code]).toEqual([1, 'check_failed']);
      expect(await tokenInPlace()).toBe(before);

      const accepted = await rotate('fewer-token', ...account, '--accept-fewer-rights');
      expect(accepted.code).toBe(0);
      expect(accepted.json()).toMatchObject({ rotated: true, check: { ok: true } });
      expect(await tokenInPlace()).toBe('fewer-token');
      expect(await kinds()).toEqual(['access_token']);
      expect(JSON.stringify((await getChannel(db, 'shop'))?.lastCheck)).toContain('Information & Settings');

      // What the present account lacks already is no loss: the next one needs no word.
      simulator.store('simstore').addToken({ token: 'as-few-token', scopes, clientId: 'as-few-account' });
      expect((await rotate('as-few-token', '--client-id', 'as-few-account')).code).toBe(0);
      expect(await tokenInPlace()).toBe('as-few-token');
    },
    TEST_DEADLINE_MS,
  );
});

describe('a swap whose proof fails', () => {
  /** Lets the credentials prove themselves on trial, then makes the store refuse them at the moment of the swap. */
  async function refuseAtTheSwap(): Promise<void> {
    const store = simulator.store('simstore');
    await vi.waitFor(async () => expect(await kinds()).toContain('next.access_token'), WAIT);
    await db.sql.begin(async (sql) => {
      // The swap waits for the channel's row; the trial does not.
      await sql`select 1 from channels where id = 'shop' for no key update`;
      await vi.waitFor(async () => {
        const waiting = await db.sql`
          select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query ilike '%channels%'`;
        expect(waiting).toHaveLength(1);
      }, WAIT);
      store.setFaults([{ fault: '401' }]);
    });
  }
  const WAIT = { timeout: 60_000, interval: 20 };

  test(
    'is taken back: the credentials before are in place again, with their secret, and work',
    async () => {
      const store = simulator.store('simstore');
      store.addToken({ token: 'proven-token', clientId: 'proven-account' });
      const secret = ['--client-id', 'proven-account', '--client-secret', 'proven-secret'];
      expect((await rotate('proven-token', ...secret)).code).toBe(0);
      store.addToken({ token: 'doomed-token', clientId: 'doomed-account' });
      store.setFaults([{ fault: 'latency', latencyMs: 1_000 }]);
      const [swapped] = await Promise.all([
        rotate('doomed-token', '--client-id', 'doomed-account'),
        refuseAtTheSwap(),
      ]);
      store.setFaults([]);
      expect([swapped.code, errorOf(swapped).code]).toEqual([1, 'check_failed']);
      expect(errorOf(swapped).what).toContain('the ones before stay in place');
      expect(await tokenInPlace()).toBe('proven-token');
      expect(await readSecret(db, box, 'shop', 'client_secret')).toBe('proven-secret');
      expect(await kinds()).toEqual(['access_token', 'client_secret']);
      expect((await getChannel(db, 'shop'))?.settings.connection.client_id).toBe('proven-account');
      const audits = await db.sql<{ action: string }[]>`
        select action from audit where channel_id = 'shop' order by at desc, id desc limit 2`;
      expect(audits.map(({ action }) => action)).toContain('channel.rotate_back');
      expect((await run('channel', 'test', 'shop')).code).toBe(0);
      expect((await run('import', 'shop')).code).toBe(0);
    },
    TEST_DEADLINE_MS,
  );
});
