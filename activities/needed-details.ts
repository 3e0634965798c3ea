/**
 * Which orders of a page are worth detail calls: those that are known here, and those that some rule may admit. The
 * others are only counted, and a store must not be asked about what nobody keeps.
 */
import { knownOrderIds } from '../db/orders.ts';
import type { Database } from '../db/database.ts';
import { gate } from '../domain/gate.ts';
import { completeOrder, NO_DETAILS, type OrderDetails } from '../domain/import-order.ts';
import type { Order } from '../domain/order.ts';
import { detailsOfOrders, type DetailAsk } from './order-details.ts';
import type { RowRules } from './order-rows.ts';

/** Details for the orders in their sequence, as far as the budget reaches; {@link NO_DETAILS} where none are needed. */
export async function neededDetails(
  db: Database,
  ask: DetailAsk & { channelId: string; now: string },
  orders: readonly Order[],
): Promise<OrderDetails[]> {
  const undecided = orders.filter((order) => !mayBeAdmitted(order, ask.rules, ask.now));
  const known =
    undecided.length === 0
      ? new Set<number>()
      : await knownOrderIds(db, {
          channelId: ask.channelId,
          orderIds: undecided.map((order) => order.orderId),
        });
  const kept = new Set(orders.filter((order) => !undecided.includes(order) || known.has(order.orderId)));
  const asked = orders.filter((order) => kept.has(order));
  const details = await detailsOfOrders(ask, asked);
  const found = new Map(asked.slice(0, details.length).map((order, at) => [order, details[at]]));
  const inSequence: OrderDetails[] = [];
  for (const order of orders) {
    const own = kept.has(order) ? found.get(order) : NO_DETAILS;
    if (own === undefined) break;
    inSequence.push(own);
  }
  return inSequence;
}

/** True where the gate admits the order as it is, or as cash on delivery, which only its payments may tell. */
function mayBeAdmitted(order: Order, rules: RowRules, now: string): boolean {
  const read = completeOrder(order, rules.order);
  const admits = (one: Order): boolean => {
    const verdict = gate(one, rules.gate, now, true);
    return verdict.admitted || verdict.kind === 'held';
  };
  return admits(read) || (rules.order.cod.asksTransactions(read) && admits({ ...read, isCod: true }));
}
