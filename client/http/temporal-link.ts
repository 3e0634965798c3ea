/**
 * The HTTP server's connection to Temporal, which may be away: sought in the background until found, never waited for
 * by a request.
 */
import type { Logger } from '../../runtime/logger.ts';
import type { TemporalConnection } from '../temporal.ts';

export interface TemporalLink {
  /** Null while Temporal has not been reached yet. */
  current(): TemporalConnection | null;
  /** Asks the server now, bounded. */
  check(): Promise<'ok' | 'away'>;
  stop(): Promise<void>;
}

/** Pauses between two attempts grow from the first to the second. */
const ATTEMPT_PAUSE_MS = { first: 500, longest: 15_000 } as const;
/** Readiness answers within a second also when Temporal hangs. */
const CHECK_DEADLINE_MS = 800;

/** Begins to seek at once. `connect` opens a new connection each time it is called; the link closes what it got. */
export function createTemporalLink(connect: () => Promise<TemporalConnection>, logger: Logger): TemporalLink {
  let connection: TemporalConnection | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let attempt: Promise<void> = seek(ATTEMPT_PAUSE_MS.first);

  async function seek(pauseMs: number): Promise<void> {
    try {
      const found = await connect();
      if (stopped) await found.close();
      else connection = found;
    } catch (error) {
      logger.warn({ err: error }, 'Temporal is away; events are accepted and lifecycles are told later');
      if (stopped) return;
      timer = setTimeout(() => {
        attempt = seek(Math.min(pauseMs * 2, ATTEMPT_PAUSE_MS.longest));
      }, pauseMs);
    }
  }

  return {
    current: () => connection,
    check: async () => {
      if (connection === null) return 'away';
      const { connection: channel } = connection;
      try {
        await channel.withDeadline(Date.now() + CHECK_DEADLINE_MS, () =>
          channel.workflowService.getSystemInfo({}),
        );
        return 'ok';
      } catch {
        return 'away';
      }
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await attempt;
      await connection?.close();
      connection = null;
    },
  };
}
