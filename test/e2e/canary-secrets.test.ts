/**
 * Planted secrets are found nowhere: not in the database, the logs, Temporal's histories, HTTP answers, metrics, what
 * commands print, or the report of a worker that crashes. Real processes and servers.
 */
import { Client, Connection } from '@temporalio/client';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { createSecretBox, putSecret } from '../../db/secrets.ts';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import { waybill, type CommandResult } from '../client/run-waybill.ts';
import {
  eventually,
  startProgram,
  type ProgramEnvironment,
  type RunningProgram,
} from '../support/programs.ts';
import { databaseFor, namespaceFor } from '../support/servers.ts';

const TEST_DEADLINE_MS = 400_000;
const STEP_DEADLINE_MS = 180_000;
/** 32 bytes that stand for nothing else. */
const KEY = Buffer.from('canary-key-canary-key-canary-key').toString('base64');

/** By what they are; each is one word that occurs nowhere by chance. */
const CANARIES: Record<string, string> = {
  'access token': 'canarytokenaaaaaaaaaaaaaaaaaa',
  'token on trial': 'canarytrialbbbbbbbbbbbbbbbbbbb',
  'client secret': 'canaryclientsecretcccccccccccc',
  'webhook secret': 'canarywebhooksecretdddddddddddd',
  'carrier secret': 'canarycarriersecreteeeeeeeeeeee',
  WAYBILL_SECRET_KEYS: KEY,
};

let home: string;
let simulator: Simulator;
let db: Database;
let connection: Connection;
let client: Client;
let world: ProgramEnvironment;
let worker: RunningProgram;
let server: RunningProgram;
let address = '';
/** Where something was said, and what. */
const seen: { where: string; text: string }[] = [];

