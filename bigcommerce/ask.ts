/**
 * One question to a store and its answer read by a schema: the bare lists and objects of V2, the `data` envelope of V3.
 * What does not fit is an error that names the place and never the value. It knows no endpoint.
 */
import { z } from 'zod';
import { wrongShape } from './error-table.ts';
import type { StoreAnswer, StoreHttp, StoreRequest } from './http.ts';
import { filterIgnored } from './list-filter.ts';
import { shapeProblems } from './wire.ts';

/** What a filter by ids asked for: a row of another id means that the store did not apply the filter. */
export interface AskedIds<T> {
  ids: readonly number[];
  idOf: (row: T) => string | number | null | undefined;
}

/** The ways of asking that the families of calls use. Each sends one request. */
export interface StoreAsk {
  /** A V2 list, unread. 204 is the empty list (bigcommerce-api.md section 3.1). */
  rows(request: StoreRequest): Promise<{ rows: unknown[]; answer: StoreAnswer }>;
  /** A V2 object. */
  one<T>(request: StoreRequest, schema: z.ZodType<T>): Promise<T>;
  /** The `data` of a V3 answer that is one object. */
  data<T>(request: StoreRequest, schema: z.ZodType<T>): Promise<T>;
  /**
   * The `data` of a V3 list, and how many the store says there are in all (null where it does not say). An empty list
   * is 200 with `data: []`, or 204 (section 17, point 5).
   */
  dataRows<T>(
    request: StoreRequest,
    schema: z.ZodType<T>,
    asked?: AskedIds<T>,
  ): Promise<{ rows: T[]; total: number | null }>;
  /** The answer as it is. */
  raw(request: StoreRequest): Promise<StoreAnswer>;
}

const metaSchema = z.object({
  pagination: z
    .object({ total: z.number().int().nonnegative().nullish().catch(null) })
    .nullish()
    .catch(null),
});

export function createStoreAsk(http: StoreHttp): StoreAsk {
  return {
    async rows(request) {
      const answer = await http(request);
      const rows = answer.json === undefined ? [] : answer.json;
      if (!Array.isArray(rows)) throw wrongShape(answer.call, ['(whole): expected array'], answer.status);
      return { rows: rows as unknown[], answer };
    },
    async one(request, schema) {
      const answer = await http(request);
      return readBy(schema, answer.json, answer, []);
    },
    async data(request, schema) {
      const answer = await http(request);
      return readBy(schema, memberOf(answer.json, 'data'), answer, ['data']);
    },
    async dataRows(request, schema, asked) {
      const answer = await http(request);
      if (answer.json === undefined) return { rows: [], total: 0 };
      const list = memberOf(answer.json, 'data');
      if (!Array.isArray(list)) throw wrongShape(answer.call, ['data: expected array'], answer.status);
      const rows = (list as unknown[]).map((row, index) =>
        readBy(schema, row, answer, ['data', String(index)]),
      );
      const ids = new Set(asked?.ids);
      if (asked !== undefined && rows.some((row) => !ids.has(Number(asked.idOf(row)))))
        throw filterIgnored(answer.call, 'rows of ids that were not asked for');
      const meta = metaSchema.safeParse(memberOf(answer.json, 'meta'));
      return {
        rows,
        total: meta.success ? (meta.data.pagination?.total ?? null) : null,
      };
    },
    raw: http,
  };
}

/** Reads by the schema or throws `UnexpectedAnswer` with the paths of what does not fit. */
export function readBy<T>(schema: z.ZodType<T>, value: unknown, answer: StoreAnswer, at: string[]): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw wrongShape(answer.call, shapeProblems(parsed.error, at), answer.status);
  return parsed.data;
}

/**
 * The members that the schema does not name, as they came: new ones appear without notice (section 14.2), and whoever
 * keeps the record may want them. The schema must be a loose one.
 */
export function unnamedMembers(
  schema: { shape: Record<string, unknown> },
  wire: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(wire).filter(([name]) => !Object.hasOwn(schema.shape, name)));
}

function memberOf(value: unknown, name: string): unknown {
  // An object of unknown members; reading one of them is safe whatever it holds.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
