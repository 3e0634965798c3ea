// The rules between channels, and how a change of settings reaches everybody who reads them: on a real server.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../db/audit.ts';
import {
  addChannel,
  changeSettings,
  getChannel,
  removeChannel,
  requireChannel,
  setEnabled,
  type Channel,
} from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { quotaView } from '../../db/quota-view.ts';
import { observeQuota } from '../../db/quota-answers.ts';
import { createSecretBox, listSecrets, readSecret } from '../../db/secrets.ts';
import type { SettingsDocument } from '../../settings/channel-settings.ts';
import { withValue } from '../../settings/document-paths.ts';
import { addTestOrder, at, clearOutbox, deliver, emptyAll, fact, outboxRows, settle } from './order-life.ts';
import { databaseFor } from '../support/servers.ts';

const box = createSecretBox([{ id: 'k1', key: randomBytes(32) }]);
const BY = { by: 'ada', now: at(1) };
let db: Database;
/** Another process on the same database. */
let elsewhere: Database;

beforeAll(async () => {
  const { url } = await databaseFor(import.meta.url);
  db = openDatabase(url, { max: 10 });
  elsewhere = openDatabase(url, { max: 5 });
});
afterAll(() => Promise.all([db.close(), elsewhere.close()]));
beforeEach(async () => {
  await emptyAll(db);
  for (const table of ['channel_secrets', 'quotas']) await db.sql`delete from ${db.sql(table)}`;
});

function docOf(name: string, values: Readonly<Record<string, unknown>> = {}): SettingsDocument {
  return Object.entries({ 'channel.name': name, 'connection.store_hash': 'abc123', ...values }).reduce<
    Record<string, unknown>
  >((doc, [setting, value]) => withValue(doc, setting.split('.'), value), {});
}

const add = (id: string, values: Record<string, unknown> = {}): Promise<Channel> =>
  addChannel(db, box, { id, doc: docOf(id, values), secrets: { access_token: 'x' }, ...BY });
const change = (id: string, values: Record<string, unknown>, expectedVersion?: number) =>
  changeSettings(db, {
    id,
    doc: docOf(id, values),
    ...BY,
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
  });

describe('two channels that import from one storefront (X-6)', () => {
  it('are refused with both ways out', async () => {
    await add('first');
    await expect(add('second')).rejects.toMatchObject({
      code: 'shared_import',
      fields: { other: 'first' },
      message: expect.stringMatching(/bc_channel_ids.*allow_shared_import=true for second/s) as string,
    });
  });

  it('are allowed when one of them says so, and refused when it takes that back', async () => {
    await add('first');
    await add('second', { 'orders.import.allow_shared_import': true });
    await expect(change('second', {})).rejects.toMatchObject({ code: 'shared_import' });
    await change('first', { 'orders.import.lookback_days': 9 });
  });

  it('are no collision on other storefronts, on other stores, and after one was removed', async () => {
    await add('first', { 'connection.bc_channel_ids': [1] });
    await add('second', { 'connection.bc_channel_ids': [2] });
    await expect(add('third', { 'connection.bc_channel_ids': [2, 3] })).rejects.toMatchObject({
      code: 'shared_import',
    });
    await add('fourth', { 'connection.store_hash': 'zzz' });
    await removeChannel(db, { id: 'second', ...BY });
    await add('third', { 'connection.bc_channel_ids': [2, 3] });
  });
});

describe('two channels that own the catalog of one storefront (C-2)', () => {
  const SHARED = { 'orders.import.allow_shared_import': true, 'channel.profile': 'catalog_and_push' };

  it.each([['catalog.sync.enabled'], ['orders.push.initial'], ['orders.push.renewal']])(
    'are refused, by %s as well, naming the first',
    async (setting) => {
      await add('first', { ...SHARED, 'catalog.sync.enabled': true });
      await expect(add('second', { ...SHARED, [setting]: true })).rejects.toMatchObject({
        code: 'second_catalog_owner',
        message: expect.stringContaining('Channel first') as string,
      });
    },
  );

  it('are allowed after the first has switched it off', async () => {
    await add('first', { ...SHARED, 'catalog.sync.enabled': true });
    await add('second', SHARED);
    await expect(change('second', { ...SHARED, 'catalog.sync.enabled': true })).rejects.toMatchObject({
      code: 'second_catalog_owner',
    });
    await change('first', SHARED);
    const { channel } = await change('second', { ...SHARED, 'catalog.sync.enabled': true });
    expect(channel.settings.catalog.sync.enabled).toBe(true);
  });
});

