// Settings files: our own export, and what other products call the same things. Nothing is half understood.
import { describe, expect, test } from 'vitest';
import { ALIASES, DROPPED } from '../../settings/aliases.ts';
import { checkedSettings } from '../../settings/change-settings.ts';
import { parseSettings } from '../../settings/parse-settings.ts';
import {
  exportedSettings,
  readSettingsFile,
  SECRET_PLACEHOLDER,
  type StoreReader,
} from '../../settings/settings-file.ts';

const CANARY = 'canary-t0ken-nobody-may-see';

/** As the command line reads a pasted store, without its knowledge of hosts. */
const readStore: StoreReader = (text) => {
  const [, host, hash] = /^(?:https:\/\/([^/]+)\/stores\/)?([a-z0-9]+)(?:\/.*)?$/.exec(text) ?? [];
  if (hash === undefined) return { ok: false, reason: 'it is no store' };
  if (host !== undefined && host !== 'api.bigcommerce.com')
    return { ok: false, reason: `${host} is foreign` };
  return { ok: true, storeHash: hash, apiBaseUrl: host === undefined ? null : `https://${host}` };
};

const read = (json: unknown) => readSettingsFile(JSON.stringify(json), readStore);
const problemsOf = (json: unknown) => {
  const file = read(json);
  return file.ok ? [] : file.problems;
};

/** Every alias with a value, what it becomes, and whether that is a secret. */
const EVERY_ALIAS: Readonly<Record<string, { value: unknown; setting: string; becomes: unknown }>> = {
  'credentials.bigcommerce.store_hash': {
    value: 'abc123',
    setting: 'connection.store_hash',
    becomes: 'abc123',
  },
  'credentials.bigcommerce.access_token': {
    value: CANARY,
    setting: 'connection.access_token',
    becomes: CANARY,
  },
  'credentials.bigcommerce.client_id': { value: 'cid', setting: 'connection.client_id', becomes: 'cid' },
  'credentials.bigcommerce.client_secret': {
    value: CANARY,
    setting: 'connection.client_secret',
    becomes: CANARY,
  },
  'settings.push_ship_confirms': { value: 'true', setting: 'fulfillment.push_enabled', becomes: true },
  storeHash: {
    value: 'https://api.bigcommerce.com/stores/7f5kjtkp2/v3/',
    setting: 'connection.store_hash',
    becomes: '7f5kjtkp2',
  },
  accessToken: { value: CANARY, setting: 'connection.access_token', becomes: CANARY },
  billerId: { value: 42, setting: 'catalog.default_gateway_ref', becomes: '42' },
  sendInitialOrders: { value: true, setting: 'orders.push.initial', becomes: true },
  sendRebillOrders: { value: 'yes', setting: 'orders.push.renewal', becomes: true },
  sendOrderStatus: { value: 'Awaiting Shipment', setting: 'orders.push.status', becomes: 9 },
  autoSync: { value: '120', setting: 'catalog.sync.auto_minutes', becomes: 120 },
};

describe('an alias', () => {
  test('of every kind has an example', () => {
    expect(Object.keys(EVERY_ALIAS).sort()).toEqual(ALIASES.map(({ name }) => name).sort());
  });

  test.each(Object.entries(EVERY_ALIAS))('%s is understood', (name, { value, setting, becomes }) => {
    const file = read({ [name]: value });
    if (!file.ok) throw new Error(JSON.stringify(file.problems));
    const flat = { ...flatten(file.doc), ...file.secrets };
    expect(flat[setting]).toEqual(becomes);
  });

  test.each(Object.entries(EVERY_ALIAS))('%s is understood nested and in other writing', (name, example) => {
    const shouted = name.toUpperCase().replaceAll('_', ' ');
    const nested = shouted.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), example.value);
    const file = read(nested);
    expect(file.ok ? { ...flatten(file.doc), ...file.secrets } : file.problems).toMatchObject({
      [example.setting]: example.becomes,
    });
  });
});

