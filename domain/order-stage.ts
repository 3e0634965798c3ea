import type { OrderDecision, OrderFacts, Stage, StageCounts } from './facts.ts';
export function isEndStage(stage: Stage): boolean {
  return stage === 'delivered' || stage === 'cancelled' || stage === 'returned';
}
/** What is true of the order now, from everything that is known of it. Pure; may be repeated. */
export function decideOrder(facts: OrderFacts): OrderDecision {
  throw new Error(`being written ${facts.order.orderId}`);
}
/** One phrase for people, such as `2 of 3 shipped`. */
export function describeProgress(counts: StageCounts, stage: Stage): string {
  throw new Error(`being written ${stage} ${counts.needed}`);
}
