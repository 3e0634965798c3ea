// Seeded faults: rules decide for each request whether and how the store misbehaves. They never change the store itself.
import { SeededRandom } from './random.ts';

/**
 * Kinds of misbehavior. Without effect on the store: `429`, `429-no-headers`, `500`, `503`, `401`, `403`, `cut-before`,
 * and `status`, which answers any other status with the store's kind of error body (a redirect points elsewhere).
 * After the effect: `cut-after` and `504-after` (effect happened, answer lost), `late-answer` (it comes `latencyMs`
 * after the effect), `wrong-json`, `truncated-json`, `html`,
 * `empty-200`, `wrong-encoding`, `huge` (answer damaged). `no-filters` leaves the filters of a query out. `latency` delays and lets later rules decide.
 */
export const FAULT_KINDS = [
  'latency',
  '429',
  '429-no-headers',
  '500',
  '503',
  '401',
  '403',
  'status',
  'cut-before',
  'cut-after',
  '504-after',
  'late-answer',
  'wrong-json',
  'truncated-json',
  'html',
  'empty-200',
  'wrong-encoding',
  'huge',
  'no-filters',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultRule {
  /** Which requests; `path` is a regular expression over path and query behind `/stores/{hash}`. */
  readonly match?: { readonly method?: string; readonly path?: string };
  readonly fault: FaultKind;
  /** What `status` answers; default 400. */
  readonly status?: number;
  /** Share of the matching requests, 0 to 1; default 1. */
  readonly probability?: number;
  /** Ends after so many hits; default never. */
  readonly times?: number;
  /** Matching requests let through first; default 0. */
  readonly skip?: number;
  /** Delay of `latency`, of any other fault before it strikes, or of a `late-answer`. */
  readonly latencyMs?: number;
  /** What `429` says in `X-Rate-Limit-Time-Reset-Ms`; default 1000. */
  readonly resetMs?: number;
}

interface ArmedRule {
  readonly rule: FaultRule;
  readonly path: RegExp | null;
  seen: number;
  hits: number;
}

/** What one request suffers. */
export interface Misfortune {
  readonly latencyMs: number;
  readonly fault: Exclude<FaultKind, 'latency'> | null;
  readonly resetMs: number;
  readonly status: number;
}

/** Wait that a made-up 429 asks for, in milliseconds: short, so that tests need not sit out a real window. */
const RESET_MS_DEFAULT = 1_000;
const STATUS_DEFAULT = 400;

const NONE: Misfortune = { latencyMs: 0, fault: null, resetMs: RESET_MS_DEFAULT, status: STATUS_DEFAULT };

/** The faults of one store. */
export class FaultPlan {
  #rules: ArmedRule[] = [];
  #random: SeededRandom;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
  }

  /** Replaces all rules and starts their randomness anew. Throws `SyntaxError` for an unreadable path expression. */
  replace(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({
      rule,
      path: rule.match?.path === undefined ? null : new RegExp(rule.match.path),
      seen: 0,
      hits: 0,
    }));
    this.#random = new SeededRandom(this.#seed);
  }

  /** The rules with how often each matched and struck. */
  list(): (FaultRule & { seen: number; hits: number })[] {
    return this.#rules.map(({ rule, seen, hits }) => ({ ...rule, seen, hits }));
  }

  /** Decides about one request. Delays add up; the first other fault that strikes ends the search. */
  next(method: string, path: string): Misfortune {
    if (this.#rules.length === 0) return NONE;
    let latencyMs = 0;
    for (const armed of this.#rules) {
      const { rule } = armed;
      if (rule.match?.method !== undefined && rule.match.method.toUpperCase() !== method) continue;
      if (armed.path !== null && !armed.path.test(path)) continue;
      armed.seen += 1;
      if (armed.seen <= (rule.skip ?? 0) || armed.hits >= (rule.times ?? Infinity)) continue;
      if (rule.probability !== undefined && this.#random.next() >= rule.probability) continue;
      armed.hits += 1;
      latencyMs += rule.latencyMs ?? 0;
      if (rule.fault !== 'latency')
        return {
          ...NONE,
          latencyMs,
          fault: rule.fault,
          resetMs: rule.resetMs ?? RESET_MS_DEFAULT,
          status: rule.status ?? STATUS_DEFAULT,
        };
    }
    return { ...NONE, latencyMs };
  }
}