describe('an app (X-9)', () => {
  const APP = { 'connection.auth_mode': 'app_oauth', 'connection.client_id': 'app-1' };

  it('is refused without its secret, in a new channel and in one that exists', async () => {
    await expect(add('first', APP)).rejects.toMatchObject({ code: 'credentials_missing' });
    await add('first');
    await expect(change('first', APP)).rejects.toMatchObject({ code: 'credentials_missing' });
  });

  it('is taken with its secret in the same transaction, and the audit tells only that there is one', async () => {
    await add('first');
    const { channel } = await changeSettings(db, {
      id: 'first',
      doc: docOf('first', APP),
      secrets: { box, values: { client_secret: 'canary-of-the-app' } },
      ...BY,
    });
    expect(channel.settings.connection.auth_mode).toBe('app_oauth');
    expect(await readSecret(db, box, 'first', 'client_secret')).toBe('canary-of-the-app');
    const [entry] = await listAudit(db, { channelId: 'first' });
    expect(entry).toMatchObject({ action: 'channel.settings', detail: { secrets: ['client_secret'] } });
    expect(JSON.stringify([entry, channel])).not.toContain('canary-of-the-app');
  });

  it('keeps no secret of a change that is refused', async () => {
    await add('first');
    const refused = changeSettings(db, {
      id: 'first',
      doc: docOf('first', { 'connection.store_hash': 'other' }),
      secrets: { box, values: { client_secret: 'x' } },
      ...BY,
    });
    await expect(refused).rejects.toMatchObject({ code: 'channel_bound' });
    expect((await listSecrets(db, 'first')).map(({ kind }) => kind)).toEqual(['access_token']);
  });
});

describe('a change of settings', () => {
  it('is audited: who, when, which setting, from what to what', async () => {
    await add('shop');
    await changeSettings(db, {
      id: 'shop',
      doc: docOf('shop', { 'orders.import.hold_minutes': 30 }),
      by: 'grace',
      now: at(7),
    });
    expect((await listAudit(db, { channelId: 'shop' }))[0]).toMatchObject({
      by: 'grace',
      at: at(7),
      detail: { version: 2, changes: [{ setting: 'orders.import.hold_minutes', from: 0, to: 30 }] },
    });
  });

  it('of two at once takes one and refuses the other as outdated', async () => {
    await add('shop');
    const outcomes = await Promise.allSettled([
      change('shop', { 'orders.import.hold_minutes': 1 }, 1),
      change('shop', { 'orders.import.hold_minutes': 2 }, 1),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'settings_outdated', fields: { version: 2 } });
    expect((await requireChannel(db, 'shop')).settingsVersion).toBe(2);
  });

  it('is never answered with an older reading, here or in another process', async () => {
    await add('shop');
    const lookback = async (at: Database) =>
      (await getChannel(at, 'shop'))?.settings.orders.import.lookback_days;
    for (let days = 1; days <= 5; days += 1) {
      await change('shop', { 'orders.import.lookback_days': days });
      expect([await lookback(db), await lookback(elsewhere)]).toEqual([days, days]);
    }
    // Also one that nobody counted: a repair by hand.
    await db.sql`update channels set settings = jsonb_set(settings, '{orders,import,lookback_days}', '99')`;
    expect([await lookback(db), await lookback(elsewhere)]).toEqual([99, 99]);
  });

  it('is read once, however often it is asked for', async () => {
    await add('shop');
    await getChannel(db, 'shop');
    const before = db.settings.misses;
    for (let ask = 0; ask < 50; ask += 1) await getChannel(db, 'shop');
    expect(db.settings.misses).toBe(before);
  });

  it.each([
    ['fulfillment.trigger', ['shipment.manifested']],
    ['fulfillment.protected_statuses', [4]],
    ['channel.profile', 'custom'],
    ['lifecycle.stale_after_days', 3],
    ['carriers.ship24.trust', true],
  ])('of %s puts the open orders into the outbox', async (setting, value) => {
    await add('shop');
    await addTestOrder(db, 1);
    await addTestOrder(db, 2, { lifecycleState: 'closed' });
    expect(await change('shop', { [setting]: value })).toMatchObject({ offered: 1 });
    expect(await outboxRows(db)).toEqual([{ orderId: 1, first: false }]);
  });

  it.each([
    ['throttle.limit', 50],
    ['orders.import.lookback_days', 30],
    ['alerts.stuck_after_hours', { '11': 1 }],
  ])('of %s wakes no order', async (setting, value) => {
    await add('shop');
    await addTestOrder(db, 1);
    expect(await change('shop', { [setting]: value })).toMatchObject({ offered: 0 });
    expect(await outboxRows(db)).toEqual([]);
  });

  it('holds from the next settling of a running order on', async () => {
    const writing = { 'channel.profile': 'import_and_writeback', 'fulfillment.push_enabled': true };
    const manifest = { ...writing, 'fulfillment.trigger': ['shipment.manifested'] };
    await add('shop', manifest);
    await db.sql`update channels set enabled = true`;
    await addTestOrder(db, 1001);
    await deliver(db, 1001, fact('label.created'));
    expect(await settle(db, 1001)).toMatchObject({ due: null, staleAfterMs: 30 * 86_400_000 });

    await clearOutbox(db);
    await change('shop', { ...writing, 'lifecycle.stale_after_days': 2 });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
    expect(await settle(db, 1001)).toMatchObject({
      due: { kind: 'create_shipment' },
      staleAfterMs: 2 * 86_400_000,
    });
  });
});

