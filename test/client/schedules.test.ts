import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ensureChannelSchedules,
  ensureSweepSchedule,
  importTimes,
  removeChannelSchedules,
  type ScheduledChannel,
} from '../../client/schedules.ts';
import { connectTemporal, ensureSearchAttributes, type TemporalConnection } from '../../client/temporal.ts';
import { namespaceFor } from '../support/servers.ts';

let temporal: TemporalConnection;
beforeAll(async () => {
  temporal = await connectTemporal(await namespaceFor(import.meta.url));
});
afterAll(() => temporal.close());

function channel(
  id: string,
  changes: {
    every?: number;
    aligned?: boolean;
    mode?: 'automatic' | 'manual';
    enabled?: boolean;
    timezone?: string;
  } = {},
): ScheduledChannel {
  const { every = 60, aligned = true, mode = 'automatic', enabled = true, timezone = 'UTC' } = changes;
  return {
    id,
    enabled,
    settings: {
      channel: { timezone },
      orders: { import: { mode, interval_minutes: every, align_to_clock: aligned } },
    },
  };
}
const describeSchedule = (id: string) => temporal.client.schedule.getHandle(id).describe();

describe('the times of an import', () => {
  test('an hourly import comes every hour on the hour, whenever the channel was saved', async () => {
    const shop = channel(`shop-${randomUUID().slice(0, 8)}`);
    await ensureChannelSchedules(temporal.client, shop);
    const { info } = await describeSchedule(`import:${shop.id}`);
    expect(info.nextActionTimes.length).toBeGreaterThan(5);
    for (const time of info.nextActionTimes) expect(time.getUTCMinutes() + time.getUTCSeconds()).toBe(0);
    const hours = info.nextActionTimes.map((time) => time.getTime() / 3_600_000);
    for (let n = 1; n < hours.length; n++) expect((hours[n] ?? 0) - (hours[n - 1] ?? 0)).toBe(1);
  });

  test.each([
    [240, { hour: { start: 0, end: 23, step: 4 }, minute: 0 }],
    [1440, { hour: 0, minute: 0 }],
  ])('%i minutes are on the clock of the channel', (every, calendar) => {
    const spec = importTimes(channel('acme', { every, timezone: 'Europe/Rome' }));
    expect(spec).toMatchObject({ calendars: [calendar], timezone: 'Europe/Rome' });
  });

  test.each([
    ['Europe/Rome', 60, 0],
    ['Europe/Rome', 15, 0],
    ['Asia/Kolkata', 60, 30],
    ['Asia/Kathmandu', 60, 15],
    ['Asia/Kathmandu', 30, 15],
    ['Asia/Kolkata', 15, 0],
  ])('in %s every %i minutes begins on its own full hour', (timezone, every, offset) => {
    expect(importTimes(channel('acme', { every, timezone }))).toEqual({
      intervals: [{ every: every * 60_000, offset: offset * 60_000 }],
      timezone,
    });
  });

  test('a zone whose clock changes by half an hour goes by the calendar', () => {
    expect(importTimes(channel('acme', { timezone: 'Australia/Lord_Howe' }))).toMatchObject({
      calendars: [{ hour: '*', minute: 0 }],
    });
  });

  test('what divides neither the hour nor the day is an interval', () => {
    expect(importTimes(channel('acme', { every: 50 }))).toMatchObject({
      intervals: [{ every: 3_000_000, offset: 0 }],
    });
  });

  test('without alignment channels are spread over the interval', () => {
    const offsets = Array.from({ length: 40 }, (_, n) => {
      const spec = importTimes(channel(`shop-${String(n)}`, { aligned: false }));
      return Number(spec.intervals?.[0]?.offset);
    });
    expect(new Set(offsets).size).toBeGreaterThan(20);
    for (const offset of offsets) expect(offset).toBeLessThan(3_600_000);
  });
});

