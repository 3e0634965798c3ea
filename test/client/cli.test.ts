// The command line as real processes: exit codes, the JSON document, and errors that say what happened, why and what to
// do. No Temporal here; what needs a worker is in cli-temporal.test.ts.
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { readSecret, createSecretBox } from '../../db/secrets.ts';
import { addTestChannel, addTestOrder, CHANNEL, countOf, orderRow, outboxRows } from '../db/order-life.ts';
import { databaseFor } from '../support/servers.ts';
import { waybill, waybillHere, type CommandResult } from './run-waybill.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const TOKEN = 'tok3n-that-nobody-may-see';

let url = '';
let db: Database;
let folder = '';
beforeAll(async () => {
  // Temporal's own variables are read from the process; nobody answers there.
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url);
  folder = await mkdtemp(path.join(os.tmpdir(), 'waybill-cli-'));
  await addTestChannel(db);
  await addTestOrder(db, 1001, { quantities: [2] });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await db.close();
  await rm(folder, { recursive: true, force: true });
});

const settings = (env: Record<string, string>): Record<string, string> => ({
  WAYBILL_DATABASE_URL: url,
  WAYBILL_SECRET_KEYS: `k1:${KEY}`,
  ...env,
});
/** The program within this process: the tables below would start a hundred others. */
const run = (words: string[], env: Record<string, string> = {}, stdin = ''): Promise<CommandResult> =>
  waybillHere(words, { env: settings(env), stdin });
/** A real process. */
const spawned = (words: string[], env: Record<string, string> = {}, stdin = ''): Promise<CommandResult> =>
  waybill(words, { env: settings(env), stdin });

const isKept = async (id: string): Promise<boolean> =>
  (await db.sql`select 1 from channels where id = ${id}`).length > 0;

/** The three parts of an error, as a machine reads them. */
function errorOf(result: CommandResult): {
  code: string;
  what: string;
  why: string | null;
  todo: string | null;
} {
  return result.json()['error'] as ReturnType<typeof errorOf>;
}

