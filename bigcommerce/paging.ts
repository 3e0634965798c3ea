/**
 * How long lists may be and when they are at their end. The numbers are the API's; that a page is short is believed
 * only where no silent cap could have cut it (bigcommerce-api.md, Traps 3, 6 and 7: "trust length, not limit").
 */

/** The API takes no more on one page (bigcommerce-api.md section 3.2); above it V2 answers 413. */
export const LIST_PAGE_SIZE_MAX = 250;

/**
 * Ids in one `…:in` filter. The API names no limit, but addresses beyond some 8 kB are cut by gateways; 250 ids of ten
 * digits and their encoded commas stay below 3.5 kB and fill one page.
 */
export const ID_FILTER_MAX = 250;

/** The page size of lists that do not honor the asked one (Traps 3 and 6: "silently capped", "trust length, not limit"). */
const SILENT_CAP = 50;

/** A page of a list, with what its reader has to know to go on. */
export interface Page<T> {
  rows: T[];
  /** False only where nothing can follow; true may still be answered by an empty page. */
  mayGoOn: boolean;
}

/** Whether more may follow a page of this length: one that is full, or one that ends where a silent cap would end it. */
export function mayGoOn(length: number, limit: number): boolean {
  return length >= limit || (length > 0 && length % SILENT_CAP === 0);
}

/** Without `limit` these lists stop at 50 without a word (Traps 3 and 7). Pages begin at 1. */
export function pageOf(page: number, filters: Record<string, string> = {}): URLSearchParams {
  return new URLSearchParams({ ...filters, limit: String(LIST_PAGE_SIZE_MAX), page: String(page) });
}

/** The value of an `…:in` filter. Throws `RangeError` for an empty list, which would mean "all", and for too many. */
export function idFilter(ids: readonly number[]): string {
  if (ids.length === 0 || ids.length > ID_FILTER_MAX)
    throw new RangeError(`A filter takes 1 to ${String(ID_FILTER_MAX)} ids, not ${String(ids.length)}.`);
  return ids.join(',');
}
