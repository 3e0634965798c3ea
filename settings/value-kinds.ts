/** Kinds of values that several settings share: status ids, addresses, lists without repeats. It must hold no default. */
import { z } from 'zod';
import { NEVER_WRITTEN_STATUSES } from '../domain/store-status.ts';

export const statusId = z.int().min(0).max(14);
export const statusIds = distinct(statusId, 15);
export const positiveId = z.int().positive();

/** 4, 5 and 14 move no money and would only look as if (capabilities F-20). */
export const targetStatus = statusId.refine((id) => !NEVER_WRITTEN_STATUSES.includes(id), {
  error: 'statuses 4, 5 and 14 are never written: they would only look as if money had moved',
});

/** A list in which nothing stands twice. */
export function distinct<Item extends z.ZodType>(item: Item, lengthMax: number) {
  return z
    .array(item)
    .max(lengthMax)
    .refine((items) => new Set(items.map((entry) => JSON.stringify(entry))).size === items.length, {
      error: 'expected every entry once',
    });
}

/** A word or a sentence of people, without blanks around it. */
export function words(lengthMax: number) {
  return z.string().trim().min(1).max(lengthMax);
}

const HTTPS_ORIGIN = /^https:\/\/[a-z0-9.-]+(:\d{1,5})?$/i;
/** For the simulated store; the process must allow it as well (`WAYBILL_ALLOW_LOOPBACK_STORES`). */
const LOOPBACK_ORIGIN = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/** Where an API is: an origin. A slash at its end is taken off; a path is refused, because it is not part of it. */
export const apiOrigin = z
  .string()
  .trim()
  .overwrite((url) => url.replace(/\/+$/, ''))
  .refine((url) => HTTPS_ORIGIN.test(url) || LOOPBACK_ORIGIN.test(url), {
    error: 'expected https://host without a path (http only for a loopback address)',
  });

/** An address that a browser is sent to. */
export const httpsUrl = z
  .string()
  .trim()
  .max(500)
  .refine((url) => url.startsWith('https://') && URL.canParse(url) && new URL(url).username === '', {
    error: 'expected an https address without a user name in it',
  });
