/**
 * The stage machine of an order (design sections 4 and 5).
 *
 *   imported → trackable → shipped → delivered        ends: delivered, cancelled, returned
 *
 * - An order is where the least advanced of its needed units is (`unit-levels.ts`).
 * - `returned` when every unit came back; `delivered` when some did and the rest arrived.
 * - `cancelled` when the store closed it (status 4, 5, 6) before anything was shipped, or nothing is left to ship and
 *   nothing was shipped.
 * - The stage is a high-water mark: only a voided label, a later return, a re-opening or a person lower it.
 *
 * It promises the same answer for the same facts; it must not read the clock, a setting, or what Temporal remembers.
 */
import { chooseAttention } from './order-attention.ts';
import type { OrderDecision, OrderFacts, Stage, StageCounts, StageOverride } from './facts.ts';
import { END_STAGES } from './facts.ts';
import { instantMs } from './instants.ts';
import { isDigitalOnly, type Order } from './order.ts';
import { CLOSING_STATUSES, STORE_STATUS } from './store-status.ts';
import { lastOverride, understandShipments, type Understanding } from './shipments.ts';
import { countUnits, LEVELS, levelIndex, levelUnits, parcelLevel, type Level } from './unit-levels.ts';

export function isEndStage(stage: Stage): boolean {
  return END_STAGES.includes(stage);
}

/** What is true of the order now, from everything that is known of it. Pure and total; may be repeated. */
export function decideOrder(facts: OrderFacts): OrderDecision {
  const understood = understandShipments(facts.order, facts.events, facts.overrides);
  const override = lastOverride(facts.overrides);
  const derived = deriveStage(facts, understood, override);
  const stage = highWater(facts, understood, override, derived.stage);
  const { attention, reason } = chooseAttention({ facts, understood, counts: derived.counts, stage });
  return {
    stage,
    counts: derived.counts,
    attention,
    attentionReason: reason,
    shipments: understood.shipments,
  };
}

interface Derived {
  stage: Stage;
  counts: StageCounts;
}

/** The stage by the facts alone, without what was decided before. */
function deriveStage(facts: OrderFacts, understood: Understanding, override: StageOverride | null): Derived {
  const store = storeWord(facts, override);
  const units = levelUnits(facts.order, understood.shipments, {
    shippedByPerson: facts.store.shippedByPerson,
    floor: higher(store, floorOf(override)),
  });
  const counts = countUnits(units);
  return { stage: stageOf(facts, understood, override, counts), counts };
}

function stageOf(
  facts: OrderFacts,
  understood: Understanding,
  override: StageOverride | null,
  counts: StageCounts,
): Stage {
  const { order, store } = facts;
  if (isDigitalOnly(order)) return override?.stage ?? digitalStage(store.statusId);
  const moved = counts.shipped + counts.delivered + counts.returned > 0;
  // An end that a person declared holds until a later fact moves some unit.
  if (override !== null && (override.stage === 'cancelled' || override.stage === 'returned') && !moved)
    return override.stage;
  const closed = CLOSING_STATUSES.includes(store.statusId);
  if (counts.needed === 0) return nothingLeft(facts, understood);
  // A person's word about the stage is later than the store's when the store has not changed since.
  if (closed && !moved && !hides(override, order)) return 'cancelled';
  const least = LEVELS.find((level) => counts[level] > 0) ?? 'imported';
  return least;
}

function digitalStage(statusId: number): Stage {
  if (CLOSING_STATUSES.includes(statusId)) return 'cancelled';
  return statusId === STORE_STATUS.completed || statusId === STORE_STATUS.shipped ? 'delivered' : 'imported';
}

/** Every unit was refunded: delivered if any was shipped, returned if all that was shipped came back, else cancelled. */
function nothingLeft(facts: OrderFacts, understood: Understanding): Stage {
  const shipped = understood.shipments.filter(
    (one) => !one.voided && levelIndex(parcelLevel(one)) >= levelIndex('shipped'),
  );
  if (shipped.length > 0) return shipped.every((one) => one.returned) ? 'returned' : 'delivered';
  const byPerson = facts.store.shippedByPerson.some((line) => line.quantity > 0);
  const byStore = facts.order.lineItems.some((line) => line.kind === 'physical' && line.quantityShipped > 0);
  return byPerson || byStore ? 'delivered' : 'cancelled';
}