test('a file with every alias loads as one channel, credentials apart from settings', () => {
  const { storeHash: _whole, accessToken: _token, ...others } = EVERY_ALIAS;
  const values = Object.entries(others).map(([name, { value }]) => [name, value]);
  const file = read(
    Object.fromEntries([
      ...values,
      ['channel.name', 'Acme'],
      ['channel.profile', 'custom'],
      ['catalog.sync.enabled', true],
    ]),
  );
  if (!file.ok) throw new Error(JSON.stringify(file.problems));
  expect(file.secrets).toEqual({ 'connection.access_token': CANARY, 'connection.client_secret': CANARY });
  expect(JSON.stringify([file.doc, file.notices])).not.toContain(CANARY);
  const parsed = parseSettings(file.doc);
  expect(parsed).toMatchObject({
    ok: true,
    settings: {
      connection: { store_hash: 'abc123', client_id: 'cid' },
      fulfillment: { push_enabled: true },
      orders: { push: { initial: true, renewal: true, status: 9 } },
      catalog: { default_gateway_ref: '42', sync: { auto_minutes: 120 } },
    },
  });
});

test('a file of ParcelPilot gives the same channel as native names (P-17)', () => {
  const theirs = read({
    channel: { name: 'Acme', profile: 'import_and_writeback' },
    credentials: {
      bigcommerce: { store_hash: 'abc123', access_token: CANARY, client_id: 'cid', client_secret: CANARY },
    },
    settings: { push_ship_confirms: true },
  });
  const ours = read({
    channel: { name: 'Acme', profile: 'import_and_writeback' },
    connection: { store_hash: 'abc123', access_token: CANARY, client_id: 'cid', client_secret: CANARY },
    fulfillment: { push_enabled: true },
  });
  expect(theirs).toEqual(ours);
  expect(theirs.ok && checkedSettings(theirs.doc).ok).toBe(true);
});

describe('sendInitialOrders (C-6)', () => {
  test.each([
    [true, { 'orders.push.initial': true }],
    ['false', { 'orders.push.initial': false }],
    [42, { 'catalog.default_gateway_ref': '42' }],
    ['gw-7', { 'catalog.default_gateway_ref': 'gw-7' }],
  ])('of %j becomes %j', (value, expected) => {
    const file = read({ sendInitialOrders: value });
    expect(file.ok ? flatten(file.doc) : file.problems).toEqual(expected);
    expect(file.ok && file.notices.length > 0).toBe('catalog.default_gateway_ref' in expected);
  });
});

test.each([
  ['Pending', 1],
  ['completed', 10],
  ['Awaiting Pickup', 8],
  ['Awaiting Shipment', 9],
  ['Awaiting Fulfillment', 11],
  ['Manual Verification Required', 12],
  [11, 11],
])('sendOrderStatus %j is status %i', (label, id) => {
  const file = read({ sendOrderStatus: label });
  expect(file.ok ? file.doc : file.problems).toEqual({ orders: { push: { status: id } } });
});

test.each([
  [0, null],
  ['', null],
  [null, null],
  ['60', 60],
])('autoSync %j is %j', (value, minutes) => {
  const file = read({ autoSync: value });
  expect(file.ok ? file.doc : file.problems).toEqual({ catalog: { sync: { auto_minutes: minutes } } });
});

describe('a dropped name', () => {
  test.each(DROPPED.map(({ name }) => name))('%s is left out with a notice', (name) => {
    expect(read({ [name]: 'x' })).toEqual({
      ok: true,
      doc: {},
      secrets: {},
      notices: [{ setting: name, message: expect.stringContaining('was left out') as string }],
    });
  });

  test('is not spoken of where it is empty', () => {
    expect(read({ username: '', swatch_grid_tags: null })).toEqual({
      ok: true,
      doc: {},
      secrets: {},
      notices: [],
    });
  });
});

