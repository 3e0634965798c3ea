// What upstream's facts say of one parcel, read the simple way: in the order in which they happened, whenever they came.
// Part of the model; it imports nothing of the product.
export type Stage = 'imported' | 'trackable' | 'shipped' | 'delivered' | 'returned' | 'cancelled';

export type Word =
  | 'label'
  | 'manifest'
  | 'external'
  | 'picked_up'
  | 'in_transit'
  | 'exception'
  | 'unknown'
  | 'out_for_delivery'
  | 'attempt_failed'
  | 'available_for_pickup'
  | 'delivered'
  | 'returning'
  | 'returned'
  | 'void'
  // Of an order that is collected in the shop.
  | 'ready'
  | 'collected';

export type Fact = { kind: Word } | { kind: 'replace'; number: string };

/** One parcel's fact as it is told: `at` is its place in the order of events, whenever it arrives. */
export interface Told {
  /** -1: the counter of the shop. */
  parcel: number;
  at: number;
  fact: Fact;
  /** Told with the tracking number only; the order is to be found by it. */
  byNumber: boolean;
  /** Of the label that took the first one's place. */
  newLabel?: true;
  /** A scan of somebody else's parcel, which bore the number long before. */
  recycled?: true;
}

/** A fact with what the model noted when it heard it. */
export interface Heard extends Told {
  /** The new number was not told yet, so the carrier's scan bore the first one. */
  early?: boolean;
}

export interface Parcel {
  index: number;
  /** Place of its first fact; Infinity while nothing is known of it. */
  began: number;
  number: string;
  level: Stage;
  labelled: boolean;
  manifested: boolean;
  possessed: boolean;
  returned: boolean;
  returning: boolean;
  voided: boolean;
  /** In trouble: nothing better was said since. */
  troubled: boolean;
  /** It came back once and was labelled anew. */
  leftReturn: boolean;
}

const RANKS: Partial<Record<Fact['kind'], number>> = {
  label: 10,
  replace: 10,
  manifest: 25,
  external: 30,
  picked_up: 30,
  in_transit: 40,
  out_for_delivery: 50,
  attempt_failed: 50,
  available_for_pickup: 60,
  delivered: 100,
};
const TROUBLES: readonly Fact['kind'][] = ['exception', 'unknown', 'returning', 'returned'];
/** From here on the carrier has the parcel. */
const POSSESSED = 30;

/** The parcel as all that was told of it leaves it. */
export function parcelOf(index: number, told: readonly Heard[], number: string): Parcel {
  const facts = told.filter((one) => one.parcel === index).sort((a, b) => a.at - b.at);
  const parcel: Parcel = {
    ...{ index, number, began: facts[0]?.at ?? Infinity, level: 'imported' },
    ...{
      labelled: false,
      manifested: false,
      possessed: false,
      returned: false,
      returning: false,
      voided: false,
      troubled: false,
      leftReturn: false,
    },
  };
  let rank = 0;
  let sentAgain = false;
  for (const { fact, newLabel, early } of facts) {
    const { kind } = fact;
    // A label that another one took the place of, or that nobody told of, says nothing about the parcel.
    if (kind === 'void' && (newLabel === true) === (parcel.number !== number)) parcel.voided = true;
    if (kind === 'label' || kind === 'external' || kind === 'replace') {
      parcel.voided = false;
      parcel.labelled = true;
    }
    if (fact.kind === 'replace') {
      parcel.number = fact.number;
      if (parcel.returned || parcel.returning) {
        // The goods go out once more; what the old label still reports is its way back.
        parcel.leftReturn ||= parcel.returned;
        Object.assign(parcel, { returned: false, returning: false });
        rank = 0;
        sentAgain = true;
      }
    }
    if (sentAgain && early === true) continue;
    // Troubles of a label that was replaced are not the parcel's.
    if (TROUBLES.includes(kind) && early === true && parcel.number !== number) continue;
    if (kind === 'manifest') parcel.manifested = true;
    if (parcel.returned) continue;
    parcel.troubled = kind === 'exception' || (parcel.troubled && kind === 'void');
    if (kind === 'returning' || kind === 'returned') {
      parcel.returning = kind === 'returning';
      parcel.returned = kind === 'returned';
    }
    rank = Math.max(rank, RANKS[kind] ?? 0);
  }
  parcel.possessed = rank >= POSSESSED;
  // A scan proves that there is a label.
  parcel.labelled ||= rank >= 20;
  parcel.level = parcel.returned
    ? 'returned'
    : rank >= 100
      ? 'delivered'
      : parcel.possessed
        ? 'shipped'
        : rank >= 20
          ? 'trackable'
          : 'imported';
  return parcel;
}
