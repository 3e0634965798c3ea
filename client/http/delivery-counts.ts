/**
 * Counts what providers send: for the machines that watch by metrics, for the operator who asks why nothing arrives by
 * rows per channel. A count that cannot be written delays and changes no answer.
 */
import { Counter } from 'prom-client';
import { countRefusal } from '../../db/delivery-refusals.ts';
import type { RouteParts } from './route-parts.ts';
import type { RefusalReason } from './signatures/verdict.ts';

export interface DeliveryCounts {
  accepted(source: string, outcome: 'new' | 'repeated' | 'nothing', unknownWords: number): void;
  /** `channelId` null: of a channel that there is not. */
  refused(refusal: {
    channelId: string | null;
    source: string;
    reason: RefusalReason | 'unreadable' | 'channel';
  }): Promise<void>;
}

export function createDeliveryCounts(
  parts: Pick<RouteParts, 'db' | 'metrics' | 'logger' | 'clock'>,
): DeliveryCounts {
  const { db, metrics, logger, clock } = parts;
  const accepted = new Counter({
    name: 'waybill_carrier_deliveries_total',
    help: 'Deliveries of carrier events that were proved and stored, by what they brought.',
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
  return {
    accepted: (source, outcome, unknownWords) => {
      accepted.inc({ provider: source, outcome });
      if (outcome === 'new' && unknownWords > 0) unknown.inc({ provider: source }, unknownWords);
    },
    refused: async ({ channelId, source, reason }) => {
      refused.inc({ provider: source, reason });
      if (channelId === null) return;
      try {
        await countRefusal(db, { channelId, source, reason, now: clock().toISOString() });
      } catch (error) {
        logger.warn({ err: error, channelId, source, reason }, 'a refused delivery was not counted');
      }
    },
  };
}
