/**
 * Orders read one by one, for runs over given ids and for hints. One that fails is set aside and does not hide the
 * others; a store that fails altogether ends the attempt, and what was read before is stored first.
 */
import { StoreError } from '../bigcommerce/errors.ts';
import { readOrder } from '../bigcommerce/translate.ts';
import type { OrderRead, SliceRow } from '../db/store-orders.ts';
import type { ActivityDeps } from './deps.ts';
import { readAllLines, type PageShelf } from './order-lines.ts';
import { orderRow, type RowRules } from './order-rows.ts';
import type { StoreSession } from './store-calls.ts';

/** From this attempt on a read that fails although the store answers others is the order's own fault. */
const BLAMED_FROM_ATTEMPT = 3;

export interface AskedOrder {
  orderId: number;
  hint?: NonNullable<OrderRead['hint']>;
}

/**
 * Reads the asked orders in their sequence, at least one of them or throws; answers rows for those it came to. Stops
 * early, keeping what it has, where the quota ends or the store fails.
 */
export async function readSingleOrders(
  deps: Pick<ActivityDeps, 'clock'>,
  input: {
    session: StoreSession;
    asked: readonly AskedOrder[];
    rules: RowRules;
    attempt: number;
    shelf: PageShelf;
  },
): Promise<SliceRow[]> {
  const rows: SliceRow[] = [];
  input.session.purse.expect(input.asked.length);
  for (const asked of input.asked) {
    try {
      rows.push({
        ...(await readOne(deps, input, asked)),
        ...(asked.hint === undefined ? {} : { hint: asked.hint }),
      });
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'BigCommerceAuth') throw error;
      const ownFault =
        error.code !== 'BigCommerceRateLimited' && (rows.length > 0 || input.attempt >= BLAMED_FROM_ATTEMPT);
      if (!ownFault) {
        if (rows.length > 0) return rows;
        throw error;
      }
      rows.push({
        kind: 'unreadable',
        orderId: asked.orderId,
        error: error.message,
        ...(asked.hint === undefined ? {} : { hint: asked.hint }),
      });
      // Whether the store or the order is to blame shows with the next slice; this one keeps what it has.
      return rows;
    }
  }
  return rows;
}

async function readOne(
  deps: Pick<ActivityDeps, 'clock'>,
  input: { session: StoreSession; rules: RowRules; shelf: PageShelf },
  asked: AskedOrder,
): Promise<SliceRow> {
  const { session, rules } = input;
  const { orderId } = asked;
  let raw: unknown;
  try {
    raw = (await session.client.getOrder(orderId)).order;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'BigCommerceNotFound')
      return { kind: 'missing', orderId };
    throw error;
  }
  const readAt = deps.clock();
  const context = { storeHash: session.channel.storeHash, codPaymentMethods: rules.gate.codPaymentMethods };
  let read = readOrder(raw, context);
  if (read.ok && read.linesIncomplete) {
    const lines = await readAllLines(session.client, read.order, input.shelf, () => true);
    if (lines.kind !== 'lines') {
      return {
        kind: 'unreadable',
        orderId,
        error: lines.kind === 'unreadable' ? lines.problem : 'its lines need too many calls',
      };
    }
    read = readOrder(raw, { ...context, lines: lines.lines });
  }
  if (!read.ok) return { kind: 'unreadable', orderId, error: read.problem };
  return orderRow({ order: read.order, rules, readAt, now: deps.clock() });
}
