// The kinds of orders the simulator can make up: ordinary ones and every awkward one an importer has to survive.

/** What makes a kind special; everything else is as in `plain`. */
export interface OrderKindTraits {
  readonly statusId: number;
  readonly lines:
    | 'physical'
    | 'digital'
    | 'physical+digital'
    | 'gift'
    | 'sixty'
    | 'zero-weight'
    | 'custom'
    | 'bundle'
    | 'options';
  readonly addresses: number;
  readonly payment: 'card' | 'cod' | 'bank' | 'none';
  readonly paymentStatus: string;
  readonly extra?:
    | 'pickup'
    | 'guest'
    | 'foreign-currency'
    | 'unicode'
    | 'part-refund'
    | 'full-refund'
    | 'shipped'
    | 'part-shipped'
    | 'archived'
    | 'coupon'
    | 'fee'
    | 'pickup-point'
    | 'marketplace'
    | 'bare-address'
    | 'hidden-lines';
}

const paid = { addresses: 1, payment: 'card', paymentStatus: 'captured', lines: 'physical' } as const;
const unpaid = { addresses: 1, payment: 'none', paymentStatus: '', lines: 'physical' } as const;

/** All kinds by name. `plain` and `physical` are the same. */
export const ORDER_KINDS = {
  plain: { ...paid, statusId: 11 },
  physical: { ...paid, statusId: 11 },
  digital: { ...paid, statusId: 10, lines: 'digital', addresses: 0 },
  mixed: { ...paid, statusId: 11, lines: 'physical+digital' },
  two_addresses: { ...paid, statusId: 11, addresses: 2 },
  store_pickup: { ...paid, statusId: 11, addresses: 0, extra: 'pickup' },
  cod: { ...paid, statusId: 7, payment: 'cod', paymentStatus: '' },
  zero_weight: { ...paid, statusId: 11, lines: 'zero-weight' },
  sixty_lines: { ...paid, statusId: 11, lines: 'sixty' },
  guest: { ...paid, statusId: 11, extra: 'guest' },
  foreign_currency: { ...paid, statusId: 11, extra: 'foreign-currency' },
  unicode: { ...paid, statusId: 11, extra: 'unicode' },
  partially_refunded: { ...paid, statusId: 14, paymentStatus: 'partially refunded', extra: 'part-refund' },
  refunded: { ...paid, statusId: 4, paymentStatus: 'refunded', extra: 'full-refund' },
  gift_certificate: { ...paid, statusId: 10, lines: 'gift', addresses: 0 },
  incomplete: { ...unpaid, statusId: 0 },
  pending: { ...unpaid, statusId: 1 },
  awaiting_payment: { ...paid, statusId: 7, payment: 'bank', paymentStatus: 'pending' },
  shipped_by_person: { ...paid, statusId: 2, extra: 'shipped' },
  partially_shipped: { ...paid, statusId: 3, extra: 'part-shipped' },
  awaiting_shipment: { ...paid, statusId: 9 },
  awaiting_pickup: { ...paid, statusId: 8, addresses: 0, extra: 'pickup' },
  completed: { ...paid, statusId: 10, extra: 'shipped' },
  cancelled: { ...paid, statusId: 5, paymentStatus: 'void' },
  declined: { ...unpaid, statusId: 6, paymentStatus: 'declined' },
  verification: { ...paid, statusId: 12, paymentStatus: 'held for review' },
  disputed: { ...paid, statusId: 13 },
  archived: { ...paid, statusId: 11, extra: 'archived' },
  coupon: { ...paid, statusId: 11, extra: 'coupon' },
  fee: { ...paid, statusId: 11, extra: 'fee' },
  pickup_point: { ...paid, statusId: 11, extra: 'pickup-point' },
  custom_line: { ...paid, statusId: 11, lines: 'custom' },
  bundle: { ...paid, statusId: 11, lines: 'bundle' },
  options: { ...paid, statusId: 11, lines: 'options' },
  marketplace: { ...paid, statusId: 11, extra: 'marketplace' },
  hidden_lines: { ...paid, statusId: 11, extra: 'hidden-lines' },
  bare_address: { ...paid, statusId: 11, extra: 'bare-address' },
} as const satisfies Record<string, OrderKindTraits>;

export type OrderKind = keyof typeof ORDER_KINDS;

/** Names of all kinds, in the order in which `mixed` seeding cycles over them. */
export const ORDER_KIND_NAMES: readonly OrderKind[] = Object.keys(ORDER_KINDS).filter(
  (name): name is OrderKind => name in ORDER_KINDS && name !== 'physical',
);

/** The traits of a kind by name; undefined for a name that is none. */
export function orderKind(name: string): OrderKindTraits | undefined {
  // An own-property check makes the lookup by an unchecked name safe.
  return Object.hasOwn(ORDER_KINDS, name) ? ORDER_KINDS[name as OrderKind] : undefined;
}
