/**
 * Error answers of the store in our words: one place that reads the shapes of bigcommerce-api.md section 14.1 and the
 * codes of 14.2. Takes from a body only the store's sentence about a refusal, never values of ours or of a customer.
 */
import { StoreError, type StoreErrorFacts } from './errors.ts';
import type { QuotaHeaders } from './quota-headers.ts';

/** A refusal is shown to people in one line. */
const SENTENCE_MAX_LENGTH = 300;

/** The error for an answer that is not 2xx. */
export function answerError(call: string, status: number, body: Buffer, quota: QuotaHeaders): StoreError {
  const sentence = storeSentence(body);
  const facts: Pick<StoreErrorFacts, 'call' | 'httpStatus'> & { storeSentence?: string } = {
    call,
    httpStatus: status,
    ...(sentence === null ? {} : { storeSentence: sentence }),
  };
  const says = sentence === null ? '' : ` The store says: ${sentence}`;
  if (status === 401) {
    return new StoreError(
      `${call} answered 401: the access token is wrong, revoked or replaced. The store's administrator must make a new API account; enter its token with \`waybill channel rotate\`.`,
      { ...facts, code: 'BigCommerceAuth', reason: 'unauthorized', retryable: false, effect: 'none' },
    );
  }
  if (status === 403) {
    return new StoreError(
      `${call} answered 403: the API account lacks a scope for this call, the store hash is wrong, or the plan forbids it.${says} The store's administrator must make an API account with the scopes of docs/connect-a-store.md.`,
      { ...facts, code: 'BigCommerceAuth', reason: 'forbidden', retryable: false, effect: 'none' },
    );
  }
  if (status === 404) {
    return new StoreError(
      `${call} answered 404: there is no such thing in the store (any more), or the store hash is wrong.`,
      {
        ...facts,
        code: 'BigCommerceNotFound',
        reason: 'not_found',
        retryable: false,
        effect: 'none',
      },
    );
  }
  if (status === 429) {
    const wait = { resetMs: quota.resetMs, retryAfterMs: quota.retryAfterMs };
    const known = Math.max(wait.resetMs ?? 0, wait.retryAfterMs ?? 0);
    return new StoreError(
      `${call} answered 429: the store's quota is used up${known > 0 ? `, it resets in ${String(known)} ms` : ', without saying for how long'}. It is asked again after that.`,
      {
        ...facts,
        code: 'BigCommerceRateLimited',
        reason: 'rate_limited',
        retryable: true,
        effect: 'none',
        wait,
      },
    );
  }
  if (status >= 300 && status < 400) {
    return new StoreError(
      `${call} answered ${String(status)}: a redirect, which is not followed because the token would go along. Check connection.api_base_url.`,
      {
        ...facts,
        code: 'UnexpectedAnswer',
        reason: 'redirect',
        retryable: false,
        effect: 'none',
      },
    );
  }
  if (status === 408 || status === 423 || status === 499 || status >= 500) {
    const wait = { resetMs: null, retryAfterMs: quota.retryAfterMs };
    const why =
      status === 503
        ? 'the store is in maintenance, suspended or overloaded'
        : 'the store or a gateway before it failed';
    return new StoreError(`${call} answered ${String(status)}: ${why}. It is tried again.`, {
      ...facts,
      code: 'BigCommerceUnavailable',
      reason: 'server_error',
      // 507: the plan's limit of that resource, which waiting does not lift.
      retryable: status !== 507,
      effect: status === 423 || status === 507 ? 'none' : 'unknown',
      wait,
    });
  }
  return new StoreError(`${call} answered ${String(status)}: the store refuses this call.${says}`, {
    ...facts,
    code: 'InvalidRequest',
    reason: 'refused',
    retryable: false,
    effect: 'none',
  });
}

/** The store's own words, from the V2 array, the V3 object or problem+json; null for HTML, empty and foreign bodies. */
export function storeSentence(body: Buffer): string | null {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
  const first: unknown = Array.isArray(json) ? json[0] : json;
  if (!isRecord(first)) return null;
  const details = isRecord(first['details']) ? first['details'] : {};
  const parts = [first['message'], first['title'], first['detail'], details['invalid_reason']].filter(
    (part): part is string => typeof part === 'string' && part.trim() !== '',
  );
  for (const name of ['order_product_id', 'order_address_id', 'available_quantity']) {
    if (typeof details[name] === 'number') parts.push(`${name} ${String(details[name])}`);
  }
  if (parts.length === 0) return null;
  return parts
    .map((part) => part.trim())
    .join(' · ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^\s@]+@[^\s@]+/g, '(e-mail)')
    .slice(0, SENTENCE_MAX_LENGTH);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
