/**
 * How an import walks through the store's orders: pure paging rules. They promise that no order is missed although
 * pages are cut inside a second and orders change meanwhile; they must not call the store or read the clock.
 *
 * By modification, a page begins at the second where the last one ended, so that second is read again; only when a
 * page ends in the very second it began with is that second read by id. By id, a page begins after the last id.
 * Offsets (`page=2`) are never used: they drift while orders are being modified (bigcommerce-api.md, Traps 3).
 */
import { DAY_MS, HOUR_MS, instantMs, isoSecond, MINUTE_MS, parseDay, SECOND_MS } from './instants.ts';
import { localDay, startOfDay } from './time-zone.ts';

/** The store's maximum (bigcommerce-api.md section 3.2). */
export const LIST_PAGE_SIZE_MAX = 250;
/** Each run reads this much again: the store's index may lag behind its writes. */
export const WATERMARK_OVERLAP_MS = 15 * MINUTE_MS;
/** The window ends this long before the store's own clock, so that no second is cut in two (design section 7). */
export const WINDOW_END_MARGIN_MS = MINUTE_MS;
/** A scheduled run whose nominal time is older is a catch-up: it reads its own hour and moves no watermark. */
export const NOMINAL_STALE_AFTER_MS = 2 * HOUR_MS;
const NOMINAL_SPAN_MS = HOUR_MS;

export interface ImportWindow {
  /** Both inclusive, `YYYY-MM-DDTHH:mm:ssZ`. */
  from: string | null;
  /** Null until the first answer's `Date` header fixes it. */
  to: string | null;
}

/** `range` and `created_range` are asked by hand; `watermark` is the poll. */
export type ImportMode = 'first' | 'watermark' | 'range' | 'created_range' | 'ids' | 'hints';

/**
 * Where a run stands. `window`: pages by modification from `since`. `second`: every order of one full second, by id.
 * `ids`: orders by id from `minId`. `list`: given ids in ascending order, of which `next` are read; `after` is the last of
 * them.
 */
export type ImportCursor =
  | { phase: 'window'; since: string }
  | { phase: 'second'; at: string; minId: number }
  | { phase: 'ids'; minId: number }
  | { phase: 'list'; next: number; after?: number }
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

/** What is asked next; null when there is nothing to list (`list` reads single orders, `done` is done). */
export function nextQuery(input: {
  mode: ImportMode;
  cursor: ImportCursor;
  window: ImportWindow;
  limit?: number;
}): ListQuery | null {
  const { mode, cursor, window, limit = LIST_PAGE_SIZE_MAX } = input;
  switch (cursor.phase) {
    case 'window':
      return {
        sort: 'date_modified:asc',
        limit,
        minModified: cursor.since,
        ...(window.to === null ? {} : { maxModified: window.to }),
      };
    case 'second':
      return { sort: 'id:asc', limit, minId: cursor.minId, minModified: cursor.at, maxModified: cursor.at };
    case 'ids':
      return {
        sort: 'id:asc',
        limit,
        minId: cursor.minId,
        ...(mode === 'created_range' && window.from !== null ? { minCreated: window.from } : {}),
        ...(mode === 'created_range' && window.to !== null ? { maxCreated: window.to } : {}),
      };
    case 'list':
    case 'done':
      return null;
  }
}

/**
 * The cursor after a page, which is given in the order of the answer and whole, unreadable orders included. `window`
 * with its end fixed by the first answer at the latest. May be repeated with the same page.
 */
export function advance(input: {
  cursor: ImportCursor;
  window: ImportWindow;
  page: readonly { orderId: number; modifiedAt: string }[];
  limit?: number;
}): ImportCursor {
  const { cursor, window, page, limit = LIST_PAGE_SIZE_MAX } = input;
  const last = page.at(-1);
  const full = page.length >= limit;
  switch (cursor.phase) {
    case 'window': {
      if (!full || last === undefined) return { phase: 'done' };
      const until = secondOf(last.modifiedAt);
      if (until > instantMs(cursor.since)) return windowFrom(until, window);
      // The page ends in the second it began with: more orders may share it than a page holds.
      return { phase: 'second', at: isoSecond(until), minId: 1 };
    }
    case 'second':
      if (full && last !== undefined) return { ...cursor, minId: last.orderId + 1 };
      return windowFrom(instantMs(cursor.at) + SECOND_MS, window);
    case 'ids':
      return full && last !== undefined ? { phase: 'ids', minId: last.orderId + 1 } : { phase: 'done' };
    case 'list':
    case 'done':
      return cursor;
  }
}

function secondOf(iso: string): number {
  return Math.floor(instantMs(iso) / SECOND_MS) * SECOND_MS;
}

function windowFrom(sinceMs: number, window: ImportWindow): ImportCursor {
  if (window.to !== null && sinceMs > instantMs(window.to)) return { phase: 'done' };
  return { phase: 'window', since: isoSecond(sinceMs) };
}

