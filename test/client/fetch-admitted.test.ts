// What a change of the gate lets in: from the next run on, or at once where that was asked for; and when that next run is.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureChannelSchedules } from '../../client/schedules.ts';
import { requireChannel } from '../../db/channels.ts';
import { importScheduleId, manualImportId } from '../../domain/ids.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';
import { CHANNEL, openImportWorld, type ImportWorld } from './import-world.ts';

/** A worker, its bundle and a few workflows on a busy machine. */
const TEST_DEADLINE_MS = 180_000;
const LOCAL_TIME = /^\d{4}-\d\d-\d\d 00:00 UTC\+0[12]:00 \(Europe\/Rome\)$/;

let world: ImportWorld;
beforeAll(async () => {
  world = await openImportWorld(import.meta.url);
}, TEST_DEADLINE_MS);
afterAll(() => world.close());

const set = (...words: string[]) => world.run('channel', 'set', CHANNEL, ...words);
const version = async (): Promise<number> => (await requireChannel(world.db, CHANNEL)).settingsVersion;
const errorOf = (result: CommandResult): Record<string, unknown> =>
  result.json()['error'] as Record<string, unknown>;
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();

describe('while no worker polls', () => {
  test(
    'the settings are saved, and the refusal says so and how to go on',
    async () => {
      const before = await version();
      const result = await set('orders.import.statuses.exclude=[12]', '--fetch-admitted');
      expect(result.code).toBe(1);
      expect(errorOf(result)).toMatchObject({ code: 'no_worker' });
      expect(String(errorOf(result)['what'])).toContain(`saved (version ${String(before + 1)})`);
      expect(String(errorOf(result)['todo'])).toContain('waybill channel set shop --fetch-admitted');
      expect(await version()).toBe(before + 1);
    },
    TEST_DEADLINE_MS,
  );

  test(
    'given twice it is one import',
    async () => {
      const first = (await set('--fetch-admitted', '--detach')).json();
      const again = (await set('--fetch-admitted', '--detach')).json();
      const name = `admitted-v${String(await version())}`;
      expect(first['fetched']).toMatchObject({ workflowId: manualImportId(CHANNEL, name), detached: true });
      expect(again['fetched']).toEqual(first['fetched']);
      await world.client.workflow.getHandle(manualImportId(CHANNEL, name)).terminate('the test is over');
    },
    TEST_DEADLINE_MS,
  );
});

describe('a change that decides nothing about admission', () => {
  test('fetches nothing and says why', async () => {
    const result = await world.say('channel', 'set', CHANNEL, 'throttle.limit=9000', '--fetch-admitted');
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('Nothing is fetched: no changed setting decides which orders come in.');
  });

  test('--detach alone is wrong usage', async () => {
    const result = await set('throttle.limit=8000', '--detach');
    expect([result.code, errorOf(result)['code']]).toEqual([2, 'bad_usage']);
    expect((await requireChannel(world.db, CHANNEL)).settings.throttle.limit).toBe(9_000);
  });
});

describe('the next import', () => {
  test(
    "is shown in the channel's time zone and in UTC, with the way to import now (K-33)",
    async () => {
      await ensureChannelSchedules(world.client, await requireChannel(world.db, CHANNEL));
      const { info } = await world.client.schedule.getHandle(importScheduleId(CHANNEL)).describe();
      const shown = (await world.run('channel', 'show', CHANNEL)).json()['nextImport'];
      expect(shown).toMatchObject({
        at: info.nextActionTimes[0]?.toISOString(),
        local: expect.stringMatching(LOCAL_TIME) as unknown,
        timeZone: 'Europe/Rome',
        now: 'waybill import shop',
      });
      const said = await world.say('explain', CHANNEL, '4711', '--no-store');
      expect(said.stdout).toContain(`Next import\n  ${(shown as { text: string }).text}`);
    },
    TEST_DEADLINE_MS,
  );

  test(
    'is none while a person pauses the schedule, while the channel is manual, and while it is disabled',
    async () => {
      const handle = world.client.schedule.getHandle(importScheduleId(CHANNEL));
      const next = async () =>
        (await world.run('channel', 'show', CHANNEL)).json()['nextImport'] as {
          at: string | null;
          text: string;
        };
      await handle.pause('stocktaking');
      expect(await next()).toMatchObject({
        at: null,
        text: expect.stringContaining('paused (stocktaking)') as unknown,
      });
      await handle.unpause();
      await set('orders.import.mode=manual');
      expect((await next()).text).toContain('orders.import.mode is manual');
      await set('orders.import.mode=automatic');
      await world.run('channel', 'disable', CHANNEL);
      expect((await next()).text).toContain('waybill channel enable shop');
      const refused = await set('orders.import.statuses.exclude=[]', '--fetch-admitted');
      expect([refused.code, errorOf(refused)['code']]).toEqual([3, 'not_allowed']);
      expect((await requireChannel(world.db, CHANNEL)).settings.orders.import.statuses.exclude).toEqual([12]);
    },
    TEST_DEADLINE_MS,
  );
});

describe('while a worker polls', () => {
  beforeAll(async () => {
    await world.startWorker();
    expect((await world.run('channel', 'enable', CHANNEL)).code).toBe(0);
  }, TEST_DEADLINE_MS);

  test(
    'older orders of a status that is excluded no more appear with the option, and not without it (Q-20)',
    async () => {
      const [held, fresh, old] = world.store.addOrders([
        { statusId: 12, dateCreated: daysAgo(5), dateModified: daysAgo(5) },
        { statusId: 11, dateCreated: daysAgo(5), dateModified: daysAgo(5) },
        { statusId: 12, dateCreated: daysAgo(40), dateModified: daysAgo(40) },
      ]);
      await set('orders.import.statuses.default_exclude=[0,1,2,4,5,6,7,10,13]');
      expect((await world.run('import', CHANNEL)).code).toBe(0);
      expect(await world.storedIds()).toEqual([fresh]);

      // Without the option: what changed since the last run is read, and these did not change.
      expect((await set('orders.import.statuses.exclude=[]')).code).toBe(0);
      expect((await world.run('import', CHANNEL)).code).toBe(0);
      expect(await world.storedIds()).toEqual([fresh]);

      const fetched = await set('--fetch-admitted');
      expect(fetched.code).toBe(0);
      expect(fetched.json()['fetched']).toMatchObject({ seen: 2, created: 1, unchanged: 1, detached: false });
      expect(await world.storedIds()).toEqual([held, fresh].sort((a = 0, b = 0) => a - b));
      expect(await world.storedIds()).not.toContain(old);

      // Once more: everything is there.
      expect((await set('--fetch-admitted')).json()['fetched']).toMatchObject({ created: 0, unchanged: 2 });
    },
    TEST_DEADLINE_MS,
  );

  test(
    'unset and a settings file fetch too',
    async () => {
      const excluded = 'orders.import.statuses.default_exclude';
      const unset = await world.run('channel', 'unset', CHANNEL, excluded, '--fetch-admitted');
      expect(unset.json()['fetched']).toMatchObject({ created: 0, detached: false });

      world.store.addOrders([{ statusId: 2, dateCreated: daysAgo(3), dateModified: daysAgo(3) }]);
      const file = JSON.stringify({ orders: { import: { statuses: { default_exclude: [0] } } } });
      const words = ['channel', 'settings', 'import', CHANNEL, '-', '--yes', '--fetch-admitted', '--json'];
      const imported = await waybillHere(words, { env: world.environment, stdin: file });
      expect(imported.json()['fetched']).toMatchObject({ created: 1, detached: false });
    },
    TEST_DEADLINE_MS,
  );
});
