// The time the simulated stores live in: runs with the machine's clock, can be moved or frozen by the control API.
// It must not be used for quotas or latency: those are about real time.

/** A change of the clock: forward by `advanceMs`, to the instant `now`, and/or stopped (`freeze`). */
export interface ClockChange {
  readonly advanceMs?: number;
  readonly now?: string;
  readonly freeze?: boolean;
}

/** The stores' clock; all stores of one simulator share it. */
export class StoreClock {
  #offsetMs = 0;
  #frozenAtMs: number | null = null;

  /** The stores' present, in milliseconds since 1970. */
  nowMs(): number {
    return this.#frozenAtMs ?? Date.now() + this.#offsetMs;
  }

  /** The stores' present in whole seconds: the resolution of every date of the order API. */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  /** Applies a change and answers the new present as ISO 8601. Throws `RangeError` for an unreadable `now`. */
  change(change: ClockChange): string {
    const frozen = change.freeze ?? this.#frozenAtMs !== null;
    let now = this.nowMs();
    if (change.now !== undefined) {
      now = Date.parse(change.now);
      if (Number.isNaN(now)) throw new RangeError(`The clock cannot be set to "${change.now}": not a date.`);
    }
    now += change.advanceMs ?? 0;
    this.#offsetMs = now - Date.now();
    this.#frozenAtMs = frozen ? now : null;
    return new Date(now).toISOString();
  }
}

/** A second since 1970 as the order API writes dates (RFC 2822, UTC). */
export function rfc2822(seconds: number): string {
  return new Date(seconds * 1000).toUTCString().replace('GMT', '+0000');
}

/** A second since 1970 as the V3 API writes dates (ISO 8601, UTC). */
export function iso8601(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', '+00:00');
}

const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const RFC = /^([A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}(:\d{2})? ([+-]\d{4}|GMT|UT|UTC|Z)$/;

/**
 * Reads a date of a query or body: RFC 2822 or ISO 8601, UTC when it names no zone; whole seconds.
 * Answers null for anything else, which list filters then ignore silently (a double-encoded date, a lost `+`).
 */
export function parseStoreDate(text: string): number | null {
  let readable = text;
  if (ISO.test(text)) {
    const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10));
    if (text.length > 10 && !zoned) readable = `${text.replace(' ', 'T')}Z`;
  } else if (!RFC.test(text)) {
    return null;
  }
  const milliseconds = Date.parse(readable);
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}
