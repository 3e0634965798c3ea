/** The schedules of a channel on a real server: what `temporal schedule describe` would show. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ensureChannelSchedules,
  ensureSweepSchedule,
  removeChannelSchedules,
} from '../../client/schedules.ts';
import { connectTemporal, type TemporalConnection } from '../../client/temporal.ts';
import { namespaceFor } from '../support/servers.ts';

let temporal: TemporalConnection;

beforeAll(async () => {
  temporal = await connectTemporal(await namespaceFor(import.meta.url));
});
afterAll(async () => {
  await temporal.close();
});

function channel(
  id: string,
  change: { interval_minutes?: number; mode?: 'automatic' | 'manual'; enabled?: boolean } = {},
) {
  const { interval_minutes = 60, mode = 'automatic', enabled = true } = change;
  return {
    id,
    enabled,
    settings: {
      channel: { timezone: 'Europe/Rome' },
      orders: { import: { mode, interval_minutes, align_to_clock: true } },
    },
  };
}

const describeSchedule = (id: string) => temporal.client.schedule.getHandle(id).describe();

describe('the schedules of a channel', () => {
  it("an hourly import is on the hour of the channel's time zone, one at a time", async () => {
    await ensureChannelSchedules(temporal.client, channel('hourly'));
    const found = await describeSchedule('import:hourly');
    expect(found.spec.timezone).toBe('Europe/Rome');
    expect(found.spec.calendars?.[0]).toMatchObject({
      minute: [{ start: 0, end: 0 }],
      hour: [{ start: 0, end: 23 }],
    });
    expect(found.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 3_600_000 });
    expect(found.action).toMatchObject({
      workflowType: 'importOrders',
      taskQueue: 'waybill',
      args: [{ channelId: 'hourly' }],
    });
    expect(found.state.paused).toBe(false);
    // Twenty-four times a day, never once: `hour` would default to midnight.
    const [first, second] = found.info.nextActionTimes;
    expect((second?.getTime() ?? 0) - (first?.getTime() ?? 0)).toBe(3_600_000);
  });

  it('a change of the interval changes the schedule and leaves a pause of a person alone', async () => {
    await ensureChannelSchedules(temporal.client, channel('changing'));
    await temporal.client.schedule.getHandle('import:changing').pause('maintenance');
    await ensureChannelSchedules(temporal.client, channel('changing', { interval_minutes: 15 }));
    const found = await describeSchedule('import:changing');
    expect(found.spec.calendars?.[0]?.minute).toEqual([{ start: 0, end: 59, step: 15 }]);
    expect(found.state).toMatchObject({ paused: true, note: 'maintenance' });
  });

  it('of a manual or disabled channel rest, and go on when it does', async () => {
    await ensureChannelSchedules(temporal.client, channel('resting', { mode: 'manual' }));
    expect((await describeSchedule('import:resting')).state.paused).toBe(true);
    await ensureChannelSchedules(temporal.client, channel('resting'));
    expect((await describeSchedule('import:resting')).state.paused).toBe(false);
    await ensureChannelSchedules(temporal.client, channel('resting', { enabled: false }));
    expect((await describeSchedule('import:resting')).state.paused).toBe(true);
  });

  it('go with the channel, and going twice is no error', async () => {
    await ensureChannelSchedules(temporal.client, channel('leaving'));
    await removeChannelSchedules(temporal.client, 'leaving');
    await removeChannelSchedules(temporal.client, 'leaving');
    await expect(describeSchedule('import:leaving')).rejects.toThrow();
  });

  it('the sweep runs every five minutes', async () => {
    await ensureSweepSchedule(temporal.client);
    await ensureSweepSchedule(temporal.client);
    expect((await describeSchedule('sweep')).spec.intervals?.[0]).toMatchObject({ every: 300_000 });
  });
});