/** The cursor of a run over `total` given ids after `handled` more were read, up to the id `after`. */
export function advanceList(
  cursor: ImportCursor,
  handled: number,
  total: number,
  after?: number,
): ImportCursor {
  if (cursor.phase !== 'list') return cursor;
  const next = cursor.next + handled;
  if (next >= total) return { phase: 'done' };
  return after === undefined ? { phase: 'list', next } : { phase: 'list', next, after };
}

/** The window's end by the store's clock (an answer's `Date`), less the margin. */
export function windowEnd(storeNow: string): string {
  return isoSecond(instantMs(storeNow) - WINDOW_END_MARGIN_MS);
}

/** Fills in the window's end from the first answer, once; a window that has one is returned as it is. */
export function fixWindowEnd(window: ImportWindow, storeNow: string): ImportWindow {
  return window.to === null ? { ...window, to: windowEnd(storeNow) } : window;
}

/** What a person or a schedule asks for; the shape of the workflow's input. */
export interface ImportInputFields {
  channelId: string;
  days?: number;
  orderIds?: number[];
  from?: string;
  to?: string;
  basis?: 'created' | 'modified';
  /** A stored list of order numbers. */
  list?: string;
  /** Named orders come in whatever their status is. */
  includeExcluded?: boolean;
  /** The id of a run that failed or was cancelled: this one goes on from where it stood. */
  resume?: string;
  hints?: boolean;
  runId?: string;
}

export interface ImportStart {
  mode: ImportMode;
  window: ImportWindow;
  cursor: ImportCursor;
  /** True only for runs that begin at the watermark (or make the first one): `finishImport` moves it to `window.to`. */
  movesWatermark: boolean;
}

/**
 * Where a run begins. Days without a time are whole days of the channel's time zone, and `days` reaches back to the
 * midnight that many days ago (capabilities S-31). Without a watermark the first run reads every order
 * by id; afterwards runs begin at the watermark less the overlap; a stale nominal time reads its own hour only.
 */
export function importWindow(input: {
  /** As `parseImportInput` accepted it. */
  request: ImportInputFields;
  /** Null: the channel never finished a first import. */
  watermark: string | null;
  /** The schedule's nominal time; null for runs by hand. */
  nominalTime: string | null;
  /** Our clock. */
  now: string;
  /** IANA name; default UTC. */
  timeZone?: string;
}): ImportStart {
  const { request, watermark, nominalTime, now, timeZone = 'UTC' } = input;
  const unbounded: ImportWindow = { from: null, to: null };
  if (request.hints === true)
    return { mode: 'hints', window: unbounded, cursor: { phase: 'done' }, movesWatermark: false };
  if (request.orderIds !== undefined || request.list !== undefined) {
    return { mode: 'ids', window: unbounded, cursor: { phase: 'list', next: 0 }, movesWatermark: false };
  }
  const asked = askedWindow(request, now, timeZone);
  if (asked !== null) {
    if (request.basis === 'created') {
      return {
        mode: 'created_range',
        window: asked,
        cursor: { phase: 'ids', minId: 1 },
        movesWatermark: false,
      };
    }
    return { mode: 'range', window: asked, cursor: startOf(asked), movesWatermark: false };
  }
  if (watermark === null) {
    return { mode: 'first', window: unbounded, cursor: { phase: 'ids', minId: 1 }, movesWatermark: true };
  }
  if (nominalTime !== null && instantMs(now) - instantMs(nominalTime) > NOMINAL_STALE_AFTER_MS) {
    const nominalMs = instantMs(nominalTime);
    const window = {
      from: isoSecond(nominalMs - NOMINAL_SPAN_MS - WATERMARK_OVERLAP_MS),
      to: isoSecond(nominalMs),
    };
    return { mode: 'range', window, cursor: startOf(window), movesWatermark: false };
  }
  const window = { from: isoSecond(instantMs(watermark) - WATERMARK_OVERLAP_MS), to: null };
  return { mode: 'watermark', window, cursor: startOf(window), movesWatermark: true };
}

/** The store began after this; a window without a beginning starts here. */
const EPOCH = '2000-01-01T00:00:00Z';

function startOf(window: ImportWindow): ImportCursor {
  return { phase: 'window', since: window.from ?? EPOCH };
}

function askedWindow(request: ImportInputFields, now: string, timeZone: string): ImportWindow | null {
  if (request.days !== undefined) {
    const today = localDay(instantMs(now), timeZone);
    return { from: isoSecond(startOfDay(today - request.days * DAY_MS, timeZone)), to: null };
  }
  if (request.from === undefined && request.to === undefined) return null;
  return {
    from: request.from === undefined ? null : firstSecond(request.from, timeZone),
    to: request.to === undefined ? null : lastSecond(request.to, timeZone),
  };
}

function firstSecond(text: string, timeZone: string): string {
  const day = parseDay(text);
  return isoSecond(day === null ? instantMs(text) : startOfDay(day, timeZone));
}

function lastSecond(text: string, timeZone: string): string {
  const day = parseDay(text);
  return isoSecond(day === null ? instantMs(text) : startOfDay(day + DAY_MS, timeZone) - SECOND_MS);
}
