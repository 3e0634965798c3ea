/**
 * Orders read one by one, for runs over given ids and for hints. One that fails is set aside and does not hide the
 * others; a store that fails altogether ends the attempt, and what was read before is stored first.
 */
import { StoreError } from '../bigcommerce/errors.ts';
import { readOrder } from '../bigcommerce/translate.ts';
import type { OrderRead, SliceRow } from '../db/store-orders.ts';
import type { OrderDetails } from '../domain/import-order.ts';
import type { Order } from '../domain/order.ts';
import type { ActivityDeps } from './deps.ts';
import { neededDetails } from './needed-details.ts';
import { readAllLines } from './order-lines.ts';
import { needsAnyDetails, orderRow, type RowRules } from './order-rows.ts';
import type { RunShelf } from './run-shelf.ts';
import type { StoreSession } from './store-calls.ts';

/** From this attempt on a read that fails although the store answers others is the order's own fault. */
const BLAMED_FROM_ATTEMPT = 3;

export interface AskedOrder {
  orderId: number;
  hint?: NonNullable<OrderRead['hint']>;
}

export interface SingleReads {
  session: StoreSession;
  asked: readonly AskedOrder[];
  rules: RowRules;
  attempt: number;
  shelf: RunShelf;
}

type Deps = Pick<ActivityDeps, 'db' | 'clock' | 'logger'>;
/** What became of one: a row, or an order that its details may still be asked for. */
type Read = { row: SliceRow } | { order: Order; readAt: string };

/**
 * Reads the asked orders in their sequence, at least one of them or throws; answers rows for those it came to. Stops
 * early, keeping what it has, where the quota ends or the store fails.
 */
export async function readSingleOrders(deps: Deps, input: SingleReads): Promise<SliceRow[]> {
  input.session.purse.expect(input.asked.length);
  const reads: Read[] = [];
  for (const asked of input.asked) {
    try {
      reads.push(await readOne(deps, input, asked));
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'BigCommerceAuth') throw error;
      const ownFault =
        error.code !== 'BigCommerceRateLimited' && (reads.length > 0 || input.attempt >= BLAMED_FROM_ATTEMPT);
      if (ownFault) reads.push({ row: { kind: 'unreadable', orderId: asked.orderId, error: error.message } });
      else if (reads.length === 0) throw error;
      // Whether the store or the order is to blame shows with the next slice; this one keeps what it has.
      break;
    }
  }
  return rowsOf(deps, input, reads);
}

async function rowsOf(deps: Deps, input: SingleReads, reads: readonly Read[]): Promise<SliceRow[]> {
  const { rules } = input;
  const orders = reads.flatMap((read) => ('order' in read ? [read.order] : []));
  const details = await detailsOf(deps, input, orders);
  const rows: SliceRow[] = [];
  let reached = 0;
  for (const [at, read] of reads.entries()) {
    const { hint } = input.asked[at] ?? {};
    const fromHint = hint === undefined ? {} : { hint };
    if ('row' in read) {
      rows.push({ ...read.row, ...fromHint });
      continue;
    }
    if (details !== null && reached >= details.length) break;
    const own = details?.[reached];
    const { order, readAt } = read;
    rows.push({ ...orderRow({ order, details: own, rules, readAt, now: deps.clock() }), ...fromHint });
    reached += 1;
  }
  return rows;
}

/** Null: no order needs any. */
async function detailsOf(
  deps: Deps,
  input: SingleReads,
  orders: readonly Order[],
): Promise<OrderDetails[] | null> {
  const { session, rules, shelf } = input;
  if (!orders.some((order) => needsAnyDetails(order, rules))) return null;
  session.purse.expect(orders.length);
  const ask = { client: session.client, shelf, rules, logger: deps.logger, mayCall: () => true };
  return neededDetails(deps.db, { ...ask, channelId: session.channel.id, now: deps.clock() }, orders);
}

async function readOne(deps: Deps, input: SingleReads, asked: AskedOrder): Promise<Read> {
  const { session } = input;
  const { orderId } = asked;
  const answer = await askOnce(deps, input, asked);
  if (answer === null) return { row: { kind: 'missing', orderId } };
  const { raw, readAt } = answer;
  const context = { storeHash: session.channel.storeHash };
  let read = readOrder(raw, context);
  if (read.ok && read.linesIncomplete) {
    const lines = await readAllLines(session.client, read.order, input.shelf, () => true);
    if (lines.kind !== 'lines') {
      const error = lines.kind === 'unreadable' ? lines.problem : 'its lines need too many calls';
      return { row: { kind: 'unreadable', orderId, error } };
    }
    read = readOrder(raw, { ...context, lines: lines.lines });
  }
  return read.ok
    ? { order: read.order, readAt }
    : { row: { kind: 'unreadable', orderId, error: read.problem } };
}

interface KeptAnswer {
  raw: unknown;
  readAt: string;
}

/** The kind under which answers are kept that need more calls before they can be stored. */
const ORDERS = 'orders';

/**
 * The store's answer, asked once in a run: one that needs more calls is kept with the time at which it was read, so that
 * a quota that ends between the calls costs none of them twice. Null: there is no such order.
 */
async function askOnce(deps: Deps, input: SingleReads, asked: AskedOrder): Promise<KeptAnswer | null> {
  const { session, rules, shelf } = input;
  const { orderId } = asked;
  const key = `${String(orderId)}#${String(asked.hint?.generation ?? 0)}`;
  // Written below, of this very run.
  const kept = (await shelf.find(ORDERS, [key])).get(key) as KeptAnswer | undefined;
  if (kept !== undefined) return kept;
  let raw: unknown;
  try {
    raw = (await session.client.getOrder(orderId)).order;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'BigCommerceNotFound') return null;
    throw error;
  }
  const answer = { raw, readAt: deps.clock() };
  const read = readOrder(raw, { storeHash: session.channel.storeHash });
  if (read.ok && (read.linesIncomplete || needsAnyDetails(read.order, rules)))
    await shelf.keep(ORDERS, key, answer);
  return answer;
}
