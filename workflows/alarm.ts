/**
 * One timer beside a workflow's loop. It is re-armed by the remainder when its time has moved later, and set anew only
 * when its time has moved earlier, so that news costs no events.
 */
import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';

/** The shortest wait. A time that has already come rings after this. */
const SHORTEST_WAIT_MS = 1000;

/**
 * Rings whenever the time that `at` gives (milliseconds, null for never) has come, and goes on until the workflow ends
 * or is cancelled. `ring` only leaves word for the loop; the alarm then rests until `at` gives another time.
 */
export async function runAlarm(alarm: {
  at: () => number | null;
  ring: () => void;
  summary: string;
}): Promise<void> {
  const { at, ring, summary } = alarm;
  try {
    for (;;) {
      if (at() === null) await condition(() => at() !== null);
      const armedFor = at() ?? Infinity;
      const timer = startTimer(waitUntil(armedFor), summary);
      await condition(() => timer.fired || (at() ?? Infinity) < armedFor);
      if (!timer.fired) timer.cancel();
      const due = at();
      if (!timer.fired || due === null || due > Date.now()) continue;
      ring();
      await condition(() => at() !== due);
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

/**
 * A timer and a condition on one flag do what `condition` with a time-out does, with half the promises: for each of them
 * the SDK takes a stack trace, which is most of what a run's beginning costs.
 */
function startTimer(ms: number, summary: string): { readonly fired: boolean; cancel(): void } {
  const scope = new CancellationScope();
  const timer = { fired: false, cancel: () => scope.cancel() };
  const fire = (): void => void (timer.fired = true);
  void scope.run(() => sleep(ms, { summary })).then(fire, () => undefined);
  return timer;
}

function waitUntil(time: number): number {
  return Math.max(SHORTEST_WAIT_MS, time - Date.now());
}
