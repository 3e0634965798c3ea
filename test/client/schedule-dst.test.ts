// The real schedules, asked of the server for their times over both changes of the clock of a year: no hour is missing
// and none comes twice, and what does not lie on the clock keeps its distance.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureChannelSchedules, type ScheduledChannel } from '../../client/schedules.ts';
import { connectTemporal, type TemporalConnection } from '../../client/temporal.ts';
import { namespaceFor } from '../support/servers.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Days around the changes of 2027, in UTC: both lie well inside. */
const CHANGES = [
  ['Europe/Rome', 'spring', '2027-03-27T00:00:00Z', '2027-03-30T00:00:00Z'],
  ['Europe/Rome', 'autumn', '2027-10-30T00:00:00Z', '2027-11-02T00:00:00Z'],
  ['Australia/Sydney', 'autumn', '2027-04-02T00:00:00Z', '2027-04-05T00:00:00Z'],
  ['Australia/Sydney', 'spring', '2027-10-01T00:00:00Z', '2027-10-04T00:00:00Z'],
] as const;

let temporal: TemporalConnection;
beforeAll(async () => {
  temporal = await connectTemporal(await namespaceFor(import.meta.url));
});
afterAll(() => temporal.close());

async function importTimesOf(timezone: string, every: number, from: string, to: string): Promise<number[]> {
  const channel: ScheduledChannel = {
    id: `shop-${randomUUID().slice(0, 8)}`,
    enabled: true,
    settings: {
      channel: { timezone },
      orders: { import: { mode: 'automatic', interval_minutes: every, align_to_clock: true } },
    },
  };
  await ensureChannelSchedules(temporal.client, channel);
  return matchingTimes(`import:${channel.id}`, from, to);
}

async function matchingTimes(scheduleId: string, from: string, to: string): Promise<number[]> {
  // The protocol's own number type is Long, which takes plain numbers too; its declaration does not say so.
  const stamp = (iso: string) => ({ seconds: Date.parse(iso) / 1_000, nanos: 0 }) as never;
  const { startTime } = await temporal.connection.workflowService.listScheduleMatchingTimes({
    namespace: temporal.namespace,
    scheduleId,
    startTime: stamp(from),
    endTime: stamp(to),
  });
  return startTime.map(({ seconds }) => Number(seconds) * 1_000);
}

function gaps(times: readonly number[]): Set<number> {
  return new Set(times.slice(1).map((time, at) => time - (times[at] ?? 0)));
}

/** `HH:MM` on the wall there. */
function wall(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(ms);
}

describe.each(CHANGES)('in %s, when the clock changes in %s,', (timezone, season, from, to) => {
  test('an hourly import misses no hour and doubles none', async () => {
    const times = await importTimesOf(timezone, 60, from, to);
    expect(gaps(times)).toEqual(new Set([HOUR_MS]));
    expect(times.length).toBeGreaterThanOrEqual(71);
    for (const time of times) expect(time % HOUR_MS).toBe(0);
  });

  test('an import every 7 minutes keeps its distance', async () => {
    const times = await importTimesOf(timezone, 7, from, to);
    expect(gaps(times)).toEqual(new Set([7 * MINUTE_MS]));
  });

  test('a daily import comes once each day, at midnight there', async () => {
    const times = await importTimesOf(timezone, 1_440, from, to);
    expect(times.map((time) => wall(time, timezone))).toEqual(times.map(() => '00:00'));
    expect(times.length).toBe(3);
    // The day of the change has an hour more or less.
    for (const gap of gaps(times)) expect([23, 24, 25].map((hours) => hours * HOUR_MS)).toContain(gap);
  });

  test('every 2 hours, and every 30 minutes, is never further apart than that hour more', async () => {
    const everyTwo = await importTimesOf(timezone, 120, from, to);
    for (const gap of gaps(everyTwo)) expect(gap).toBeLessThanOrEqual(3 * HOUR_MS);
    expect(gaps(await importTimesOf(timezone, 30, from, to))).toEqual(new Set([30 * MINUTE_MS]));
  });

  test('a time of day that the change skips is left out that day, and one that it repeats comes once', async () => {
    const scheduleId = `night-${randomUUID().slice(0, 8)}`;
    await temporal.client.schedule.create({
      scheduleId,
      spec: { calendars: [{ hour: 2, minute: 30 }], timezone },
      action: { type: 'startWorkflow', workflowType: 'sweep', taskQueue: 'none' },
      state: { paused: true },
    });
    const times = await matchingTimes(scheduleId, from, to);
    for (const time of times) expect(wall(time, timezone)).toBe('02:30');
    expect(times).toHaveLength(season === 'spring' ? 2 : 3);
  });
});
