/**
 * Is an order paid on delivery, by which rule, and how much is to be collected (capabilities Q-21…Q-25)? Pure. Names
 * match as a whole; what is only similar is named and never matched.
 */
import { decimalOf, decimalUnits } from './decimal.ts';
import type { DecimalText, Order } from './order.ts';

export interface CodRules {
  /** Gateways of transactions, such as `cod`. */
  gatewayCodes: readonly string[];
  /** Display names of payment methods, which merchants rename and translate. */
  paymentMethods: readonly string[];
  /** The merchant's own texts of order statuses. */
  statusLabels: readonly string[];
  /** Of the store's closed list (capabilities F-6). */
  paymentStatuses: readonly string[];
}

/** What of an order the rules look at. */
export type CodFacts = Pick<
  Order,
  'paymentMethod' | 'statusLabel' | 'paymentStatus' | 'payments' | 'refunds' | 'totalIncTax'
> & { totals: Pick<Order['totals'], 'storeCredit' | 'giftCertificates'> };

export interface CodVerdict {
  isCod: boolean;
  /** The rule that matched, or why an order that matches has nothing to collect; null where nothing matches. */
  codReason: string | null;
  codAmount: DecimalText | null;
}

export interface CodJudge {
  judge(order: CodFacts): CodVerdict;
  /** Names in the order that look like one that is listed, as sentences for people; empty for most orders. */
  similar(order: Pick<Order, 'paymentMethod' | 'statusLabel'>): string[];
  /** True: only the order's transactions can tell, because no name does and it is not paid yet. */
  asksTransactions(order: CodFacts): boolean;
}

/** Prepares the rules once for many orders. */
export function codJudge(rules: CodRules): CodJudge {
  const methods = namesOf(rules.paymentMethods);
  const labels = namesOf(rules.statusLabels);
  const statuses = namesOf(rules.paymentStatuses);
  const gateways = namesOf(rules.gatewayCodes);
  const nearMethods = remembered((name) => nearest(name, methods));
  const nearLabels = remembered((name) => nearest(name, labels));

  const matched = (order: CodFacts): string | null => {
    const method = methods.get(comparable(order.paymentMethod));
    if (method !== undefined) return `payment method "${method}"`;
    const label = labels.get(comparable(order.statusLabel));
    if (label !== undefined) return `order status label "${label}"`;
    const status = statuses.get(comparable(order.paymentStatus));
    if (status !== undefined) return `payment status "${status}"`;
    for (const payment of order.payments ?? []) {
      const gateway = gateways.get(comparable(payment.gateway));
      if (gateway !== undefined) return `gateway "${gateway}"`;
    }
    return null;
  };

  return {
    judge: (order) => {
      const rule = matched(order);
      if (rule === null) return { isCod: false, codReason: null, codAmount: null };
      const rest = leftToCollect(order);
      return rest > 0n
        ? { isCod: true, codReason: rule, codAmount: decimalOf(rest) }
        : {
            isCod: false,
            codReason: `${rule}, but nothing is left to collect: store credit, gift certificates and refunds cover the total`,
            codAmount: null,
          };
    },
    similar: (order) => {
      const found: string[] = [];
      const method = nearMethods(comparable(order.paymentMethod));
      if (method !== null)
        found.push(
          `payment method "${order.paymentMethod}" is similar to "${method}" (orders.import.cod.payment_methods), not matched`,
        );
      const label = nearLabels(comparable(order.statusLabel));
      if (label !== null)
        found.push(
          `status label "${order.statusLabel}" is similar to "${label}" (orders.import.cod.status_labels), not matched`,
        );
      return found;
    },
    asksTransactions: (order) =>
      gateways.size > 0 &&
      order.payments === null &&
      order.paymentMethod.trim() !== '' &&
      UNPAID.has(comparable(order.paymentStatus)) &&
      matched(order) === null,
  };
}

/** Payment statuses of an order from which nobody has been asked for money yet (capabilities F-6). */
const UNPAID: ReadonlySet<string> = new Set(['', 'pending']);

/** Total less store credit, gift certificates and refunds (capabilities Q-25), ten-thousandths; may be negative. */
function leftToCollect(order: CodFacts): bigint {
  const refunded = (order.refunds ?? []).reduce((sum, refund) => sum + decimalUnits(refund.amount), 0n);
  return (
    decimalUnits(order.totalIncTax) -
    decimalUnits(order.totals.storeCredit) -
    decimalUnits(order.totals.giftCertificates) -
    refunded
  );
}

/** How names are compared: Unicode form, case and blanks do not count (capabilities Q-22). */
export function comparable(name: string): string {
  if (name === '') return name;
  return name.normalize('NFKC').replaceAll(/\s+/g, ' ').trim().toLowerCase();
}

/** Normalized → as it was listed; empty names match nothing. */
function namesOf(listed: readonly string[]): Map<string, string> {
  return new Map(
    listed.map((name): [string, string] => [comparable(name), name]).filter(([name]) => name !== ''),
  );
}

/** Stores use a handful of names for thousands of orders. */
function remembered(find: (name: string) => string | null): (name: string) => string | null {
  const known = new Map<string, string | null>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const found = find(name);
    if (known.size < REMEMBERED_MAX) known.set(name, found);
    return found;
  };
}

/** Names are free text: a store that writes a new one for each order must not fill the memory. */
const REMEMBERED_MAX = 1_000;
/** Two letters off is a slip of the pen; in short names it is another word. */
const SLIPS_MAX = 2;
const SLIPS_FROM_LENGTH = 6;
/** Longer texts are no names. */
const NAME_LENGTH_MAX = 120;

/** The listed name that this one contains, is part of, or misses by two letters; null for a match or none. */
function nearest(name: string, listed: ReadonlyMap<string, string>): string | null {
  if (name === '' || name.length > NAME_LENGTH_MAX || listed.has(name)) return null;
  for (const [known, asListed] of listed) {
    if (hasWords(name, known) || hasWords(known, name)) return asListed;
    const long = Math.min(known.length, name.length) >= SLIPS_FROM_LENGTH;
    if (long && Math.abs(known.length - name.length) <= SLIPS_MAX && distance(name, known) <= SLIPS_MAX)
      return asListed;
  }
  return null;
}

function hasWords(text: string, words: string): boolean {
  return ` ${text} `.includes(` ${words} `);
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
