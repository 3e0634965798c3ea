// Reading query strings as the API does: pages, whole numbers, lists. Refuses what the real API refuses, no more.
import { Refusal, invalidField, v2Error, v3Error } from './answers.ts';

/** Page sizes of V2 and V3 lists (bigcommerce-api.md section 3.2). */
export const PAGE_SIZE_DEFAULT = 50;
export const PAGE_SIZE_MAX = 250;

export interface PageRequest {
  readonly page: number;
  readonly limit: number;
  readonly offset: number;
}

/** A whole number of a V2 query; undefined when absent. Throws a V2 400 for anything else. */
export function v2Integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw new Refusal(invalidField(name));
  return Number(text);
}

/** `page` and `limit` of a V2 list; 413 above 250 a page. */
export function v2Page(query: URLSearchParams): PageRequest {
  const page = v2Integer(query, 'page') ?? 1;
  const limit = v2Integer(query, 'limit') ?? PAGE_SIZE_DEFAULT;
  if (page < 1) throw new Refusal(invalidField('page'));
  if (limit < 1) throw new Refusal(invalidField('limit'));
  if (limit > PAGE_SIZE_MAX)
    throw new Refusal(v2Error(413, `The limit may not be greater than ${PAGE_SIZE_MAX}.`));
  return { page, limit, offset: (page - 1) * limit };
}

/** `page` and `limit` of a V3 list; 413 above `max`. */
export function v3Page(query: URLSearchParams, max = PAGE_SIZE_MAX): PageRequest {
  const read = (name: string, fallback: number): number => {
    const text = query.get(name);
    if (text === null || text === '') return fallback;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1)
      throw new Refusal(v3Error(422, `The ${name} is not valid.`, { [name]: 'not valid' }));
    return value;
  };
  const page = read('page', 1);
  const limit = read('limit', PAGE_SIZE_DEFAULT);
  if (limit > max) throw new Refusal(v3Error(413, `The limit may not be greater than ${max}.`));
  return { page, limit, offset: (page - 1) * limit };
}

/** A comma-separated list of whole numbers (`id:in`); undefined when absent, 422 when unreadable. */
export function v3Integers(query: URLSearchParams, name: string): Set<number> | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const values = text.split(',').map(Number);
  if (values.some((value) => !Number.isInteger(value))) {
    throw new Refusal(
      v3Error(422, `The filter ${name} is not valid.`, { [name]: 'must be a list of whole numbers' }),
    );
  }
  return new Set(values);
}

/** A comma-separated list of texts; undefined when absent. */
export function v3Texts(query: URLSearchParams, name: string): Set<string> | undefined {
  const text = query.get(name);
  return text === null || text === '' ? undefined : new Set(text.split(','));
}

/** The part of a list that a page shows, with the pagination block of V3 answers. */
export function v3List<T>(
  rows: readonly T[],
  request: PageRequest,
): { data: T[]; meta: { pagination: Record<string, unknown> } } {
  const data = rows.slice(request.offset, request.offset + request.limit);
  const totalPages = Math.max(1, Math.ceil(rows.length / request.limit));
  const address = (page: number): string => `?page=${page}&limit=${request.limit}`;
  const links: Record<string, string> = { current: address(request.page) };
  if (request.page > 1) links['previous'] = address(request.page - 1);
  if (request.page < totalPages) links['next'] = address(request.page + 1);
  return {
    data,
    meta: {
      pagination: {
        total: rows.length,
        count: data.length,
        per_page: request.limit,
        current_page: request.page,
        total_pages: totalPages,
        links,
      },
    },
  };
}