describe('the quota ceiling of a new channel (I-59)', () => {
  const told = (quota: number) =>
    observeQuota(db, { storeHash: 'abc123', quota, left: quota, resetMs: 30_000, windowMs: 30_000 });
  const enable = () => setEnabled(db, { id: 'shop', enabled: true, ...BY });

  it.each([
    [150, 120],
    [450, 360],
    [100, 80],
  ])('of a store with a quota of %i is %i calls, once it is enabled', async (quota, limit) => {
    await add('shop');
    await told(quota);
    const { channel } = await enable();
    expect(channel.settings.throttle.limit).toBe(limit);
    expect((await quotaView(db, 'abc123'))?.limit).toBe(limit);
    const changes = (await listAudit(db, { channelId: 'shop' })).filter(
      ({ action }) => action === 'channel.settings',
    );
    expect(changes).toHaveLength(limit === 120 ? 0 : 1);
  });

  it('is left alone where somebody chose it, and where the channel was enabled before', async () => {
    await add('shop', { 'throttle.limit': 10 });
    await told(450);
    expect((await enable()).channel.settings.throttle.limit).toBe(10);
    await change('shop', {});
    await setEnabled(db, { id: 'shop', enabled: false, ...BY });
    expect((await enable()).channel.settings.throttle.limit).toBe(120);
  });

  it('is the default where the store told nothing', async () => {
    await add('shop');
    expect((await enable()).channel).toMatchObject({
      settingsVersion: 1,
      settings: { throttle: { limit: 120 } },
    });
  });
});

describe('settings that a later version would refuse', () => {
  it('go on working until they are changed', async () => {
    await add('shop');
    await db.sql`update channels set settings = jsonb_set(settings, '{fulfillment}', '{"push_enabled": true}')`;
    const channel = await requireChannel(db, 'shop');
    expect(channel.settings.fulfillment.push_enabled).toBe(true);
    const again = changeSettings(db, {
      id: 'shop',
      doc: { ...channel.document, pudo: { use_as_destination: false } },
      ...BY,
    });
    await expect(again).rejects.toMatchObject({
      code: 'settings_invalid',
      message: expect.stringContaining('needs a profile that may write') as string,
    });
  });
});
