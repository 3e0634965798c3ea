// What happened to a store from outside: requests by route, writes in order, mails to shoppers. Only records.

/** One request that reached the API; status 0 when the connection was cut without an answer. */
export interface RequestRecord {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** One write through the API that took effect, whether or not its answer arrived. */
export interface WriteRecord {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly effect: string;
}

/** One e-mail the store sent to a shopper. */
export interface MailRecord {
  readonly at: string;
  readonly orderId: number;
  readonly kind: 'shipment' | 'status';
  readonly statusId?: number;
  readonly hasTracking: boolean;
}

export interface RequestCounts {
  readonly total: number;
  /** By `METHOD /path/{template}`. */
  readonly byRoute: Record<string, number>;
  /** Most requests in any sliding window of 30 s (or of the store's own window). */
  readonly maxInAnyWindow: number;
  readonly list: RequestRecord[];
}

export interface MailCounts {
  readonly total: number;
  readonly byOrder: Record<string, number>;
  readonly list: MailRecord[];
}

/** Requests that are kept one by one; older ones are only counted. */
const REQUEST_LIST_MAX = 2_000;

/** The record of one store. */
export class StoreLedger {
  readonly writes: WriteRecord[] = [];
  #requests: RequestRecord[] = [];
  #mails: MailRecord[] = [];
  #byRoute = new Map<string, number>();
  #arrivals: number[] = [];
  #total = 0;
  #maxInAnyWindow = 0;

  /** Counts an arrival at real time `nowMs` for the sliding window of `windowMs`. */
  arrived(nowMs: number, windowMs: number): void {
    this.#total += 1;
    this.#arrivals.push(nowMs);
    let first = 0;
    while ((this.#arrivals[first] ?? nowMs) <= nowMs - windowMs) first += 1;
    if (first > 0) this.#arrivals.splice(0, first);
    this.#maxInAnyWindow = Math.max(this.#maxInAnyWindow, this.#arrivals.length);
  }

  /** Keeps what became of a request. */
  answered(route: string, record: RequestRecord): void {
    this.#byRoute.set(route, (this.#byRoute.get(route) ?? 0) + 1);
    this.#requests.push(record);
    if (this.#requests.length > REQUEST_LIST_MAX * 2)
      this.#requests = this.#requests.slice(-REQUEST_LIST_MAX);
  }

  mailed(mail: MailRecord): void {
    this.#mails.push(mail);
  }

  requests(): RequestCounts {
    return {
      total: this.#total,
      byRoute: Object.fromEntries(this.#byRoute),
      maxInAnyWindow: this.#maxInAnyWindow,
      list: this.#requests.slice(-REQUEST_LIST_MAX),
    };
  }

  /** Forgets counted requests; writes and mails stay. */
  resetRequests(): void {
    this.#requests = [];
    this.#byRoute.clear();
    this.#arrivals = [];
    this.#total = 0;
    this.#maxInAnyWindow = 0;
  }

  mails(): MailCounts {
    const byOrder: Record<string, number> = {};
    for (const mail of this.#mails) byOrder[mail.orderId] = (byOrder[mail.orderId] ?? 0) + 1;
    return { total: this.#mails.length, byOrder, list: [...this.#mails] };
  }
}
