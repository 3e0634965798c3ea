/**
 * Tells a channel's hint import that hints wait: once for a burst, after its orders have settled. Whatever fails here
 * is found by the sweep; nothing is lost by giving up, and nobody waits for it.
 */
import type { Logger } from '../../runtime/logger.ts';
import { wakeHints } from '../orders.ts';
import { HINT_SETTLES_MS } from '../store-webhooks.ts';
import type { TemporalLink } from './temporal-link.ts';

export interface HintWaker {
  /** Never throws and never waits. */
  wake(channelId: string): void;
  /** Forgets what waits and resolves when what is on its way has ended; takes nothing more. */
  stop(): Promise<void>;
}

const SIGNAL_DEADLINE_MS = 5_000;
/** The hints are due by then, whatever the timer's grain. */
const AFTER_DUE_MS = 50;

export function createHintWaker({ temporal, logger }: { temporal: TemporalLink; logger: Logger }): HintWaker {
  /** Channels whose signal waits; true where a hint came after the timer was set and will be due later than it. */
  const later = new Map<string, boolean>();
  const timers = new Set<NodeJS.Timeout>();
  const signals = new Set<Promise<void>>();
  let stopped = false;

  async function tell(channelId: string): Promise<void> {
    const connected = temporal.current();
    if (connected === null) return;
    const { connection, client } = connected;
    await connection.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () => wakeHints(client, channelId));
  }

  function arm(channelId: string): void {
    later.set(channelId, false);
    const timer = setTimeout(() => {
      timers.delete(timer);
      const again = later.get(channelId) === true;
      later.delete(channelId);
      if (again) arm(channelId);
      const signal: Promise<void> = tell(channelId)
        .catch((error: unknown) =>
          logger.warn({ err: error, channelId }, 'hints not announced yet; the sweep will'),
        )
        .then(() => void signals.delete(signal));
      signals.add(signal);
    }, HINT_SETTLES_MS + AFTER_DUE_MS);
    timers.add(timer);
  }

  return {
    wake: (channelId) => {
      if (stopped) return;
      if (later.has(channelId)) later.set(channelId, true);
      else arm(channelId);
    },
    stop: async () => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      later.clear();
      await Promise.all(signals);
    },
  };
}