describe('a file is refused as a whole', () => {
  test('for an unknown name, with the nearest known one', () => {
    expect(problemsOf({ orders: { import: { intervall_minutes: 5, mode: 'manual' } } })).toEqual([
      {
        setting: 'orders.import.intervall_minutes',
        message: 'is not a setting; did you mean orders.import.interval_minutes?',
      },
    ]);
    expect(problemsOf({ xyzzy: {} })).toEqual([{ setting: 'xyzzy', message: 'is not a setting' }]);
  });

  test.each([
    [{ sendRebillOrders: 7 }, 'sendRebillOrders'],
    [{ sendOrderStatus: 'Shipped' }, 'sendOrderStatus'],
    [{ autoSync: 'hourly' }, 'autoSync'],
    [{ storeHash: 'https://evil.example/stores/abc/v3' }, 'storeHash'],
    [{ connection: { api_path: 7 } }, 'connection.api_path'],
    [{ connection: { access_token: 'two words' } }, 'connection.access_token'],
    [{ catalog: { projection_id: 'p-1' } }, 'catalog.projection_id'],
    [{ connection: { api_profile: 'v3' } }, 'connection.api_profile'],
    [{ webhooks: { inbound_secret: 'x' } }, 'webhooks.inbound_secret'],
    [{ channel: { enabled: true } }, 'channel.enabled'],
    [{ gateways: [{ ref: '1', name: 'a' }] }, 'gateways'],
    [{ storeHash: 'abc123', connection: { store_hash: 'zzz' } }, 'connection.store_hash'],
  ])('%j: %s', (json, setting) => {
    expect(problemsOf(json)).toMatchObject([{ setting }]);
    expect(JSON.stringify(problemsOf(json))).not.toContain('two words');
  });

  test.each(['{', '[1]', '"text"', 'name: x', ''])('that is %j instead of a JSON object', (text) => {
    expect(readSettingsFile(text, readStore)).toMatchObject({ ok: false, problems: [{ setting: '' }] });
  });
});

describe('what is no setting but may stand in a file', () => {
  test.each([
    ['https://api.bigcommerce.com/stores/abc123/v2/'],
    ['https://api.bigcommerce.com/stores/abc123/v3'],
    ['https://api.bigcommerce.com/stores/abc123'],
  ])('an API path %s is split into host and hash (S-20)', (path) => {
    expect(read({ connection: { api_path: path } })).toMatchObject({
      ok: true,
      doc: { connection: { store_hash: 'abc123', api_base_url: 'https://api.bigcommerce.com' } },
    });
  });

  test('what is computed passes where it says what holds anyway', () => {
    expect(
      read({ connection: { api_profile: 'orders-v2+catalog-v3' }, catalog: { projection_id: null } }),
    ).toMatchObject({
      ok: true,
      doc: {},
    });
  });

  test('the name by which editors find the schema is read over', () => {
    expect(read({ $schema: './waybill.schema.json' })).toMatchObject({ ok: true, doc: {} });
  });

  test('secrets of carriers are lists', () => {
    expect(read({ carriers: { easypost: { secrets: ['a', 'b'], trust: true } } })).toEqual({
      ok: true,
      doc: { carriers: { easypost: { trust: true } } },
      secrets: { 'carriers.easypost.secrets': ['a', 'b'] },
      notices: [],
    });
  });
});

test('an export holds a placeholder for every kept secret, and reads back as the same settings', () => {
  const doc = {
    channel: { name: 'Acme' },
    connection: { store_hash: 'abc123' },
    orders: { import: { product_options: { size: ['Size'] } } },
  };
  const file = exportedSettings(doc, ['access_token', 'webhook_secret', 'carrier.easypost']);
  expect(file).toMatchObject({
    connection: { access_token: SECRET_PLACEHOLDER },
    webhooks: { inbound_secret: SECRET_PLACEHOLDER },
    carriers: { easypost: { secrets: SECRET_PLACEHOLDER } },
  });
  expect(read(file)).toEqual({ ok: true, doc, secrets: {}, notices: [] });
});

/** Dotted names and values of what is nested. */
function flatten(section: unknown, before = ''): Record<string, unknown> {
  if (typeof section !== 'object' || section === null || Array.isArray(section)) return { [before]: section };
  return Object.assign(
    {},
    ...Object.entries(section).map(([key, value]) =>
      flatten(value, before === '' ? key : `${before}.${key}`),
    ),
  ) as Record<string, unknown>; // an assembly of such records
}
