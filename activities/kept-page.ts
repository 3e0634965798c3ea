/**
 * A list page that is asked once: where its orders could not be read to their end, because the quota ended between the
 * page and their details, the next attempt goes on with the same answer. Otherwise a store whose quota allows one call at
 * a time would be asked for the page for ever.
 */
import type { RunShelf } from './run-shelf.ts';

export interface ListedPage {
  orders: unknown[];
  /** The store's clock. */
  storeNow: string | null;
  /** When the store answered, our clock. */
  readAt: string;
}

/** The kind under which pages are kept. */
const PAGES = 'list_page';

/** Uses the page of a query; a failure of `use` keeps it for the next attempt and is thrown on. */
export async function withPage<T>(
  shelf: RunShelf,
  query: object,
  ask: () => Promise<ListedPage>,
  use: (page: ListedPage) => Promise<T>,
): Promise<T> {
  const key = JSON.stringify(query);
  // Written below, of this very run.
  const kept = (await shelf.find(PAGES, [key])).get(key) as ListedPage | undefined;
  const page = kept ?? (await ask());
  try {
    return await use(page);
  } catch (error) {
    if (kept === undefined) await shelf.keep(PAGES, key, page);
    throw error;
  }
}
