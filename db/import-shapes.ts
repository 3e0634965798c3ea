/** Documents of an import run: what it counted, what it reads, where it stands. Types only. */

/** Conservation: `seen = created + updated + unchanged + rejected(by reason) + set_aside(by reason)`. */
export interface ImportCounts {
  seen: number;
  created: number;
  updated: number;
  unchanged: number;
  rejected: Record<string, number>;
  setAside: Record<string, number>;
  opened: number;
  apiCalls: number;
}

export interface ImportWindow {
  from: string | null;
  to: string | null;
}

/**
 * Where the run stands. `window`: pages by modification from `since`. `second`: every order of one full second, by id.
 * `ids`: all orders by id from `minId`. `list`: given ids, `next` is an index into the run's input.
 */
export type ImportCursor =
  | { phase: 'window'; since: string }
  | { phase: 'second'; at: string; minId: number }
  | { phase: 'ids'; minId: number }
  | { phase: 'list'; next: number; after?: number }
  | { phase: 'done' };
