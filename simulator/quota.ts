// The request quota of one store, in real time: a fixed window that opens with its first request. Not the stores' clock.

export interface QuotaRule {
  readonly requests: number;
  readonly windowMs: number;
}

/** What Standard and Plus stores have (bigcommerce-api.md section 2). */
export const DEFAULT_QUOTA: QuotaRule = { requests: 150, windowMs: 30_000 };

/** Counts requests against the rule and writes the rate-limit headers. A null rule switches the limit off. */
export class StoreQuota {
  #rule: QuotaRule | null;
  #opened = 0;
  #used = 0;

  constructor(rule: QuotaRule | null) {
    this.#rule = rule;
  }

  /** Changes the rule from the next request on; the running window keeps what was used. */
  setRule(rule: QuotaRule | null): void {
    this.#rule = rule;
  }

  get rule(): QuotaRule | null {
    return this.#rule;
  }

  /** Takes `requests` from the window as another app of the store would. */
  spend(requests: number, nowMs: number): void {
    this.#roll(nowMs);
    this.#used += requests;
  }

  /** Takes one request; false when the window has none left (the answer is then 429). */
  take(nowMs: number): boolean {
    if (this.#rule === null) return true;
    this.#roll(nowMs);
    if (this.#used >= this.#rule.requests) return false;
    this.#used += 1;
    return true;
  }

  /** The four headers of bigcommerce-api.md section 2; none when the limit is off. */
  headers(nowMs: number): Record<string, string> {
    if (this.#rule === null) return {};
    this.#roll(nowMs);
    const left = Math.max(0, this.#rule.requests - this.#used);
    const resetMs =
      this.#used === 0 ? this.#rule.windowMs : Math.ceil(this.#opened + this.#rule.windowMs - nowMs);
    return {
      'X-Rate-Limit-Time-Window-Ms': String(this.#rule.windowMs),
      'X-Rate-Limit-Time-Reset-Ms': String(Math.max(1, resetMs)),
      'X-Rate-Limit-Requests-Quota': String(this.#rule.requests),
      'X-Rate-Limit-Requests-Left': String(left),
    };
  }

  #roll(nowMs: number): void {
    if (this.#used === 0 || (this.#rule !== null && nowMs - this.#opened >= this.#rule.windowMs)) {
      this.#opened = nowMs;
      this.#used = 0;
    }
  }
}