/** A status that nobody here caused: 2 counts as shipped, 10 as delivered (design section 5). */
function storeWord(facts: OrderFacts, override: StageOverride | null): Level {
  const { statusId, statusExplained } = facts.store;
  if (statusExplained || hides(override, facts.order)) return 'imported';
  if (statusId === STORE_STATUS.completed) return 'delivered';
  return statusId === STORE_STATUS.shipped ? 'shipped' : 'imported';
}

/** An override hides what the store said before it; the store's clock has whole seconds. */
function hides(override: StageOverride | null, order: Order): boolean {
  return override !== null && instantMs(order.modifiedAt) <= instantMs(override.at);
}

function floorOf(override: StageOverride | null): Level {
  const stage = override?.stage;
  return stage === 'trackable' || stage === 'shipped' || stage === 'delivered' ? stage : 'imported';
}

function higher(a: Level, b: Level): Level {
  return levelIndex(a) >= levelIndex(b) ? a : b;
}

/** The stored stage unless the derived one is further on, or one of the four reasons lowers it. */
function highWater(
  facts: OrderFacts,
  understood: Understanding,
  override: StageOverride | null,
  derived: Stage,
): Stage {
  const stored = facts.stage;
  if (stored === null || stored === derived || facts.reopened) return derived;
  if (isFurther(stored, derived)) return derived;
  if (lowers(facts, understood, override, stored)) return derived;
  return stored;
}

function isFurther(stored: Stage, derived: Stage): boolean {
  if (stored === 'cancelled') return false;
  if (derived === 'cancelled') return stored === 'imported' || stored === 'trackable';
  return levelIndex(derived) > levelIndex(stored);
}

function lowers(
  facts: OrderFacts,
  understood: Understanding,
  override: StageOverride | null,
  stored: Stage,
): boolean {
  if (override !== null && isReason(facts, override, stored)) return true;
  // An end that only a person declared gives way to what was heard later.
  if (override?.stage === stored && isEndStage(stored)) return true;
  if (stored === 'cancelled') return false;
  if (stored === 'returned' && understood.leftReturn) return true;
  // The stored stage may have rested on a voided parcel only if that parcel was at least as far.
  return understood.shipments.some((one) => one.voided && levelIndex(parcelLevel(one)) >= levelIndex(stored));
}

/** Whether the last override is why the stage would fall: nothing came after it, or without it nothing would fall. */
function isReason(facts: OrderFacts, override: StageOverride, stored: Stage): boolean {
  if (facts.events.every((event) => event.receivedAt <= override.at)) return true;
  const earlier = facts.overrides.filter((one) => one !== override);
  const without = deriveStage(
    facts,
    understandShipments(facts.order, facts.events, earlier),
    lastOverride(earlier),
  );
  return without.stage === stored || (stored !== 'cancelled' && isFurther(stored, without.stage));
}

/** One phrase for people: `2 of 3 shipped`, `3 of 3 delivered, 1 returned`. */
export function describeProgress(counts: StageCounts, stage: Stage): string {
  if (stage === 'cancelled' || counts.needed === 0) return stage;
  const of = (count: number) => `${String(count)} of ${String(counts.needed)}`;
  const returned = counts.returned > 0 ? `, ${String(counts.returned)} returned` : '';
  if (counts.returned === counts.needed) return `${of(counts.returned)} returned`;
  const arrived = counts.delivered + counts.returned;
  if (arrived === counts.needed) return `${of(counts.delivered)} delivered${returned}`;
  const gone = counts.shipped + arrived;
  if (gone > 0) {
    const delivered = counts.delivered > 0 ? `, ${String(counts.delivered)} delivered` : '';
    return `${of(gone)} shipped${delivered}${returned}`;
  }
  return counts.trackable > 0 ? `${of(counts.trackable)} trackable` : `${of(0)} shipped`;
}
