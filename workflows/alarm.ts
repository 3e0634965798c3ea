/**
 * One timer beside a workflow's loop. It is re-armed by the remainder when its time has moved later, and set anew only
 * when its time has moved earlier, so that news costs no events.
 */
import { condition, isCancellation } from '@temporalio/workflow';

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
      await condition(() => at() !== null);
      const armedFor = at() ?? Infinity;
      const movedEarlier = await condition(() => (at() ?? Infinity) < armedFor, waitUntil(armedFor), {
        summary,
      });
      const due = at();
      if (movedEarlier || due === null || due > Date.now()) continue;
      ring();
      await condition(() => at() !== due);
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

function waitUntil(time: number): number {
  return Math.max(SHORTEST_WAIT_MS, time - Date.now());
}
