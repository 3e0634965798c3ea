/**
 * Counts what comes in as deliveries: for the machines that watch by metrics, for the operator who asks why nothing
 * arrives by rows per channel. A count that cannot be written delays and changes no answer.
 */
import { Counter } from 'prom-client';
import { countRefusal, REPEATED } from '../../db/delivery-refusals.ts';
import type { RouteParts } from './route-parts.ts';
import type { RefusalReason } from './signatures/verdict.ts';

export interface CountedDelivery {
  channelId: string;
  /** The provider, or {@link OWN_ENVELOPE}. */
  source: string;
  outcome: 'new' | 'repeated' | 'nothing';
  /** Whose words are not understood, and how many of them. */
  unknown: { of: string; words: number };
}

export interface DeliveryCounts {
  accepted(delivery: CountedDelivery): void;
  /** `channelId` null: of a channel that there is not. */
  refused(refusal: {
    channelId: string | null;
    source: string;
    reason: RefusalReason | 'unreadable' | 'channel';
  }): Promise<void>;
  /** Writes what is counted and has no row yet. May be repeated. */
  stop(): Promise<void>;
}

/** The source of what comes in our own envelope. */
export const OWN_ENVELOPE = 'events';
/** A flood of repeats costs one row update in this time, and a process that dies forgets no more than it counted in it. */
const REPEATS_WRITTEN_EVERY_MS = 1_000;

export function createDeliveryCounts(
  parts: Pick<RouteParts, 'db' | 'metrics' | 'logger' | 'clock'>,
): DeliveryCounts {
  const { db, metrics, logger, clock } = parts;
  const accepted = new Counter({
    name: 'waybill_carrier_deliveries_total',
    help: 'Deliveries of carrier events that were proved and stored, or stored already, by what they brought.',
    labelNames: ['provider', 'outcome'],
    registers: [metrics.registry],
  });
  const unknown = new Counter({
    name: 'waybill_carrier_unknown_words_total',
    help: 'Statements of providers that are not understood: kept and shown, they move nothing.',
    labelNames: ['provider'],
    registers: [metrics.registry],
  });
  const refused = new Counter({
    name: 'waybill_carrier_deliveries_refused_total',
    help: 'Deliveries of carrier events that were not believed or could not be read, by reason.',
    labelNames: ['provider', 'reason'],
    registers: [metrics.registry],
  });
  const write = async (row: {
    channelId: string;
    source: string;
    reason: string;
    count: number;
  }): Promise<void> => {
    try {
      await countRefusal(db, { ...row, now: clock().toISOString() });
    } catch (error) {
      const { channelId, source, reason } = row;
      logger.warn({ err: error, channelId, source, reason }, 'a delivery without effect was not counted');
    }
  };

  /** Repeats that have no row yet, by channel and source. */
  let repeats = new Map<string, { channelId: string; source: string; count: number }>();
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  const writeRepeats = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const rows = [...repeats.values()];
    repeats = new Map();
    writing = writing.then(async () => {
      for (const row of rows) await write({ ...row, reason: REPEATED });
    });
    return writing;
  };
  const repeated = (channelId: string, source: string): void => {
    const key = `${channelId}\n${source}`;
    repeats.set(key, { channelId, source, count: (repeats.get(key)?.count ?? 0) + 1 });
    timer ??= setTimeout(() => void writeRepeats(), REPEATS_WRITTEN_EVERY_MS);
  };

  return {
    accepted: ({ channelId, source, outcome, unknown: { of, words } }) => {
      accepted.inc({ provider: source, outcome });
      if (outcome === 'new' && words > 0) unknown.inc({ provider: of }, words);
      if (outcome === 'repeated') repeated(channelId, source);
    },
    refused: async ({ channelId, source, reason }) => {
      refused.inc({ provider: source, reason });
      if (channelId !== null) await write({ channelId, source, reason, count: 1 });
    },
    stop: writeRepeats,
  };
}
