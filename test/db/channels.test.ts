// Channels on a real server: the rules between them, and what their changes put into the outbox.
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../db/audit.ts';
import {
  addChannel,
  AUTH_FAILURES_MAX,
  changeSettings,
  clearAuthFailures,
  countAuthFailure,
  getChannel,
  listChannels,
  recordCheck,
  recordClockSkew,
  removeChannel,
  requireChannel,
  rotateSecret,
  setEnabled,
  type Channel,
} from '../../db/channels.ts';
import type { Database } from '../../db/database.ts';
import { leaveHint } from '../../db/hints.ts';
import { quotaView } from '../../db/quota-view.ts';
import { writeBacks } from '../../db/schema.ts';
import { createSecretBox, listSecrets, readSecret } from '../../db/secrets.ts';
import {
  addTestOrder,
  at,
  clearOutbox,
  countOf,
  emptyAll,
  openTestDatabase,
  orderRow,
  outboxRows,
  outcomesOf,
} from './order-life.ts';

const box = createSecretBox([{ id: 'k1', key: randomBytes(32) }]);
const BY = { by: 'ada', now: at(1) };
let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  for (const table of ['hints', 'quotas', 'channel_secrets']) await db.sql`delete from ${db.sql(table)}`;
});

interface DocOptions {
  name?: string;
  storeHash?: string;
  push?: boolean;
  profile?: string;
  storefronts?: number[];
  limit?: number;
  windowSeconds?: number;
}

function docOf(options: DocOptions = {}): Record<string, unknown> {
  return {
    channel: { name: options.name ?? 'Shop', profile: options.profile ?? 'import_and_writeback' },
    connection: {
      store_hash: options.storeHash ?? 'abc123',
      ...(options.storefronts ? { bc_channel_ids: options.storefronts } : {}),
    },
    fulfillment: { push_enabled: options.push ?? false },
    orders: { import: { allow_shared_import: true } },
    throttle: { limit: options.limit ?? 120, window_seconds: options.windowSeconds ?? 30 },
  };
}

const add = (id: string, options: DocOptions = {}): Promise<Channel> =>
  addChannel(db, box, {
    id,
    doc: docOf({ name: id, ...options }),
    secrets: { access_token: `token-of-${id}` },
    ...BY,
  });
const change = (id: string, options: DocOptions) =>
  changeSettings(db, { id, doc: docOf({ name: id, ...options }), ...BY });
const enable = (id: string, enabled = true, now = at(1)) => setEnabled(db, { id, enabled, by: 'ada', now });

async function addBlockedStep(orderId: number, blocked: 'auth' | 'push_off'): Promise<void> {
  await db.orm.insert(writeBacks).values({
    id: randomUUID(),
    storeHash: 'abc123',
    channelId: 'shop',
    orderId,
    kind: 'set_status',
    subject: 'status:2',
    n: 1,
    state: 'planned',
    blocked,
    body: { kind: 'set_status', statusId: 2 },
    summary: 'set Shipped',
    mails: 1,
    createdAt: at(0),
    updatedAt: at(0),
  });
}