describe('the schedules of a channel', () => {
  test('are made once and changed afterwards; one late run makes up for all that were missed', async () => {
    const id = `shop-${randomUUID().slice(0, 8)}`;
    await ensureChannelSchedules(temporal.client, channel(id));
    await ensureChannelSchedules(temporal.client, channel(id, { every: 30 }));
    const schedule = await describeSchedule(`import:${id}`);
    expect(schedule.policies).toEqual({ overlap: 'SKIP', catchupWindow: 1_800_000, pauseOnFailure: false });
    expect(schedule.action).toMatchObject({
      workflowType: 'importOrders',
      taskQueue: 'waybill',
      args: [{ channelId: id }],
    });
    expect(schedule.spec.intervals).toMatchObject([{ every: 1_800_000 }]);
    for (const kind of ['reconcile', 'check']) {
      const next = (await describeSchedule(`${kind}:${id}`)).info.nextActionTimes;
      expect(((next[1]?.getTime() ?? 0) - (next[0]?.getTime() ?? 0)) / 3_600_000).toBe(24);
    }
  });

  test('look after the webhooks every quarter of an hour, also over a change of the clock', async () => {
    const id = `shop-${randomUUID().slice(0, 8)}`;
    await ensureChannelSchedules(temporal.client, channel(id, { timezone: 'Europe/Rome' }));
    const { spec, state, info } = await describeSchedule(`hooks:${id}`);
    expect(spec.intervals).toMatchObject([{ every: 900_000 }]);
    expect(spec.calendars ?? []).toEqual([]);
    expect(state.paused).toBe(false);
    const [first, second] = info.nextActionTimes.map((time) => time.getTime());
    expect((second ?? 0) - (first ?? 0)).toBe(900_000);
  });

  test('rest while the channel is disabled or imports by hand, and say why', async () => {
    const id = `shop-${randomUUID().slice(0, 8)}`;
    await ensureChannelSchedules(temporal.client, channel(id, { enabled: false }));
    expect((await describeSchedule(`import:${id}`)).state).toMatchObject({
      paused: true,
      note: 'waybill: the channel is disabled',
    });
    expect((await describeSchedule(`check:${id}`)).state.paused).toBe(false);
    await ensureChannelSchedules(temporal.client, channel(id, { mode: 'manual' }));
    expect((await describeSchedule(`import:${id}`)).state).toMatchObject({
      paused: true,
      note: 'waybill: orders.import.mode is manual',
    });
    expect((await describeSchedule(`reconcile:${id}`)).state.paused).toBe(false);
    await ensureChannelSchedules(temporal.client, channel(id));
    expect((await describeSchedule(`import:${id}`)).state.paused).toBe(false);
  });

  test("a person's own pause is not undone", async () => {
    const id = `shop-${randomUUID().slice(0, 8)}`;
    await ensureChannelSchedules(temporal.client, channel(id));
    await temporal.client.schedule.getHandle(`import:${id}`).pause('store in maintenance');
    await ensureChannelSchedules(temporal.client, channel(id, { every: 120 }));
    expect((await describeSchedule(`import:${id}`)).state).toMatchObject({
      paused: true,
      note: 'store in maintenance',
    });
  });

  test('are removed, and removing them again is no error', async () => {
    const id = `shop-${randomUUID().slice(0, 8)}`;
    await ensureChannelSchedules(temporal.client, channel(id));
    await removeChannelSchedules(temporal.client, id);
    await removeChannelSchedules(temporal.client, id);
    await expect(describeSchedule(`import:${id}`)).rejects.toThrow();
  });

  test('the sweep has one of its own', async () => {
    await ensureSweepSchedule(temporal.client);
    await ensureSweepSchedule(temporal.client);
    expect((await describeSchedule('sweep')).spec.intervals).toMatchObject([{ every: 300_000 }]);
  });
});

test('search attributes that are there are left alone', async () => {
  expect(await ensureSearchAttributes(temporal.connection, temporal.namespace)).toEqual({ added: [] });
});
