/**
 * Single members as they come over the wire: lenient where stores are known to vary. The schemas of the families are
 * made of these; no conversion here (`wire-values.ts`).
 */
import { z } from 'zod';

/**
 * A value that comes in one of several shapes, as one question: an order has fifty of them, and a union asks each shape
 * by itself and keeps what each says.
 */
const shapes = <T>(fits: (value: unknown) => boolean): z.ZodType<T, T> =>
  z.custom<T>(fits, { error: 'none of the known shapes' });
const orNull = (fits: (value: unknown) => boolean) => (value: unknown) => value === null || fits(value);

const ID_TEXT = /^\d{1,15}$/;
const QUANTITY_TEXT = /^\d{1,9}$/;
const MONEY_TEXT = /^-?\d{1,15}(\.\d{1,10})?$/;
const MONEY_MAX = 1e15;
const isId = (value: unknown): boolean =>
  typeof value === 'number' ? isCount(value) : typeof value === 'string' && ID_TEXT.test(value);
const isQuantity = (value: unknown): boolean =>
  typeof value === 'number' ? isCount(value) : typeof value === 'string' && QUANTITY_TEXT.test(value);
const isMoney = (value: unknown): boolean =>
  typeof value === 'number'
    ? value >= -MONEY_MAX && value <= MONEY_MAX
    : typeof value === 'string' && MONEY_TEXT.test(value);
const isLooseText = (value: unknown): boolean =>
  typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Numbers that some answers write as text. */
export const id = shapes<string | number>(isId);
export const optionalId = shapes<string | number | null>(orNull(isId)).optional();
export const quantity = shapes<string | number>(isQuantity);
export const optionalQuantity = shapes<string | number | null>(orNull(isQuantity)).optional();
export const text = z.string().nullish();
/** "Decimal strings with four places, but numbers in consignments and in some examples" (section 3.2). */
export const money = shapes<string | number>(isMoney);
export const optionalMoney = shapes<string | number | null>(
  orNull((value) => value === '' || isMoney(value)),
).optional();
const rfc2822 = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:[+-]\d{4}|GMT|UTC)$/;
const iso8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})$/;
/** RFC 2822 in answers (section 3.2); ISO 8601 with an offset is taken too, because V3 writes that. */
export const date = z
  .string()
  .refine((value) => rfc2822.test(value) || iso8601.test(value), { error: 'not a date with an offset' });
/** Amounts of V3, and measures: numbers, now and then as text; null where a variant inherits or nothing is set. */
export const optionalNumber = z
  .union([z.number().min(-1e15).max(1e15), z.string().regex(/^-?\d{0,15}(\.\d{1,10})?$/)])
  .nullish();
export const flag = z.boolean().nullish();
/** Texts that now and then come as numbers (postal codes, phones, provider ids). */
export const looseText = shapes<string | number | null>(orNull(isLooseText)).optional();
/**
 * Members with open-ended names, such as headers. Names are the answer's, so a problem inside must not be named by its
 * path: values are taken unread and picked by {@link textsOf}.
 */
export const textRecord = z.record(z.string(), z.unknown()).nullish();

/** The members that are texts or numbers, as text; others, and empty ones, are left out. */
export function textsOf(record: Record<string, unknown> | null | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record ?? {}).flatMap(([name, value]) =>
      (typeof value === 'string' && value !== '') || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );
}