const command = async (words: string[], stdin = ''): Promise<CommandResult> => {
  const result = await waybill(words, {
    stdin,
    env: {
      WAYBILL_DATABASE_URL: world.databaseUrl,
      WAYBILL_SECRET_KEYS: `canary:${KEY}`,
      WAYBILL_ALLOW_LOOPBACK_STORES: '1',
      WAYBILL_LOG_LEVEL: 'debug',
      TEMPORAL_ADDRESS: world.temporalAddress,
      TEMPORAL_NAMESPACE: world.namespace,
    },
  });
  seen.push({ where: `waybill ${words.slice(0, 3).join(' ')}`, text: result.stdout + result.stderr });
  return result;
};
const http = async (method: string, url: string, headers: Record<string, string> = {}, body?: string) => {
  const response = await fetch(`${address}${url}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const text = `${JSON.stringify([...response.headers])} ${await response.text()}`;
  seen.push({ where: `${method} ${url}`, text });
  return { status: response.status, text };
};

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'waybill-canary-'));
  await chmod(home, 0o755);
  simulator = await startSimulator({
    stores: [
      { storeHash: 'canary1', token: CANARIES['access token'] ?? '', quota: null, clientId: 'account-1' },
    ],
  });
  simulator.store('canary1').seed({ count: 6, startId: 101, kind: 'plain' });
  const [database, namespace] = await Promise.all([
    databaseFor(import.meta.url),
    namespaceFor(import.meta.url),
  ]);
  world = {
    databaseUrl: database.url,
    temporalAddress: namespace.address,
    namespace: namespace.namespace,
    home,
    more: { WAYBILL_SECRET_KEYS: `canary:${KEY}`, WAYBILL_LOG_LEVEL: 'debug' },
  };
  db = openDatabase(database.url);
  connection = await Connection.connect({ address: namespace.address });
  client = new Client({ connection, namespace: namespace.namespace });
  const crash = encodeURIComponent(
    'process.on("SIGUSR2", () => { throw new Error("a crash for the test"); });',
  );
  const reports = `--report-uncaught-exception --report-directory=${home}`;
  worker = await startProgram(
    ['worker'],
    { ...world, more: { ...world.more, NODE_OPTIONS: `${reports} --import=data:text/javascript,${crash}` } },
    /ready/i,
  );
  server = await startProgram(['serve'], world, /http:\/\/[^\s"]+:\d+/);
  address = /http:\/\/[^\s"/]+:\d+/.exec(server.said())?.[0] ?? '';
}, TEST_DEADLINE_MS);

afterAll(async () => {
  await Promise.all([worker.kill(), server.stop()]);
  await connection.close();
  await db.close();
  await simulator.close();
  await rm(home, { recursive: true, force: true });
}, TEST_DEADLINE_MS);

describe('planted secrets', () => {
  it(
    'stand nowhere after a day’s work with successes, refusals and a crash',
    async () => {
      const store = simulator.store('canary1');
      const credentials = `ACCESS TOKEN: ${CANARIES['access token'] ?? ''}\nCLIENT ID: account-1\nCLIENT SECRET: ${CANARIES['client secret'] ?? ''}\nAPI PATH: ${simulator.url}/stores/canary1/v3/\n`;
      const settings = ['channel.profile=import_and_writeback', 'fulfillment.push_enabled=true'];
      const set = settings.flatMap((setting) => ['--set', setting]);
      const words = [
        'channel',
        'add',
        'canary',
        '--credentials-file',
        '-',
        '--name',
        'Canary Shop',
        ...set,
        '--json',
      ];
      const added = await command(words, credentials);
      expect([added.code, added.stderr]).toEqual([0, expect.any(String)]);
      const box = createSecretBox([{ id: 'canary', key: Buffer.from(KEY, 'base64') }]);
      const secret = { channelId: 'canary', kind: 'webhook_secret', value: CANARIES['webhook secret'] ?? '' };
      await putSecret(db, box, { ...secret, now: new Date().toISOString() });
      expect(
        (
          await command(
            ['channel', 'secret', 'add', 'canary', 'easypost', '--stdin'],
            CANARIES['carrier secret'],
          )
        ).code,
      ).toBe(0);
      const key = (await command(['keys', 'create', 'canary', '--json'])).json()['key'];
      CANARIES['API key'] = String(key);
      // The one place where a key is shown, once.
      seen.pop();

      expect((await command(['import', 'canary'])).code).toBe(0);
      store.setFaults([{ match: { method: 'POST' }, fault: '403' }]);
      const event = {
        id: 'evt-1',
        type: 'label.created',
        occurredAt: new Date().toISOString(),
        orders: [{ orderId: 101 }],
        tracking: { number: 'TRACK101', carrier: 'usps' },
      };
      const json = { 'content-type': 'application/json' };
      const events = '/v1/channels/canary/events';
      expect(
        (
          await http(
            'POST',
            events,
            { ...json, authorization: `Bearer ${String(key)}` },
            JSON.stringify(event),
          )
        ).status,
      ).toBe(202);
      expect(
        (
          await http(
            'POST',
            events,
            { ...json, authorization: `Bearer ${String(key)}x` },
            JSON.stringify(event),
          )
        ).status,
      ).toBe(401);
      await http('POST', events, { ...json, 'x-api-key': String(key) }, '{"id": 7');
      await http(
        'POST',
        `/v1/carriers/easypost/canary?token=${CANARIES['carrier secret'] ?? ''}`,
        json,
        '{}',
      );
      await http(
        'POST',
        '/v1/carriers/easypost/canary',
        { ...json, 'x-hmac-signature': 'hmac-sha256-hex=00' },
        '{}',
      );
      await http(
        'POST',
        '/v1/stores/canary/webhooks',
        { ...json, 'x-waybill-webhook-secret': `${CANARIES['webhook secret'] ?? ''}x` },
        '{}',
      );
      for (const url of ['/healthz', '/readyz', '/metrics', '/v1/channels', '/v1/channels/canary/orders/101'])
        await http('GET', url, { 'x-api-key': String(key) });

      store.setFaults([{ fault: '500', times: 3 }]);
      await command(['channel', 'test', 'canary']);
      store.setFaults([]);
      expect(
        (
          await command(
            ['channel', 'rotate', 'canary', '--credentials-file', '-'],
            `ACCESS TOKEN: ${CANARIES['token on trial'] ?? ''}`,
          )
        ).code,
      ).toBe(1);
      for (const more of [
        ['channel', 'show', 'canary', '--all', '--json'],
        ['secrets', 'list'],
        ['channel', 'list', '--json'],
        ['doctor'],
        ['order', 'canary', '101', '--json'],
        ['keys', 'list'],
      ])
        await command(more);

      process.kill(worker.pid, 'SIGUSR2');
      // It is written piece by piece; a whole one is a JSON document.
      const report = await eventually('the report of the crash', wholeReport, STEP_DEADLINE_MS);
      await eventually(
        'the end of the worker',
        async () => (worker.said().includes('a crash for the test') ? true : null),
        STEP_DEADLINE_MS,
      );
      seen.push({ where: 'crash report', text: report });
      seen.push({ where: 'log of the worker', text: worker.said() });
      seen.push({ where: 'log of the server', text: server.said() });
      seen.push({ where: 'database', text: await dumpOf(db) });
      seen.push({ where: 'histories', text: await histories() });

      // What must be found, so that nothing is proved by looking in the wrong place.
      const textOf = (where: string): string =>
        seen
          .filter((entry) => entry.where === where)
          .map(({ text }) => text)
          .join('\n');
      expect(textOf('database')).toContain('Canary Shop');
      expect(textOf('histories')).toContain('Information & Settings');
      expect(textOf('crash report')).toContain('WAYBILL_LOG_LEVEL');
      expect(textOf('log of the worker')).toContain('worker is ready');
      expect(textOf('waybill channel show canary')).toContain('Canary Shop');

      const found = seen.flatMap(({ where, text }) =>
        Object.entries(CANARIES).flatMap(([name, value]) =>
          spellings(value).some((spelling) => text.includes(spelling)) ? [`${name} in ${where}`] : [],
        ),
      );
      expect([...new Set(found)]).toEqual([]);
    },
    TEST_DEADLINE_MS,
  );
});

async function wholeReport(): Promise<string | null> {
  const name = (await readdir(home)).find((file) => file.startsWith('report.'));
  if (name === undefined) return null;
  const text = await readFile(path.join(home, name), 'utf8');
  try {
    JSON.parse(text);
    return text;
  } catch {
    return null;
  }
}

/** As it is, in base64 at each of the three offsets, in hexadecimal, and as an address would spell it. */
function spellings(value: string): string[] {
  const encoded = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), Buffer.from(value)])
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, -4),
  );
  return [value, ...encoded, Buffer.from(value).toString('hex'), encodeURIComponent(value)];
}

/** Every row of every table of ours as text, and bytes as the text that they may be. */
async function dumpOf(database: Database): Promise<string> {
  const tables = await database.sql<{ name: string }[]>`
    select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`;
  const rows: string[] = [];
  for (const { name } of tables) {
    const all = await database.sql.unsafe<Record<string, unknown>[]>(
      `select t::text as whole, t.* from ${name} t`,
    );
    for (const { whole, ...columns } of all)
      rows.push(
        String(whole),
        ...Object.values(columns)
          .filter((column): column is Buffer => Buffer.isBuffer(column))
          .map((bytes) => bytes.toString('latin1')),
      );
  }
  return rows.join('\n');
}

/** Every event of every run, with payloads decoded. */
async function histories(): Promise<string> {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString('utf8'));
    else if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'object' && value !== null)
      for (const inner of Object.values(value)) collect(inner);
  };
  for await (const { workflowId, runId } of client.workflow.list()) {
    collect(await client.workflow.getHandle(workflowId, runId).fetchHistory());
  }
  return texts.join('\n');
}