describe('as a process', () => {
  test.each([
    ['a command that succeeds', ['runs', '--json'], {}, 0],
    ['a failure', ['runs', '--json'], { WAYBILL_DATABASE_URL: 'postgres://x@127.0.0.1:1/x' }, 1],
    ['an event type that does not exist', ['event', CHANNEL, '1001', 'label.printed', '--json'], {}, 2],
    [
      'an unreadable date',
      ['event', CHANNEL, '1001', 'label.created', '--occurred-at', 'soon', '--json'],
      {},
      2,
    ],
    ['an unknown channel', ['order', 'nowhere', '1001', '--json'], {}, 3],
  ])(
    '%s ends with its exit code and one JSON document',
    async (_name, words, env: Record<string, string>, code) => {
      const result = await spawned(words, env);
      expect(result.code).toBe(code);
      expect(Object.keys(result.json())).toEqual([code === 0 ? 'runs' : 'error']);
    },
  );

  test('help names every command', async () => {
    const { code, stdout } = await spawned(['--help']);
    expect(code).toBe(0);
    for (const word of [
      'dev',
      'demo',
      'worker',
      'serve',
      'doctor',
      'channel',
      'keys',
      'import',
      'order',
      'event',
      'sweep',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${word} `, 'm'));
    }
  });

  test('a token from standard input is sealed and shown nowhere', async () => {
    const words = [
      'channel',
      'add',
      'piped',
      '--no-check',
      '--store-hash',
      'hash9',
      '--token-stdin',
      '--json',
    ];
    const result = await spawned(words, {}, `${TOKEN}\n`);
    expect(result.code).toBe(0);
    expect(result.stdout + result.stderr).not.toContain(TOKEN);
    const box = createSecretBox([{ id: 'k1', key: Buffer.alloc(32, 7) }]);
    expect(await readSecret(db, box, 'piped', 'access_token')).toBe(TOKEN);
  });
});

describe('wrong usage exits with 2', () => {
  test.each([
    ['no command', []],
    ['an unknown command', ['imprt', 'acme']],
    ['an unknown flag', ['runs', '--colour']],
    ['a channel that is no slug', ['runs', 'Acme!']],
    ['an order that is no number', ['order', CHANNEL, 'first']],
    ['an event type that does not exist', ['event', CHANNEL, '1001', 'label.printed']],
    [
      'a tracking status that does not exist',
      ['event', CHANNEL, '1001', 'tracking.updated', '--status', 'lost'],
    ],
    ['a line without a quantity', ['event', CHANNEL, '1001', 'label.created', '--line', '15']],
    ['a missing argument', ['order', CHANNEL]],
    ['a pause without a reason', ['pause', CHANNEL, '1001']],
    ['a variable of the environment that cannot be used', ['runs'], { WAYBILL_LOG_LEVEL: 'loud' }],
    ['a missing database', ['runs'], { WAYBILL_DATABASE_URL: '' }],
    ['ids that are none', ['import', CHANNEL, '--ids', '1001,many']],
    ['a file that is not there', ['import', CHANNEL, '--file', '/no/such/file.csv']],
    ['days that are none', ['import', CHANNEL, '--days', '0']],
    ['a name that cannot be an id', ['import', CHANNEL, '--name', 'week 34']],
  ])('%s', async (_name, words, env: Record<string, string> = {}) => {
    const result = await run([...words, '--json'], env);
    expect(result.code).toBe(2);
    expect(errorOf(result).what.length).toBeGreaterThan(10);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });

  test('for people it is a sentence on standard error', async () => {
    const result = await run(['runs', '--colour']);
    expect(result.code).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain("unknown option '--colour'");
  });

  test('an unreadable date is named with its flag, and nothing is stored', async () => {
    const before = await countOf(db, 'carrier_events');
    const result = await run([
      'event',
      CHANNEL,
      '1001',
      'label.created',
      '--occurred-at',
      'yesterday',
      '--json',
    ]);
    expect(result.code).toBe(2);
    expect(errorOf(result).why).toContain('--occurred-at');
    expect(await countOf(db, 'carrier_events')).toBe(before);
    expect(await countOf(db, 'carrier_deliveries')).toBe(before);
  });

  test('an unreadable date of an import starts nothing', async () => {
    const result = await run(['import', CHANNEL, '--from', '21.08.2026', '--to', '2026-08-22', '--json']);
    expect(result.code).toBe(2);
    expect(errorOf(result).why).toContain('--from');
  });

  test('the known events are told', async () => {
    const result = await run(['event', CHANNEL, '1001', 'label.printed']);
    expect(result.stderr).toContain('label.created');
  });
});

describe('a refusal exits with 3', () => {
  test.each([
    ['order', ['order', 'nowhere', '1001']],
    ['event', ['event', 'nowhere', '1001', 'label.created']],
    ['import', ['import', 'nowhere']],
  ])('%s: an unknown channel, with those that are known', async (_name, words) => {
    const result = await run([...words, '--json']);
    expect(result.code).toBe(3);
    expect(errorOf(result)).toMatchObject({ code: 'not_found', what: 'No channel is called nowhere.' });
    expect(errorOf(result).why).toContain(CHANNEL);
  });

  test('an unknown order: nothing is stored', async () => {
    const result = await run(['event', CHANNEL, '4711', 'label.created', '--tracking', 'T1', '--json']);
    expect(result.code).toBe(3);
    expect(errorOf(result).todo).toContain(`waybill import ${CHANNEL} --ids 4711`);
    const [row] = await db.sql<
      { n: number }[]
    >`select count(*)::int as n from carrier_events where order_id = 4711`;
    expect(row?.n).toBe(0);
  });

  test('a number that nothing has', async () => {
    expect((await run(['find', 'NOBODY-1'])).code).toBe(3);
  });
});

describe('a failure exits with 1', () => {
  test('Postgres is away: what to do is told', async () => {
    const result = await run(['runs', '--json'], { WAYBILL_DATABASE_URL: 'postgres://x@127.0.0.1:1/x' });
    expect(result.code).toBe(1);
    expect(errorOf(result)).toMatchObject({ code: 'database_unreachable' });
    expect(errorOf(result).todo).toContain('waybill doctor');
  });

  test('Temporal is away: an import says so and starts nothing', async () => {
    const result = await run(['import', CHANNEL, '--json']);
    expect(result.code).toBe(1);
    expect(errorOf(result)).toMatchObject({ code: 'temporal_unavailable' });
  });

  test('a database without our schema', async () => {
    const empty = new URL(url);
    empty.pathname = '/postgres';
    const result = await run(['runs', '--json'], { WAYBILL_DATABASE_URL: empty.href });
    expect(result.code).toBe(1);
    expect(errorOf(result)).toMatchObject({ code: 'schema_older' });
  });
});

describe('events by hand', () => {
  test('an event moves the stage without Temporal, and its wake waits for the sweep', async () => {
    const label = [
      'event',
      CHANNEL,
      '1001',
      'label.created',
      '--tracking',
      'CLI-1',
      '--carrier',
      'usps',
      '--id',
      'cli-1',
    ];
    const first = await run([...label, '--json']);
    expect(first.code).toBe(0);
    expect(first.json()).toMatchObject({ eventId: 'cli-1', facts: 1, new: 1, parked: 0, told: false });
    expect(first.stderr).toContain('Temporal is away');
    const again = await run(label);
    expect(again.stdout).toContain('changes nothing');

    const scan = await run([
      'event',
      CHANNEL,
      '1001',
      'tracking.updated',
      '--tracking',
      'cli 1',
      '--status',
      'in_transit',
      '--json',
    ]);
    expect(scan.json()).toMatchObject({ stageBefore: 'imported', stage: 'shipped' });
    expect((await orderRow(db, 1001)).stage).toBe('shipped');
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
  });

  test('the order is shown to people and to machines', async () => {
    const plain = await run(['order', CHANNEL, '1001']);
    expect(plain.stdout).toContain('Stage      shipped');
    // No terminal: rows are tab-separated, for cut and awk.
    expect(plain.stdout).toMatch(/^CLI-1\tusps\tin_transit\t/m);
    const json = await run(['order', CHANNEL, '1001', '--json']);
    expect(json.json()).toMatchObject({
      orderId: 1001,
      stage: 'shipped',
      shipments: [{ trackingNumber: 'CLI-1' }],
    });
    expect(plain.stdout).toMatch(/^10010\tSKU-0\tphysical\t/m);
    expect(json.json()).toMatchObject({ lines: [{ remaining: 0 }] });
    const found = await run(['find', 'cli-1', '--json']);
    expect(found.json()).toMatchObject({ found: [{ channelId: CHANNEL, orderId: 1001 }] });
  });

  test('the plan of an order says what would be written, what not, and how many mails it sends', async () => {
    const json = (await run(['order', CHANNEL, '1001', '--plan', '--json'])).json();
    expect(json).toMatchObject({
      barred: null,
      steps: [{ kind: 'create_shipment', blocked: null, mails: 1 }, { kind: 'set_status' }],
      mailsNow: 1,
      mailsWaiting: 0,
    });
    const plain = await run(['order', CHANNEL, '1001', '--plan']);
    expect(plain.stdout).toContain('Create a shipment of');
    expect(plain.stdout).toContain('Mails to the shopper: 1');
    expect(plain.stdout).toContain('waybill channel test shop');
    expect((await run(['order', CHANNEL, '4711', '--plan'])).code).toBe(3);
  });

  test.each([
    [true, 'The store mails shoppers about statuses (as of 2026-08-21T10:00:00.000Z)'],
    [false, 'The store mails nobody about statuses'],
    [null, 'is not known'],
  ])('the forecast of mails stands beside the switch of the store: %s', async (on, sentence) => {
    const check = JSON.stringify({ at: '2026-08-21T10:00:00.000Z', ok: true, store: { shopperMails: on } });
    await db.sql`update channels set last_check = ${check}::text::jsonb where id = ${CHANNEL}`;
    try {
      for (const words of [
        ['order', CHANNEL, '1001', '--plan'],
        ['report', CHANNEL],
        ['channel', 'show', CHANNEL],
      ]) {
        expect((await run(words)).stdout).toContain(sentence);
      }
      for (const words of [
        ['order', CHANNEL, '1001', '--plan'],
        ['report', CHANNEL],
      ])
        expect((await run([...words, '--json'])).json()).toMatchObject({ shopperMails: { on } });
    } finally {
      await db.sql`update channels set last_check = null where id = ${CHANNEL}`;
    }
  });

  test('an order is paused and resumed', async () => {
    const paused = await run(['pause', CHANNEL, '1001', '--reason', 'address check', '--json']);
    expect(paused.json()).toMatchObject({ paused: true, changed: true });
    expect((await orderRow(db, 1001)).paused).toBe(true);
    expect((await run(['pause', CHANNEL, '1001', '--reason', 'another one'])).code).toBe(3);
    expect((await run(['resume', CHANNEL, '1001', '--reason', 'checked'])).code).toBe(0);
    expect((await run(['resume', CHANNEL, '1001', '--reason', 'again checked'])).code).toBe(3);
  });
});

describe('--explain prints the plain temporal command and does nothing', () => {
  test.each([
    [
      ['import', CHANNEL, '--days', '7', '--name', 'week34'],
      /temporal workflow execute --type importOrders .*import:shop:manual:week34/,
    ],
    [
      ['event', CHANNEL, '9', 'label.created', '--id', "it's"],
      /signal-with-start --workflow-id order:shop:9 .*it'\\''s/,
    ],
    [['order', CHANNEL, '9'], /workflow query --workflow-id order:shop:9 --name state/],
    [
      ['pause', CHANNEL, '9', '--reason', 'x'],
      /workflow update execute --workflow-id order:shop:9 --name pause/,
    ],
    [['sweep'], /--type sweep .*--workflow-id sweep/],
    [['channel', 'test', CHANNEL], /--type checkChannel .*--workflow-id check:shop/],
    [['keys', 'list'], /no plain temporal command/],
  ])('%j', async (words, expected) => {
    const result = await run([...words, '--explain'], { WAYBILL_DATABASE_URL: 'postgres://x@127.0.0.1:1/x' });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(expected);
  });
});

describe('keys', () => {
  test('a key is shown once, listed without its secret, and revoked', async () => {
    const made = await run(['keys', 'create', 'carrier', '--channel', CHANNEL, '--json']);
    const { id, key } = made.json() as { id: string; key: string };
    expect(key).toMatch(/^wb_/);
    const listed = await run(['keys', 'list', '--json']);
    expect(listed.stdout).toContain(id);
    expect(listed.stdout).not.toContain(key);
    expect((await run(['keys', 'revoke', id])).code).toBe(0);
    expect((await run(['keys', 'revoke', 'nobody'])).code).toBe(3);
  });
});

describe('channel add', () => {
  const add = (id: string, ...words: string[]): string[] => ['channel', 'add', id, '--no-check', ...words];

  test('a store is understood from any form, its token is sealed and shown nowhere', async () => {
    const result = await run(
      add(
        'acme',
        '--store-hash',
        'https://store-7f5kjtkp2.mybigcommerce.com/manage',
        '--name',
        'Acme',
        '--set',
        'orders.import.interval_minutes=30',
        '--json',
      ),
      { WAYBILL_STORE_TOKEN: TOKEN },
    );
    expect(result.code).toBe(0);
    expect(result.json()).toEqual({ channelId: 'acme', enabled: false, check: null });
    expect(result.stderr).toContain('7f5kjtkp2');
    const shown = await run(['channel', 'show', 'acme', '--json']);
    expect(shown.json()).toMatchObject({
      storeHash: '7f5kjtkp2',
      enabled: false,
      document: { channel: { name: 'Acme' }, orders: { import: { interval_minutes: 30 } } },
    });
    expect(result.stdout + result.stderr + shown.stdout + shown.stderr).not.toContain(TOKEN);
    const box = createSecretBox([{ id: 'k1', key: Buffer.alloc(32, 7) }]);
    expect(await readSecret(db, box, 'acme', 'access_token')).toBe(TOKEN);
    const [row] = await db.sql<
      { sealed: Buffer }[]
    >`select sealed from channel_secrets where channel_id = 'acme'`;
    expect(row?.sealed.toString('utf8')).not.toContain(TOKEN);
  });

  test.each([
    [
      'a foreign host',
      ['--store-hash', 'https://api.example.com/stores/abc/v3', '--token', TOKEN],
      'example.com',
    ],
    ['no store', ['--token', TOKEN], '--store-hash'],
    ['no token', ['--store-hash', 'abc'], 'WAYBILL_STORE_TOKEN'],
    ['a token that is none', ['--store-hash', 'abc', '--token', 'two words'], 'token'],
    [
      'an unknown setting',
      ['--store-hash', 'abc', '--token', TOKEN, '--set', 'orders.import.intervall=5'],
      'interval',
    ],
    [
      'a value that is not allowed',
      ['--store-hash', 'abc', '--token', TOKEN, '--set', 'orders.import.interval_minutes=2'],
      'interval_minutes',
    ],
    [
      'a word without a value',
      ['--store-hash', 'abc', '--token', TOKEN, '--set', 'channel.name'],
      'name=value',
    ],
    ['an unknown preset', ['--store-hash', 'abc', '--token', TOKEN, '--preset', 'qapla'], 'preset'],
  ])('%s is refused and nothing is kept', async (_name, words, expected) => {
    const result = await run(add('refused', ...words));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(expected);
    expect(result.stderr).not.toContain(TOKEN);
    expect(await isKept('refused')).toBe(false);
  });

  test('without a secret key nothing is kept', async () => {
    const result = await run(add('keyless', '--store-hash', 'abc', '--token', TOKEN), {
      WAYBILL_SECRET_KEYS: '',
    });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('WAYBILL_SECRET_KEYS');
    expect(await isKept('keyless')).toBe(false);
  });

  test('a channel that exists is not added again', async () => {
    const result = await run(add(CHANNEL, '--store-hash', 'abc', '--token', TOKEN, '--json'));
    expect(result.code).toBe(3);
    expect(errorOf(result)).toMatchObject({ code: 'channel_exists' });
  });

  test('a check that cannot run keeps the channel disabled and says so', async () => {
    const result = await run([
      'channel',
      'add',
      'unchecked',
      '--store-hash',
      'hash3',
      '--token',
      TOKEN,
      '--json',
    ]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('stays disabled');
    expect((await run(['channel', 'show', 'unchecked', '--json'])).json()).toMatchObject({ enabled: false });
  });
});

describe('channel settings', () => {
  test('are set together or not at all, and unset', async () => {
    const good = 'fulfillment.trigger=label.created,shipment.manifested';
    const half = await run(['channel', 'set', CHANNEL, good, 'lifecycle.stale_after_days=never', '--json']);
    expect(half.code).toBe(2);
    expect(errorOf(half).why).toContain('lifecycle.stale_after_days');
    const before = await run(['channel', 'show', CHANNEL, '--json']);
    expect(JSON.stringify(before.json()['document'])).not.toContain('manifested');

    const set = await run(['channel', 'set', CHANNEL, good, '--json']);
    expect(set.json()).toMatchObject({ changes: [{ setting: 'fulfillment.trigger' }] });
    const unset = await run(['channel', 'unset', CHANNEL, 'fulfillment.trigger']);
    expect(unset.code).toBe(0);
    expect(unset.stdout).toContain('→ ["label.created","shipment.external"]');
  });

  test('an enabled channel is not removed', async () => {
    const result = await run(['channel', 'remove', CHANNEL, '--yes']);
    expect(result.code).toBe(3);
    expect(result.stderr).toContain(`waybill channel disable ${CHANNEL}`);
  });

  test('a removal asks first', async () => {
    const result = await run(['channel', 'remove', 'acme', '--json']);
    expect(result.code).toBe(3);
    expect(errorOf(result)).toMatchObject({ code: 'not_confirmed' });
  });
});

describe('doctor', () => {
  test('names what is missing and what to do, and exits with 1', async () => {
    const result = await run(['doctor', '--json'], { WAYBILL_SECRET_KEYS: '' });
    expect(result.code).toBe(1);
    const { healthy, findings } = result.json() as {
      healthy: boolean;
      findings: { what: string; ok: boolean; todo: string | null }[];
    };
    expect(healthy).toBe(false);
    const bad = findings.filter(({ ok }) => !ok);
    expect(bad.map(({ what }) => what)).toEqual(['Secret key', 'Temporal']);
    expect(bad.every(({ todo }) => todo !== null)).toBe(true);
    expect(findings.filter(({ ok }) => ok).map(({ what }) => what)).toEqual([
      'Node',
      'Postgres',
      'Schema',
      `Connection of ${CHANNEL}`,
    ]);
  });
});

test('migrate may be repeated', async () => {
  const result = await run(['migrate', '--json']);
  expect(result.json()).toEqual({ applied: 0 });
});

test('order numbers come from a file, with or without a heading', async () => {
  const file = path.join(folder, 'ids.csv');
  writeFileSync(file, '\uFEFF"Order ID","Name"\r\n1001,Ada\r\n1002,Grace\r\n\r\n1001,Ada\r\n');
  const result = await run(['import', CHANNEL, '--file', file, '--explain']);
  expect(result.stdout).toContain('"orderIds":[1001,1002]');
});
