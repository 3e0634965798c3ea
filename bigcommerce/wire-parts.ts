/**
 * Single members as they come over the wire: lenient where stores are known to vary. The schemas of the families are
 * made of these; no conversion here (`wire-values.ts`).
 */
import { z } from 'zod';

/** Numbers that some answers write as text. */
export const id = z.union([z.number().int().nonnegative(), z.string().regex(/^\d{1,15}$/)]);
export const optionalId = id.nullish();
export const quantity = z.union([z.number().int().nonnegative(), z.string().regex(/^\d{1,9}$/)]);
export const text = z.string().nullish();
/** "Decimal strings with four places, but numbers in consignments and in some examples" (section 3.2). */
export const money = z.union([
  z.string().regex(/^-?\d{1,15}(\.\d{1,10})?$/),
  z.number().min(-1e15).max(1e15),
]);
export const optionalMoney = z.union([money, z.literal('')]).nullish();
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
export const looseText = z.union([z.string(), z.number()]).nullish();
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
