// Serialized orders by id, version and variant, so that a page of 250 is a join of strings. Bounded in size. Also the
// place where a store with stale reads shows an order as it was.
import type { Order } from './model.ts';
import { orderWire } from './wire.ts';
import type { OrderIncludes, WireContext } from './wire.ts';

interface Entry {
  readonly version: number;
  readonly variant: string;
  readonly text: string;
}

/** Characters kept at most; the oldest entries go first. About 20,000 two-line orders. */
const CACHED_CHARACTERS_MAX = 128 * 1024 * 1024;

/** Keeps the latest serialization of each order. */
export class WireCache {
  readonly #entries = new Map<number, Entry>();
  #characters = 0;

  /** The JSON text of an order as the list or a single read shows it. */
  text(order: Order, includes: OrderIncludes, context: WireContext): string {
    if (order.raw !== null) return order.raw;
    const variant = `${includes.consignments}${includes.fees ? 'f' : ''}${includes.asObject ? 'o' : ''}`;
    const known = this.#entries.get(order.id);
    const mayBeStale = order.staleUntilMs > 0 && order.staleUntilMs > performance.now();
    if (known?.variant === variant && (known.version === order.version || mayBeStale)) return known.text;
    const text = JSON.stringify(orderWire(order, includes, context));
    this.#store(order.id, { version: order.version, variant, text }, known);
    return text;
  }

  /** Forgets everything, for changes that show on all orders. */
  clear(): void {
    this.#entries.clear();
    this.#characters = 0;
  }

  #store(id: number, entry: Entry, replaced: Entry | undefined): void {
    if (replaced !== undefined) {
      this.#characters -= replaced.text.length;
      this.#entries.delete(id);
    }
    this.#entries.set(id, entry);
    this.#characters += entry.text.length;
    for (const [oldest, candidate] of this.#entries) {
      if (this.#characters <= CACHED_CHARACTERS_MAX) break;
      this.#entries.delete(oldest);
      this.#characters -= candidate.text.length;
    }
  }
}
