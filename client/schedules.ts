/**
 * The schedules of channels and of the sweep: the database row is the wish, the schedule its image. Made or changed
 * wherever a channel is saved and by every reconcile; a person's own pause is never undone.
 */
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptionsStartWorkflowAction,
  type ScheduleSpec,
} from '@temporalio/client';
import { checkChannelId, importScheduleId, reconcileId, SWEEP_ID, watchWebhooksId } from '../domain/ids.ts';
import { minutesOffFullHour } from '../domain/time-zone.ts';
import { WAYBILL_QUEUE, type WaybillWorkflows } from '../workflows/contract.ts';
import { CHANNEL_ID_KEY } from './temporal.ts';

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const DAY_HOURS = 24;
const DAY_MS = DAY_HOURS * HOUR_MINUTES * MINUTE_MS;
const SWEEP_EVERY_MS = 5 * MINUTE_MS;
/** A webhook that the store switched off is on again within this (capabilities K-10). */
const WEBHOOKS_EVERY_MS = 15 * MINUTE_MS;
/** Hours of the channel's own clock in which shops are quiet; the minute is spread over channels. */
const RECONCILE_HOUR = 3;
const CHECK_HOUR = 6;
/** Begins the note of a pause that is ours, so that a person's pause is told from it. */
const OUR_NOTE = 'waybill: ';

/** What of a channel decides its schedules; the parsed settings have this shape. */
export interface ScheduledChannel {
  id: string;
  enabled: boolean;
  settings: {
    channel: { timezone: string };
    orders: { import: { mode: 'automatic' | 'manual'; interval_minutes: number; align_to_clock: boolean } };
  };
}

type AnyAction =
  | ScheduleOptionsStartWorkflowAction<WaybillWorkflows['importOrders']>
  | ScheduleOptionsStartWorkflowAction<WaybillWorkflows['reconcileChannel']>
  | ScheduleOptionsStartWorkflowAction<WaybillWorkflows['checkChannel']>
  | ScheduleOptionsStartWorkflowAction<WaybillWorkflows['watchWebhooks']>
  | ScheduleOptionsStartWorkflowAction<WaybillWorkflows['sweep']>;

interface Wish {
  scheduleId: string;
  spec: ScheduleSpec;
  action: AnyAction;
  /** Missed runs are made up for this long; with a watermark one late run covers all of them. */
  catchUpMs: number;
  /** Why it must rest, or null. */
  rest: string | null;
  channelId: string | null;
}

/** Makes the schedules of a channel, or changes them to what the channel says now. May be repeated. */
export async function ensureChannelSchedules(client: Client, channel: ScheduledChannel): Promise<void> {
  for (const wish of channelWishes(channel)) await ensure(client, wish);
}

