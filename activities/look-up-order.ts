/** Reads one order of a store and judges it by the channel's gate as if it were new, without storing anything. */
import type { LookUpOrderInput, LookUpOrderResult } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { ActivityRefusal } from './failures.ts';
import { createLookUpTrace, type LookUpTrace } from './look-up-trace.ts';
import { rowRules } from './import-slice.ts';
import { NO_SHELF } from './order-lines.ts';
import { readSingleOrders } from './single-reads.ts';
import { openStoreSession, type StoreSession } from './store-calls.ts';

/** May be repeated: it only reads. Answers ids, statuses, times and rules, never a person's data. */
export function lookUpOrder(deps: ActivityDeps, input: LookUpOrderInput): Promise<LookUpOrderResult> {
  const { channelId, orderId } = input;
  return asActivity(deps, { heartbeats: true }, async (attempt) => {
    const trace = input.trace === undefined ? null : createLookUpTrace(deps, { channelId, id: input.trace });
    const session = await openStoreSession(deps, {
      channelId,
      purpose: 'operator',
      attempt,
      ...(trace === null ? {} : { onExchange: trace.onExchange }),
    });
    try {
      return await answerOf(session, attempt.number, trace);
    } finally {
      // Also of an attempt that failed: that is when a person wants to see it.
      await trace?.keep();
    }
  });

  async function answerOf(
    session: StoreSession,
    attempt: number,
    trace: LookUpTrace | null,
  ): Promise<LookUpOrderResult> {
    const [row] = await readSingleOrders(deps, {
      session,
      asked: [{ orderId }],
      rules: rowRules(session, { mode: 'ids' }),
      attempt,
      shelf: NO_SHELF,
    });
    if (row === undefined || row.kind === 'missing') return { found: false, channelId, orderId };
    if (row.kind === 'unreadable') {
      throw new ActivityRefusal('UnexpectedAnswer', `The order cannot be read: ${row.error}`);
    }
    const { order, verdict, wantsLifecycle } = row;
    trace?.understood(row);
    const stopped = verdict.admitted ? null : verdict;
    return {
      found: true,
      channelId,
      orderId,
      statusId: order.statusId,
      storefrontId: order.storefrontId,
      archived: order.archived,
      createdAt: order.createdAt,
      modifiedAt: order.modifiedAt,
      admitted: verdict.admitted,
      rule: stopped?.rule ?? null,
      setting: stopped?.setting ?? null,
      detail: stopped?.detail ?? null,
      until: stopped?.until ?? null,
      followed: wantsLifecycle.wants,
    };
  }
}
