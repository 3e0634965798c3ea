/**
 * Standard Webhooks, for every sender of our own envelope that rather signs than sends an API key: an id, a time and
 * the body, signed together, five minutes either way.
 */
import { Webhook } from 'standardwebhooks';
import { equalText } from './equal.ts';
import { isRecent, refuse, type SignedDelivery, type Verdict } from './verdict.ts';

export const WEBHOOK_SIGNATURE = 'webhook-signature';
const WINDOW_SECONDS = 300;

/** The verdict, and the sender's id of the message, which keeps its repeats apart from others. */
export function verifyStandardWebhook(
  delivery: SignedDelivery,
  secrets: readonly string[],
  nowMs: number,
  windowSeconds = WINDOW_SECONDS,
): { verdict: Verdict; messageId: string } {
  const headers = ['webhook-id', 'webhook-timestamp', WEBHOOK_SIGNATURE].map((name) => delivery.header(name));
  const [id = '', time = '', signatures = ''] = headers.map((values) => values[0]?.trim());
  const verdict = (): Verdict => {
    if (secrets.length === 0) return refuse('no_secret');
    if (headers.some((values) => values.length > 1)) return refuse('header_twice');
    if (id === '' || !/^\d{1,12}$/.test(time)) return refuse('signature');
    const at = new Date(Number(time) * 1_000);
    const given = signatures.split(' ');
    const matches = secrets.some((secret) => {
      const expected = signatureOf(secret, id, at, delivery.body);
      return expected !== null && given.some((one) => equalText(one, expected));
    });
    if (!matches) return refuse('signature');
    return isRecent(at.getTime(), nowMs, windowSeconds) ? { ok: true, bound: true } : refuse('expired');
  };
  return { verdict: verdict(), messageId: id };
}

/** Null for a secret that is no base64. */
function signatureOf(secret: string, id: string, at: Date, body: Buffer): string | null {
  try {
    return new Webhook(secret).sign(id, at, body);
  } catch {
    return null;
  }
}
