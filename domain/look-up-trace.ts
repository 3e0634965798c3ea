/**
 * What a person is shown of one look-up in debug mode: what was asked, what the store answered, what was made of it. It
 * holds a customer's data and no secret: members that are named like one, and card data, are left out. Pure.
 */
import type { GateVerdict, LifecycleWish } from './gate.ts';
import type { Order } from './order.ts';

export interface ShownExchange {
  method: string;
  /** With its query, behind `/stores/{hash}`. */
  path: string;
  sent: unknown;
  status: number;
  headers: Record<string, string>;
  /** JSON without secrets; text where the answer was none. */
  answer: unknown;
  tookMs: number;
}

export interface ShownLookUp {
  exchanges: ShownExchange[];
  /** Null where there was nothing to understand. */
  understood: { order: Order; verdict: GateVerdict; followed: LifecycleWish } | null;
}

/** Stands where something was left out. */
export const LEFT_OUT = '(left out)';
const SECRET_NAME =
  /token|secret|password|passwd|authorization|api_?key|client_id|credit_card|^card_|_card$|cvv|cvc|avs|last_?(4|four)|(^|_)iin$|(^|_)pan$/i;
/** Headers that tell something about the answer; the others may hold cookies. */
const SHOWN_HEADERS = /^(date|content-type|retry-after|x-rate-limit-[a-z-]+|x-request-id|x-bc-[a-z-]+)$/i;
/** Of one text that is no JSON. */
const TEXT_MAX = 2_000;

/** A copy in which members with the name of a secret, or of card data, stand left out, however deep. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      SECRET_NAME.test(name) && member !== null ? LEFT_OUT : withoutSecrets(member),
    ]),
  );
}

/** An answer's body for people. */
export function shownBody(text: string): unknown {
  if (text === '') return null;
  try {
    return withoutSecrets(JSON.parse(text) as unknown);
  } catch {
    return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}… (${String(text.length)} characters)` : text;
  }
}

export function shownHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && SHOWN_HEADERS.test(name) ? [[name, value]] : [],
    ),
  );
}
