/**
 * Why a person should look at an order, or nothing. The first reason of design section 4 wins. It must not decide the
 * stage, and its sentences hold no customer's data.
 */
import {
  ATTENTIONS,
  END_STAGES,
  type Attention,
  type OrderFacts,
  type Shipment,
  type Stage,
  type StageCounts,
} from './facts.ts';
import { changeStands } from './change-after-label.ts';
import { isOfVoided } from './lost-shipments.ts';
import { moneyDisagreement } from './money-status.ts';
import { CLOSING_STATUSES, STORE_STATUS, storeStatusName } from './store-status.ts';
import { UNPROVEN_DELIVERY } from './parcel-state.ts';
import type { Understanding } from './shipments.ts';

/** What the sentence of a loss says, and by which it is told from other changes. */
const LOST = 'deleted in the store: `waybill resend`';

interface Known {
  facts: OrderFacts;
  understood: Understanding;
  counts: StageCounts;
  stage: Stage;
}

/** The winning reason with one sentence for people; both null when nothing is wrong. Pure; may be repeated. */
export function chooseAttention(known: Known): { attention: Attention | null; reason: string | null } {
  for (const attention of ATTENTIONS) {
    const reason = reasonFor(attention, known);
    if (reason !== null) return { attention, reason };
  }
  return { attention: null, reason: null };
}

function reasonFor(attention: Attention, known: Known): string | null {
  const { facts, understood } = known;
  switch (attention) {
    case 'auth':
      return facts.ledger.auth
        ? 'The store refuses our credentials, or they cannot be read; check the channel and rotate its token.'
        : null;
    case 'conflict':
      return conflict(known);
    case 'refused':
      return facts.ledger.refused
        ? 'The store refused a write, or took none for three days; see the write-backs, then `waybill retry`.'
        : null;
    case 'over_shipment':
      return overShipment(understood);
    case 'exception':
      return exception(known);
    case 'money':
      // Closed in the middle of shipping is told as a change, which is what has to be dealt with first.
      return isClosedMidway(known) ? null : moneyDisagreement(facts.order, facts.store.statusId);
    case 'changed':
      return changed(known);
    case 'unknown':
      return notUnderstood(understood);
    case 'stale':
      return facts.stale ? 'Nothing was heard of this order for long.' : null;
    case 'paused':
      return facts.paused ? 'A person paused the writes of this order.' : null;
  }
}

function movedUnits(counts: StageCounts): number {
  return counts.shipped + counts.delivered + counts.returned;
}

function conflict({ facts, counts, stage }: Known): string | null {
  if (facts.ledger.ask)
    return 'A write stands against a status that a person set; `waybill approve` lets it go out.';
  if (stage === 'cancelled' && movedUnits(counts) > 0) {
    return `The order is cancelled, but ${String(movedUnits(counts))} of ${String(counts.needed)} units are on their way.`;
  }
  return null;
}

function overShipment({ overShipped }: Understanding): string | null {
  const [first] = overShipped;
  if (first === undefined) return null;
  const more = overShipped.length > 1 ? ` and ${String(overShipped.length - 1)} more lines` : '';
  return `Labels claim ${String(first.quantity)} more of line ${String(first.orderProductId)}${more} than the order needs.`;
}

function exception(known: Known): string | null {
  const { understood, counts } = known;
  const troubled = understood.shipments.find((one) => isTroubled(one));
  if (troubled?.side === 'exception' && troubled.reason === UNPROVEN_DELIVERY) {
    return (
      `Parcel ${nameOf(troubled)} was reported delivered by a sender that does not sign: look it up, then ` +
      '`waybill override`, or set carriers.{provider}.trust.'
    );
  }
  if (troubled !== undefined) {
    const what = troubled.returning ? 'is on its way back' : 'met an exception';
    const why = troubled.reason === null ? '' : ` (${troubled.reason})`;
    return `Parcel ${nameOf(troubled)} ${what}${why}.`;
  }
  if (counts.returned > 0 && counts.returned < counts.needed) {
    return `${String(counts.returned)} of ${String(counts.needed)} units came back.`;
  }
  return cashTrouble(known);
}

/** Parcels that nobody paid for come back more often than others (capabilities K-27). */
function cashTrouble({ facts, understood, counts }: Known): string | null {
  if (!facts.order.isCod) return null;
  const failed = understood.shipments.find(
    (one) => !one.voided && !one.returned && one.position === 'attempt_failed',
  );
  if (failed !== undefined) {
    return `A delivery attempt of parcel ${nameOf(failed)} failed, and it is to be paid for on delivery: reach the customer before it comes back.`;
  }
  return counts.needed > 0 && counts.returned === counts.needed
    ? 'Everything of this cash-on-delivery order came back: check the stock.'
    : null;
}

function isTroubled(shipment: Shipment): boolean {
  return !shipment.voided && (shipment.returning || shipment.side === 'exception');
}

/** The store closed the order when some of its units had left, but not all. */
function isClosedMidway({ facts, counts }: Pick<Known, 'facts' | 'counts'>): boolean {
  const moved = movedUnits(counts);
  return CLOSING_STATUSES.includes(facts.store.statusId) && moved > 0 && moved < counts.needed;
}

function changed({ facts, understood, counts, stage }: Known): string | null {
  const { statusId, change, gone } = facts.store;
  const lost = (facts.store.lost ?? []).filter(
    (subjects) => !isOfVoided(subjects, understood.shipments),
  ).length;
  if (gone !== undefined && gone !== null && !END_STAGES.includes(stage))
    return `The order was ${gone} in the store, although it is not at its end.`;
  if (lost > 0 && !END_STAGES.includes(stage)) {
    const which = lost === 1 ? 'A shipment of the order was' : `${String(lost)} shipments of the order were`;
    return `${which} ${LOST} makes anew what is missed, \`waybill approve … change\` leaves it so.`;
  }
  if (change !== undefined && change !== null && changeStands(change, understood.shipments))
    return `After a label was made the store changed ${change.what}.`;
  if (statusId === STORE_STATUS.manualVerification)
    return 'The store holds the order for verification (status 12).';
  if (isClosedMidway({ facts, counts })) {
    const moved = movedUnits(counts);
    const word = storeStatusName(statusId);
    return `The store says ${word}, but ${String(moved)} of ${String(counts.needed)} units were shipped.`;
  }
  return null;
}

/** Whether the sentence of attention `changed` tells of a shipment that a person deleted. */
export function tellsOfLoss(reason: string | null): boolean {
  return reason?.includes(LOST) === true;
}

function notUnderstood({ shipments, unplaced }: Understanding): string | null {
  const recycled = shipments.find((one) => one.recycledEvents > 0);
  if (recycled !== undefined) {
    return `${String(recycled.recycledEvents)} events of ${nameOf(recycled)} are older than its label: the number was used before.`;
  }
  if (unplaced.length > 0) {
    return `${String(unplaced.length)} events name no tracking number, and the order has several parcels.`;
  }
  const odd = shipments.find((one) => !one.voided && (one.side === 'unknown' || one.side === 'expired'));
  if (odd === undefined) return null;
  return odd.side === 'expired'
    ? `Nobody tracks parcel ${nameOf(odd)} any more.`
    : `The last word about parcel ${nameOf(odd)} is not understood.`;
}

function nameOf(shipment: Shipment): string {
  return shipment.trackingNumber ?? shipment.key;
}
