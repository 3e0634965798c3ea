// Which database and which Temporal a command works with: the environment's, or those of the installation that runs in
// this folder, and never one of each by accident.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configureCommand } from '../../client/cli/session.ts';
import { announceInstallation, type RunningInstallation } from '../../local/running-installation.ts';

const DATABASE = 'postgres://waybill@127.0.0.1:5480/waybill';

let home = '';
beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'waybill-session-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function announce(changes: Partial<RunningInstallation> = {}): Promise<void> {
  await announceInstallation(home, {
    pid: process.pid,
    databaseUrl: DATABASE,
    temporalAddress: '127.0.0.1:7233',
    namespace: 'default',
    uiUrl: 'http://127.0.0.1:8233',
    httpUrl: null,
    secretKeys: `local:${Buffer.alloc(32, 1).toString('base64')}`,
    temporalCli: null,
    ...changes,
  });
}

describe('where an installation runs', () => {
  test('its addresses and keys are used when nothing else is configured', async () => {
    await announce();
    const { config, temporalTarget } = await configureCommand({ WAYBILL_HOME: home });
    expect(config).toMatchObject({ databaseUrl: DATABASE, uiUrl: 'http://127.0.0.1:8233' });
    expect(config.secretKeys.map(({ id }) => id)).toEqual(['local']);
    expect(temporalTarget).toEqual({ address: '127.0.0.1:7233', namespace: 'default' });
  });

  test('another database that is configured keeps the whole installation out', async () => {
    await announce();
    const other = 'postgres://waybill@db.example/waybill';
    const { config, installation, temporalTarget } = await configureCommand({
      WAYBILL_HOME: home,
      WAYBILL_DATABASE_URL: other,
    });
    expect([config.databaseUrl, config.secretKeys, installation, temporalTarget]).toEqual([
      other,
      [],
      null,
      {},
    ]);
  });

  test('the same database, configured, keeps its Temporal', async () => {
    await announce();
    const { temporalTarget } = await configureCommand({ WAYBILL_HOME: home, WAYBILL_DATABASE_URL: DATABASE });
    expect(temporalTarget).toEqual({ address: '127.0.0.1:7233', namespace: 'default' });
  });

  test('a Temporal that is configured wins', async () => {
    await announce();
    const { temporalTarget } = await configureCommand({ WAYBILL_HOME: home, TEMPORAL_ADDRESS: 'other:7233' });
    expect(temporalTarget).toEqual({});
  });

  test('keys that are configured win, and an empty variable is none', async () => {
    await announce();
    const { config } = await configureCommand({
      WAYBILL_HOME: home,
      WAYBILL_DATABASE_URL: '',
      WAYBILL_SECRET_KEYS: `mine:${Buffer.alloc(32, 2).toString('base64')}`,
    });
    expect(config.databaseUrl).toBe(DATABASE);
    expect(config.secretKeys.map(({ id }) => id)).toEqual(['mine']);
  });
});

test('an installation whose process has ended is not believed', async () => {
  await announce({ pid: 2 ** 22 + 1 });
  const { config, installation } = await configureCommand({ WAYBILL_HOME: home });
  expect([config.databaseUrl, installation]).toEqual([null, null]);
});
