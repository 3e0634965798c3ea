/**
 * What a settling tells the lifecycle of an order, in the lifecycle's own words. Pure: rows come in, an answer goes out;
 * whoever read the rows answers for them.
 */
import type { Attention, Shipment, Stage, StageCounts } from '../domain/facts.ts';
import { DAY_MS } from '../domain/instants.ts';
import { describeProgress } from '../domain/order-stage.ts';
import { nextDue } from '../domain/write-back-plan.ts';
import type { WriteBackKind } from '../domain/write-back-types.ts';
import type { ChannelSettings } from '../settings/channel-settings.ts';
import type { LedgerRow } from './known-facts.ts';
import { describeSettled, reasonInHistory, stepInWords, type DetailsInput } from './order-details.ts';
import type { OrderRow } from './order-row.ts';

/** The shape of `Settled` in `workflows/contract.ts`, which this room may not import. */
export interface SettledOrder {
  known: boolean;
  stage: Stage | null;
  counts: StageCounts | null;
  progress: string;
  attention: Attention | null;
  attentionReason: string | null;
  paused: boolean;
  due: { writeBackId: string; kind: WriteBackKind; summary: string; retryAt: string | null } | null;
  dueAt: string | null;
  done: boolean;
  lastNewsAt: string;
  staleAfterMs: number;
  closeAfterMs: number;
  details: string;
}

/** For orders whose channel's settings cannot be asked: the defaults of capabilities section 8. */
const STALE_AFTER_DAYS_DEFAULT = 30;
const CLOSE_AFTER_DAYS_DEFAULT = 90;

/** How long an order may be silent before a person is asked, and before it is closed. */
export interface WatchdogLimits {
  staleAfterMs: number;
  closeAfterMs: number;
}

/** By the channel's settings; null where they cannot be asked. */
export function watchdogLimits(settings: ChannelSettings | null): WatchdogLimits {
  return {
    staleAfterMs: (settings?.lifecycle.stale_after_days ?? STALE_AFTER_DAYS_DEFAULT) * DAY_MS,
    closeAfterMs: (settings?.lifecycle.close_after_days ?? CLOSE_AFTER_DAYS_DEFAULT) * DAY_MS,
  };
}

interface Outcome {
  row: OrderRow;
  shipments: readonly Shipment[];
  ledger: readonly LedgerRow[];
  writes: DetailsInput['writes'];
  limits: WatchdogLimits;
  now: string;
}

/** `row` and `ledger` as they are once everything of this settling is written; `shipments` as they were decided. */
export function settledAs({ row, shipments, ledger, writes, limits, now }: Outcome): SettledOrder {
  const progress = row.counts === null || row.stage === null ? '' : describeProgress(row.counts, row.stage);
  // A row that is sent under another channel of the store bars ours, but only its own channel settles it.
  const next = writes !== 'yes' || row.paused ? { due: null, dueAt: null } : nextDue(ledger, now);
  const due = next.due?.channelId === row.channelId ? next.due : null;
  const done = row.lifecycleState !== 'open';
  return {
    known: true,
    stage: row.stage,
    counts: row.counts,
    progress,
    attention: row.attention,
    attentionReason: reasonInHistory(row.attentionReason, shipments),
    paused: row.paused,
    due:
      due === null || done
        ? null
        : {
            writeBackId: due.id,
            kind: due.kind,
            summary: stepInWords(due.body),
            retryAt: due.retryAt ?? null,
          },
    dueAt: done ? null : next.dueAt,
    done,
    lastNewsAt: row.lastNewsAt,
    ...limits,
    details: describeSettled({
      row,
      progress,
      shipments,
      ledger,
      writes,
      dueId: due?.id ?? null,
      dueAt: next.dueAt,
    }),
  };
}