describe('adding a channel', () => {
  it('keeps it disabled with its settings, its sealed token and an audit entry without it', async () => {
    const channel = await add('shop');

    expect(channel).toMatchObject({
      id: 'shop',
      storeHash: 'abc123',
      enabled: false,
      disabledBy: 'new',
      settingsVersion: 1,
      authFailures: 0,
    });
    expect(channel.settings.orders.import.interval_minutes).toBe(60);
    expect(channel.document).toEqual(docOf({ name: 'shop' }));
    expect(await readSecret(db, box, 'shop', 'access_token')).toBe('token-of-shop');
    const [entry] = await listAudit(db, { channelId: 'shop' });
    expect(entry).toMatchObject({ action: 'channel.add', by: 'ada', detail: { secrets: ['access_token'] } });
    expect(JSON.stringify(entry)).not.toContain('token-of-shop');
    expect(await listChannels(db)).toEqual([channel]);
  });

  it('is refused for a bad id, bad settings, a taken id and a taken name', async () => {
    await add('shop');
    await expect(add('Shop!')).rejects.toMatchObject({
      code: 'settings_invalid',
      message: expect.stringContaining('lower-case') as string,
    });
    const bad = addChannel(db, box, {
      id: 'x',
      doc: { channel: { name: 'x' }, connection: { store_hash: 'A B' } },
      secrets: {},
      ...BY,
    });
    await expect(bad).rejects.toMatchObject({
      code: 'settings_invalid',
      message: expect.stringContaining('connection.store_hash') as string,
    });
    await expect(add('shop')).rejects.toMatchObject({ code: 'channel_exists' });
    await expect(add('second', { name: 'SHOP' })).rejects.toMatchObject({
      code: 'channel_name_taken',
      fields: { other: 'shop' },
    });
    expect(await listChannels(db)).toHaveLength(1);
  });

  it('happens once when two add the same at the same time', async () => {
    const results = await Promise.allSettled([add('shop'), add('shop')]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('one writer per storefront', () => {
  it('refuses a second channel that writes to the same one, also by a later change', async () => {
    await add('first', { push: true });
    await expect(add('second', { push: true })).rejects.toMatchObject({
      code: 'second_writer',
      fields: { other: 'first' },
    });
    await add('second');
    await expect(change('second', { push: true })).rejects.toMatchObject({ code: 'second_writer' });
  });

  it('lets channels write to different storefronts, to other stores, and be import-only', async () => {
    await add('first', { push: true, storefronts: [1] });
    await add('second', { push: true, storefronts: [2, 3] });
    await expect(add('third', { push: true, storefronts: [3] })).rejects.toMatchObject({
      code: 'second_writer',
    });
    await expect(add('third', { push: true })).rejects.toMatchObject({ code: 'second_writer' });
    await add('third', { profile: 'import_only' });
    await add('fourth', { push: true, storeHash: 'zzz' });
  });
});

describe('changing settings', () => {
  it('raises the version, tells what changed, and keeps it in the audit', async () => {
    await add('shop');
    const { channel, changes } = await change('shop', { limit: 50 });

    expect(channel.settingsVersion).toBe(2);
    expect(changes).toEqual([{ setting: 'throttle.limit', from: 120, to: 50 }]);
    expect((await listAudit(db))[0]).toMatchObject({
      action: 'channel.settings',
      detail: { version: 2, changes },
    });
    expect(await change('shop', { limit: 50 })).toMatchObject({
      changes: [],
      channel: { settingsVersion: 2 },
    });
  });

  it('puts open orders into the outbox when plans may change, and only then', async () => {
    await add('shop');
    await addTestOrder(db, 1);
    await addTestOrder(db, 2);
    await addTestOrder(db, 3, { lifecycleState: 'closed' });

    expect((await change('shop', { limit: 50 })).offered).toBe(0);
    expect(await outboxRows(db)).toEqual([]);
    expect((await change('shop', { limit: 50, push: true })).offered).toBe(2);
    expect(await outboxRows(db)).toEqual([
      { orderId: 1, first: false },
      { orderId: 2, first: false },
    ]);
    await clearOutbox(db);
    expect((await change('shop', { limit: 50, profile: 'import_only' })).offered).toBe(2);
  });

  it('is refused for another store, an outdated view, bad settings and an unknown channel', async () => {
    await add('shop');
    await change('shop', { limit: 50 });
    await expect(change('shop', { storeHash: 'other' })).rejects.toMatchObject({ code: 'channel_bound' });
    const outdated = changeSettings(db, {
      id: 'shop',
      doc: docOf({ name: 'shop' }),
      expectedVersion: 1,
      ...BY,
    });
    await expect(outdated).rejects.toMatchObject({ code: 'settings_outdated', fields: { version: 2 } });
    await expect(changeSettings(db, { id: 'shop', doc: { nonsense: 1 }, ...BY })).rejects.toMatchObject({
      code: 'settings_invalid',
    });
    await expect(change('nobody', {})).rejects.toMatchObject({ code: 'channel_unknown' });
    expect((await requireChannel(db, 'shop')).settingsVersion).toBe(2);
  });

  it('makes the lowest limit of a store’s channels its ceiling, and gives it back', async () => {
    await add('first', { limit: 100 });
    await add('second', { limit: 40, windowSeconds: 60 });
    expect(await quotaView(db, 'abc123')).toMatchObject({ limit: 40, windowMs: 60_000 });
    await change('second', { limit: 110 });
    expect(await quotaView(db, 'abc123')).toMatchObject({ limit: 100, windowMs: 30_000 });
    await removeChannel(db, { id: 'first', ...BY });
    expect(await quotaView(db, 'abc123')).toMatchObject({ limit: 110 });
  });
});

describe('refused credentials', () => {
  const fail = () => countAuthFailure(db, { id: 'shop', now: at(2) });

  it('pause the channel the third time in a row', async () => {
    await add('shop');
    await enable('shop');
    expect(await fail()).toEqual({ failures: 1, paused: false });
    expect(await fail()).toEqual({ failures: 2, paused: false });
    expect(await fail()).toEqual({ failures: AUTH_FAILURES_MAX, paused: true });

    expect(await getChannel(db, 'shop')).toMatchObject({
      enabled: false,
      disabledBy: 'auth',
      disabledAt: at(2),
      disabledReason: expect.stringContaining('waybill channel rotate shop') as string,
    });
    expect((await listAudit(db))[0]).toMatchObject({ action: 'channel.pause', by: 'waybill' });
  });

  it('are forgotten when the store takes them again in between', async () => {
    await add('shop');
    await enable('shop');
    await fail();
    await fail();
    await clearAuthFailures(db, 'shop');
    expect(await fail()).toEqual({ failures: 1, paused: false });
  });

  it.each(['check', 'rotate', 'enable'] as const)(
    'that were cured by %s bring back what waited for them, and nothing else',
    async (cure) => {
      await add('shop');
      await enable('shop');
      for (const orderId of [1, 2, 3])
        await addTestOrder(db, orderId, { lifecycleState: orderId === 2 ? 'closed' : 'open' });
      await addBlockedStep(1, 'auth');
      await addBlockedStep(2, 'auth');
      await addBlockedStep(3, 'push_off');
      for (let failures = 0; failures < AUTH_FAILURES_MAX; failures += 1) await fail();
      await clearOutbox(db);

      const now = at(9);
      const cured =
        cure === 'check'
          ? await recordCheck(db, { id: 'shop', ok: true, report: { findings: [] }, clockSkewMs: 1_500, now })
          : cure === 'rotate'
            ? await rotateSecret(db, box, {
                id: 'shop',
                kind: 'access_token',
                value: 'new token',
                by: 'ada',
                now,
              })
            : await enable('shop', true, now);

      expect(cured).toMatchObject({
        offered: 2,
        channel: { enabled: true, disabledBy: null, disabledReason: null, authFailures: 0 },
      });
      expect(await outboxRows(db)).toEqual([
        { orderId: 1, first: false },
        { orderId: 2, first: false },
      ]);
      expect(await orderRow(db, 2, 'shop')).toMatchObject({
        lifecycleState: 'open',
        closedReason: null,
        closedAt: null,
      });
      expect(await outcomesOf(db, 2, 'lifecycle')).toEqual(['reopened']);
    },
  );

  it('of a channel that a person switched off are no reason to switch it on', async () => {
    await add('shop');
    await enable('shop');
    for (let failures = 0; failures < AUTH_FAILURES_MAX; failures += 1) await fail();
    await enable('shop', false, at(5));
    await recordCheck(db, { id: 'shop', ok: true, report: {}, clockSkewMs: null, now: at(6) });

    expect(await getChannel(db, 'shop')).toMatchObject({
      enabled: false,
      disabledBy: 'operator',
      disabledReason: 'disabled by ada',
    });
    expect(
      (await rotateSecret(db, box, { id: 'shop', kind: 'access_token', value: 'y', by: 'ada', now: at(7) }))
        .channel.enabled,
    ).toBe(false);
    expect(await readSecret(db, box, 'shop', 'access_token')).toBe('y');
    const rotated = (await listAudit(db))[0];
    expect(rotated).toMatchObject({
      action: 'channel.rotate',
      detail: { kind: 'access_token', keyId: 'k1' },
    });
  });
});

describe('checks', () => {
  it('are kept with their time and the skew of the clock; a bad one enables nothing', async () => {
    await add('shop');
    await recordCheck(db, {
      id: 'shop',
      ok: false,
      report: { storeName: null },
      clockSkewMs: null,
      now: at(3),
    });
    expect(await getChannel(db, 'shop')).toMatchObject({
      enabled: false,
      lastCheck: { ok: false, at: at(3) },
      clockSkewMs: null,
    });
    await recordClockSkew(db, { id: 'shop', clockSkewMs: -2_000.4 });
    await recordCheck(db, {
      id: 'shop',
      ok: true,
      report: { storeName: 'Shop' },
      clockSkewMs: null,
      now: at(4),
    });
    expect(await getChannel(db, 'shop')).toMatchObject({
      enabled: false,
      disabledBy: 'new',
      lastCheck: { ok: true, storeName: 'Shop' },
      clockSkewMs: -2_000,
    });
  });
});

describe('enabling', () => {
  it('brings back open orders that had news meanwhile, and is quiet the second time', async () => {
    await add('shop');
    await enable('shop');
    await addTestOrder(db, 1);
    await addTestOrder(db, 2);
    await enable('shop', false, at(10));
    await db.sql`update orders set last_news_at = ${at(11)} where order_id = 2`;
    await clearOutbox(db);

    expect(await enable('shop', true, at(20))).toMatchObject({ offered: 1, channel: { enabled: true } });
    expect(await outboxRows(db)).toEqual([{ orderId: 2, first: false }]);
    expect((await enable('shop', true, at(21))).offered).toBe(0);
    expect((await listAudit(db)).map((row) => row.action)).toEqual([
      'channel.enable',
      'channel.disable',
      'channel.enable',
      'channel.add',
    ]);
  });
});

describe('removing', () => {
  it('needs a disabled channel, and keeps its orders and its slug’s store', async () => {
    await add('shop');
    await enable('shop');
    await addTestOrder(db, 1);
    await leaveHint(db, { channelId: 'shop', orderId: 1, reason: 'asked', dueAt: at(0), now: at(0) });
    await expect(removeChannel(db, { id: 'shop', ...BY })).rejects.toMatchObject({
      code: 'channel_is_enabled',
    });
    await enable('shop', false);
    await removeChannel(db, { id: 'shop', ...BY });

    expect(await getChannel(db, 'shop')).toBeNull();
    expect(await listChannels(db)).toEqual([]);
    expect(await listSecrets(db, 'shop')).toEqual([]);
    expect(await countOf(db, 'hints')).toBe(0);
    expect(await countOf(db, 'orders')).toBe(1);
    await expect(enable('shop')).rejects.toMatchObject({ code: 'channel_unknown' });
    await expect(removeChannel(db, { id: 'shop', ...BY })).rejects.toMatchObject({ code: 'channel_unknown' });

    await expect(add('shop', { storeHash: 'other' })).rejects.toMatchObject({ code: 'channel_bound' });
    const again = await add('shop');
    expect(again).toMatchObject({ enabled: false, settingsVersion: 2, createdAt: at(1) });
    await add('other', { storeHash: 'other' });
  });
});

it('settings that this version cannot read are an error that names them', async () => {
  await add('shop');
  await db.sql`update channels set settings = jsonb_set(settings, '{throttle,limit}', '0')`;
  await expect(getChannel(db, 'shop')).rejects.toMatchObject({
    code: 'settings_invalid',
    message: expect.stringContaining('throttle.limit') as string,
  });
});
