// The registry of gateways on a real server: who may be named, and who stays because somebody is.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../db/audit.ts';
import { addChannel, changeSettings, requireChannel } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { listGateways, removeGateway, saveGateway } from '../../db/gateways.ts';
import { createSecretBox } from '../../db/secrets.ts';
import { waybillHere } from '../client/run-waybill.ts';
import { at, emptyAll } from './order-life.ts';
import { databaseFor } from '../support/servers.ts';

const box = createSecretBox([{ id: 'k1', key: randomBytes(32) }]);
const BY = { by: 'ada', now: at(1) };
let url = '';
let db: Database;

beforeAll(async () => {
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  for (const table of ['channel_secrets', 'gateways', 'audit']) await db.sql`delete from ${db.sql(table)}`;
});

const save = (ref: string, name = 'Main', note = '') =>
  saveGateway(db, { gateway: { ref, name, note }, ...BY });
const docOf = (ref: string | null) => ({
  channel: { name: 'Shop' },
  connection: { store_hash: 'abc123' },
  catalog: { default_gateway_ref: ref },
});
const add = (ref: string | null) => addChannel(db, box, { id: 'shop', doc: docOf(ref), secrets: {}, ...BY });
const change = (ref: string | null) => changeSettings(db, { id: 'shop', doc: docOf(ref), ...BY });

describe('a gateway', () => {
  it('is kept once per reference, with an audit entry for every change', async () => {
    await save('42');
    expect(await save('42', 'Second name', 'slow')).toEqual([
      { ref: '42', name: 'Second name', note: 'slow' },
    ]);
    expect((await listAudit(db))[0]).toMatchObject({
      action: 'gateways.set',
      by: 'ada',
      detail: { from: { name: 'Main' }, to: { name: 'Second name' } },
    });
  });

  it.each([
    ['', 'Main'],
    ['42', ''],
    ['x'.repeat(61), 'Main'],
  ])('of reference %j and name %j is refused', async (ref, name) => {
    await expect(save(ref, name)).rejects.toMatchObject({ code: 'settings_invalid' });
    expect(await listGateways(db)).toEqual([]);
  });
});

describe('catalog.default_gateway_ref (C-8)', () => {
  it('may be anything while no gateway is registered', async () => {
    expect((await add('whatever')).settings.catalog.default_gateway_ref).toBe('whatever');
  });

  it('must be a registered one once there are some; the refusal lists them', async () => {
    await save('42');
    await expect(add('43')).rejects.toMatchObject({
      code: 'gateway_unknown',
      message: expect.stringContaining('42 (Main)') as string,
    });
    await add('42');
    await expect(change('43')).rejects.toMatchObject({ code: 'gateway_unknown' });
    await change(null);
    expect((await requireChannel(db, 'shop')).settings.catalog.default_gateway_ref).toBeNull();
  });

  it("that was there before the first gateway stands in nobody's way", async () => {
    await add('whatever');
    await save('42');
    const doc = { ...docOf('whatever'), throttle: { limit: 50 } };
    expect(await changeSettings(db, { id: 'shop', doc, ...BY })).toMatchObject({ changes: [{ to: 50 }] });
  });

  it('keeps its gateway from being removed', async () => {
    await save('42');
    await add('42');
    await expect(removeGateway(db, { ref: '42', ...BY })).rejects.toMatchObject({
      code: 'gateway_in_use',
      message: expect.stringContaining('shop') as string,
    });
    await change(null);
    expect(await removeGateway(db, { ref: '42', ...BY })).toEqual([]);
    await expect(removeGateway(db, { ref: '42', ...BY })).rejects.toMatchObject({ code: 'gateway_unknown' });
  });
});

it('are listed, set and removed on the command line', async () => {
  const run = (...words: string[]) =>
    waybillHere(['gateways', ...words, '--json'], { env: { WAYBILL_DATABASE_URL: url } });
  expect((await run('set', '42', 'Main', '--note', 'fast')).json()).toEqual({
    gateways: [{ ref: '42', name: 'Main', note: 'fast' }],
  });
  expect((await run('list')).json()).toMatchObject({ gateways: [{ ref: '42' }] });
  expect((await run('remove', '43')).code).toBe(3);
  expect((await run('remove', '42')).json()).toEqual({ gateways: [] });
});
