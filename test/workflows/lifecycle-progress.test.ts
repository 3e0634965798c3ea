import { describe, expect, test } from 'vitest';
import type { Settled } from '../../workflows/contract.ts';
import { EVENTS_PER_SETTLE_MAX, LifecycleProgress } from '../../workflows/lifecycle-progress.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.parse('2026-01-01T00:00:00.000Z');

function settled(changes: Partial<Settled> = {}): Settled {
  return {
    known: true,
    stage: 'imported',
    counts: null,
    progress: '',
    attention: null,
    attentionReason: null,
    paused: false,
    due: null,
    dueAt: null,
    done: false,
    lastNewsAt: new Date(START).toISOString(),
    staleAfterMs: 30 * DAY_MS,
    closeAfterMs: 90 * DAY_MS,
    details: '',
    ...changes,
  };
}
const step = (writeBackId: string): Settled['due'] => ({
  writeBackId,
  kind: 'set_status',
  summary: writeBackId,
});
function progress(jitter = 0): LifecycleProgress {
  return new LifecycleProgress({ channelId: 'acme', orderId: 1 }, { now: START, jitter });
}
function settle(run: LifecycleProgress, now: number, changes: Partial<Settled> = {}): void {
  const { watchdog } = run.take();
  run.learn(settled(changes), now, watchdog);
}

describe('when the watchdog rings', () => {
  test.each([0, 0.5, 1])('is within four hours after the deadline, never before it (jitter %d)', (jitter) => {
    const run = progress(jitter);
    settle(run, START);
    const late = (run.alarmAt() ?? 0) - (START + 30 * DAY_MS);
    expect(late).toBeGreaterThan(0);
    expect(late).toBeLessThanOrEqual(4 * HOUR_MS);
  });

  test('is for stale first, then for closing, then daily while the order cannot close', () => {
    const run = progress();
    settle(run, START);
    const stale = run.alarmAt() ?? 0;
    run.ring(stale);
    settle(run, stale);
    const close = run.alarmAt() ?? 0;
    expect(close).toBeGreaterThan(START + 90 * DAY_MS);
    run.ring(close);
    settle(run, close);
    expect(run.alarmAt()).toBe(close + DAY_MS);
  });

  test('is never where both limits are off, and never for a closed order', () => {
    const run = progress();
    settle(run, START, { staleAfterMs: 0, closeAfterMs: 0 });
    expect(run.alarmAt()).toBeNull();
    settle(run, START, { done: true });
    expect(run.alarmAt()).toBeNull();
  });

  test('is not moved by a wake that asked nothing', () => {
    const run = progress();
    settle(run, START);
    const before = run.alarmAt();
    settle(run, START + DAY_MS);
    expect(run.alarmAt()).toBe(before);
  });
});

describe('the step to write', () => {
  test('is none while one is on its way, while paused, and for a closed order', () => {
    const run = progress();
    settle(run, START, { due: step('a'), paused: true });
    expect(run.stepToWrite(START)).toBeNull();
    settle(run, START, { due: step('a'), done: true });
    expect(run.stepToWrite(START)).toBeNull();
    settle(run, START, { due: step('a') });
    expect(run.stepToWrite(START)).toEqual(step('a'));
    run.stepStarted({ writeBackId: 'a', kind: 'set_status', summary: 'a' });
    expect(run.stepToWrite(START)).toBeNull();
  });

  test('waits longer each time the same one comes back, at most two hours; another one does not wait', () => {
    const run = progress();
    let now = START;
    const waits: number[] = [];
    for (let tries = 0; tries < 14; tries++) {
      settle(run, now, { due: step('same') });
      if (run.stepToWrite(now) === null) {
        const at = run.alarmAt() ?? 0;
        waits.push(at - now);
        now = at;
      }
      expect(run.stepToWrite(now)).toEqual(step('same'));
      run.stepStarted({ writeBackId: 'same', kind: 'set_status', summary: 'same' });
      run.stepEnded(now);
    }
    expect(waits.slice(0, 3)).toEqual([5 * SECOND_MS, 10 * SECOND_MS, 20 * SECOND_MS]);
    expect(Math.max(...waits)).toBe(2 * HOUR_MS);
    settle(run, now, { due: step('other') });
    expect(run.stepToWrite(now)).toEqual(step('other'));
  });

  test('with a time is looked for then, and not at once again when clocks differ', () => {
    const run = progress();
    settle(run, START, { dueAt: new Date(START + 5000).toISOString() });
    expect(run.alarmAt()).toBe(START + 5000);
    settle(run, START + 5001, { dueAt: new Date(START + 5000).toISOString() });
    expect(run.alarmAt()).toBe(START + 6001);
  });
});

describe('the end', () => {
  test('comes when the row is closed and nothing waits', () => {
    const run = progress();
    expect(run.mayEnd(START)).toBe(false);
    settle(run, START, { done: true });
    expect(run.mayEnd(START)).toBe(true);
    run.pending.push({ id: 'late' });
    expect(run.mayEnd(START)).toBe(false);
  });

  test('does not come while a step is on its way or word was left', () => {
    const run = progress();
    settle(run, START, { due: step('a') });
    run.stepStarted({ writeBackId: 'a', kind: 'set_status', summary: 'a' });
    settle(run, START, { done: true });
    expect(run.mayEnd(START)).toBe(false);
    run.stepEnded(START);
    expect(run.mayEnd(START)).toBe(false);
    settle(run, START, { done: true });
    expect(run.mayEnd(START)).toBe(true);
  });
});

test('many events are settled in portions, and none is left behind', () => {
  const run = progress();
  const ids = Array.from({ length: 2 * EVENTS_PER_SETTLE_MAX + 1 }, (_, n) => `e${String(n)}`);
  run.pending.push(...ids.map((id) => ({ id })));
  const taken: string[] = [];
  for (let portions = 0; run.wake; portions++) {
    expect(portions).toBeLessThan(4);
    const { events } = run.take();
    expect(events.length).toBeLessThanOrEqual(EVENTS_PER_SETTLE_MAX);
    taken.push(...events.map((event) => event.id));
  }
  expect(taken).toEqual(ids);
});