/** Removes the schedules of a channel; those that are gone are no error. Runs under way are not ended. */
export async function removeChannelSchedules(client: Client, channelId: string): Promise<void> {
  for (const idOf of [importScheduleId, reconcileId, checkChannelId, watchWebhooksId]) {
    try {
      await client.schedule.getHandle(idOf(channelId)).delete();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }
}

/** The sweep of the whole installation, every five minutes. May be repeated. */
export async function ensureSweepSchedule(client: Client): Promise<void> {
  await ensure(client, {
    scheduleId: SWEEP_ID,
    spec: { intervals: [{ every: SWEEP_EVERY_MS }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'sweep',
      workflowId: SWEEP_ID,
      taskQueue: WAYBILL_QUEUE,
      args: [{}],
      staticSummary: 'sweep of all channels',
    },
    catchUpMs: SWEEP_EVERY_MS,
    rest: null,
    channelId: null,
  });
}

/**
 * The times of a channel's import. On the clock where the interval divides the hour or the day (so 60 minutes is on
 * the hour, at whatever minute the channel was saved), otherwise, or where alignment is off, by interval with a share
 * of it that differs between channels. What divides the hour is an interval too, laid on the zone's full hours: a
 * calendar leaves out the hour that a clock shows twice (seen on a real server over the changes of 2027).
 */
export function importTimes({ id, settings }: Pick<ScheduledChannel, 'id' | 'settings'>): ScheduleSpec {
  const { interval_minutes: every, align_to_clock: aligned } = settings.orders.import;
  const timezone = settings.channel.timezone;
  const offFullHour = minutesOffFullHour(timezone);
  if (aligned && HOUR_MINUTES % every === 0 && offFullHour !== null) {
    const offset = ((every - (offFullHour % every)) % every) * MINUTE_MS;
    return { intervals: [{ every: every * MINUTE_MS, offset }], timezone };
  }
  if (aligned && HOUR_MINUTES % every === 0) {
    const minute = every === HOUR_MINUTES ? 0 : { start: 0, end: HOUR_MINUTES - 1, step: every };
    // `hour` would default to 0, which is one hour a day.
    return { calendars: [{ hour: '*', minute, comment: everyWords(every) }], timezone };
  }
  const hours = every / HOUR_MINUTES;
  if (aligned && Number.isInteger(hours) && DAY_HOURS % hours === 0) {
    const hour = hours === DAY_HOURS ? 0 : { start: 0, end: DAY_HOURS - 1, step: hours };
    return { calendars: [{ hour, minute: 0, comment: everyWords(every) }], timezone };
  }
  const offset = aligned ? 0 : Math.floor(share(id) * every) * MINUTE_MS;
  return { intervals: [{ every: every * MINUTE_MS, offset }], timezone };
}

function everyWords(minutes: number): string {
  if (minutes === HOUR_MINUTES) return 'every hour, on the hour';
  if (minutes < HOUR_MINUTES) return `every ${String(minutes)} minutes of the hour`;
  return minutes === DAY_HOURS * HOUR_MINUTES
    ? 'every day at midnight'
    : `every ${String(minutes / HOUR_MINUTES)} hours of the day`;
}

function channelWishes(channel: ScheduledChannel): Wish[] {
  const { id, settings } = channel;
  const { mode, interval_minutes: interval } = settings.orders.import;
  const timezone = settings.channel.timezone;
  const spread = Math.floor(share(id) * HOUR_MINUTES);
  const disabled = channel.enabled ? null : 'the channel is disabled';
  const common = {
    type: 'startWorkflow' as const,
    taskQueue: WAYBILL_QUEUE,
    typedSearchAttributes: [{ key: CHANNEL_ID_KEY, value: id }],
  };
  return [
    {
      scheduleId: importScheduleId(id),
      spec: importTimes(channel),
      action: {
        ...common,
        workflowType: 'importOrders',
        workflowId: importScheduleId(id),
        args: [{ channelId: id }],
        staticSummary: `import of ${id} by schedule`,
      },
      catchUpMs: interval * MINUTE_MS,
      rest: disabled ?? (mode === 'manual' ? 'orders.import.mode is manual' : null),
      channelId: id,
    },
    {
      scheduleId: reconcileId(id),
      spec: { calendars: [{ hour: RECONCILE_HOUR, minute: spread, comment: 'every night' }], timezone },
      action: {
        ...common,
        workflowType: 'reconcileChannel',
        workflowId: reconcileId(id),
        args: [{ channelId: id }],
        staticSummary: `nightly comparison of ${id} with its store`,
      },
      catchUpMs: DAY_MS,
      rest: disabled,
      channelId: id,
    },
    {
      scheduleId: checkChannelId(id),
      spec: { calendars: [{ hour: CHECK_HOUR, minute: spread, comment: 'every morning' }], timezone },
      action: {
        ...common,
        workflowType: 'checkChannel',
        workflowId: checkChannelId(id),
        args: [{ channelId: id }],
        staticSummary: `daily check of ${id}`,
      },
      catchUpMs: DAY_MS,
      // A disabled channel is checked too: the first good check after a bad one is what cures it.
      rest: null,
      channelId: id,
    },
    {
      scheduleId: watchWebhooksId(id),
      spec: { intervals: [{ every: WEBHOOKS_EVERY_MS, offset: Math.floor(share(id) * WEBHOOKS_EVERY_MS) }] },
      action: {
        ...common,
        workflowType: 'watchWebhooks',
        workflowId: watchWebhooksId(id),
        args: [{ channelId: id }],
        staticSummary: `looks after the webhooks of ${id}`,
      },
      catchUpMs: WEBHOOKS_EVERY_MS,
      // Switched off by settings it still runs: the first look then takes away what there is, the next ones cost nothing.
      rest: disabled,
      channelId: id,
    },
  ];
}

async function ensure(client: Client, wish: Wish): Promise<void> {
  // The client takes one action type at a time; the union above keeps each action's own arguments typed.
  const action = wish.action as ScheduleOptionsStartWorkflowAction<WaybillWorkflows['sweep']>;
  const policies = {
    overlap: ScheduleOverlapPolicy.SKIP,
    catchupWindow: wish.catchUpMs,
    pauseOnFailure: false,
  };
  const restNote = wish.rest === null ? null : OUR_NOTE + wish.rest;
  const attributes =
    wish.channelId === null
      ? {}
      : { typedSearchAttributes: [{ key: CHANNEL_ID_KEY, value: wish.channelId }] };
  try {
    await client.schedule.create<WaybillWorkflows['sweep']>({
      scheduleId: wish.scheduleId,
      spec: wish.spec,
      action,
      policies,
      ...attributes,
      state: restNote === null ? { paused: false } : { paused: true, note: restNote },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(wish.scheduleId).update<WaybillWorkflows['sweep']>((before) => ({
      ...attributes,
      spec: wish.spec,
      action,
      policies,
      state: nextState(before.state, restNote),
    }));
  }
}

/** A pause that a person made stays; ours comes and goes with its reason. */
function nextState(
  before: { paused: boolean; note?: string },
  restNote: string | null,
): { paused: boolean; note?: string } {
  const ours = before.note?.startsWith(OUR_NOTE) === true;
  if (before.paused && !ours) return before;
  return restNote === null ? { paused: false } : { paused: true, note: restNote };
}

/** A number from 0 to 1 that depends on the id only (FNV-1a, then mixed, or similar ids would stay neighbors). */
function share(id: string): number {
  let hash = 0x811c9dc5;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
