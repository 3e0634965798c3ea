export const LIST_PAGE_SIZE_MAX = 250;
export interface ImportWindow {
  from: string | null;
  to: string | null;
}
export type ImportMode = 'first' | 'watermark' | 'range' | 'created_range' | 'ids' | 'hints';
export type ImportCursor =
  | { phase: 'window'; since: string }
  | { phase: 'second'; at: string; minId: number }
  | { phase: 'ids'; minId: number }
  | { phase: 'list'; next: number }
  | { phase: 'done' };
/** One list call, in our words; times are `YYYY-MM-DDTHH:mm:ssZ`, bounds inclusive. */
export interface ListQuery {
  sort: 'id:asc' | 'date_modified:asc';
  limit: number;
  minId?: number;
  minModified?: string;
  maxModified?: string;
  minCreated?: string;
  maxCreated?: string;
}
/** What is asked next; null when the phase is `list` (single reads) or `done`. */
export function nextQuery(input: {
  mode: ImportMode;
  cursor: ImportCursor;
  window: ImportWindow;
  limit?: number;
}): ListQuery | null {
  throw new Error(`being written ${input.mode}`);
}
/** The cursor after a page, which is given in the order of the answer. */
export function advance(input: {
  cursor: ImportCursor;
  window: ImportWindow;
  page: { orderId: number; modifiedAt: string }[];
  limit?: number;
}): ImportCursor {
  throw new Error(`being written ${input.cursor.phase}`);
}
/** The cursor of a run over given ids after `handled` more of `total` were read. */
export function advanceList(cursor: ImportCursor, handled: number, total: number): ImportCursor {
  throw new Error(`being written ${cursor.phase} ${handled} ${total}`);
}
/** The window's end by the first answer's `Date` header: less a minute, so that no second is cut in two. */
export function windowEnd(storeNow: string): string {
  throw new Error(`being written ${storeNow}`);
}
/** Fills in the window's end from the first answer, once; a window that has one is returned as it is. */
export function fixWindowEnd(window: ImportWindow, storeNow: string): ImportWindow {
  throw new Error(`being written ${window.from} ${storeNow}`);
}
export interface ImportInputFields {
  channelId: string;
  days?: number;
  orderIds?: number[];
  from?: string;
  to?: string;
  basis?: 'created' | 'modified';
  hints?: boolean;
  runId?: string;
}
/** Where a run begins: mode, window, first cursor, and whether it may move the watermark. */
export function importWindow(input: {
  request: ImportInputFields;
  /** Null: the channel never finished a first import. */
  watermark: string | null;
  /** The schedule's nominal time; null for runs by hand. */
  nominalTime: string | null;
  now: string;
}): { mode: ImportMode; window: ImportWindow; cursor: ImportCursor; movesWatermark: boolean } {
  throw new Error(`being written ${input.now}`);
}
