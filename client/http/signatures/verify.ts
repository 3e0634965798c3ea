/**
 * Whether a delivery of a provider is from that provider (carrier-events.md section 4): over the bytes as received, in
 * constant time, within the window where there is one, against every secret that is kept. It stores and logs nothing.
 */
import type { SignatureScheme } from '../../../domain/carriers/provider.ts';
import { createHash } from 'node:crypto';
import { equalText, hmacSha256 } from './equal.ts';
import { isKeyText, verifyRsa } from './rsa.ts';
import { isRecent, refuse, type SignedDelivery, type Verdict } from './verdict.ts';

const BOUND: Verdict = { ok: true, bound: true };
const UNBOUND: Verdict = { ok: true, bound: false };

/**
 * The verdict on one delivery. A signature that is there must be right; only where none is sent does a secret in the
 * address count, and only for providers that are meant to use one. Pure but for the comparison; may be repeated.
 */
export function verifyDelivery(input: {
  scheme: SignatureScheme;
  urlSecret: boolean;
  delivery: SignedDelivery;
  secrets: readonly string[];
  nowMs: number;
}): Verdict {
  const { scheme, urlSecret, delivery, secrets } = input;
  if (secrets.length === 0) return refuse('no_secret');
  if (scheme.kind !== 'none') {
    const given = delivery.header(scheme.header);
    if (given.length > 1) return refuse('header_twice');
    const [only] = given;
    if (only !== undefined) return verifySigned(scheme, only.trim(), input);
  }
  const { addressSecrets } = delivery;
  if (!urlSecret || addressSecrets.length === 0) return refuse('unsigned');
  if (addressSecrets.length > 1) return refuse('header_twice');
  // A public key is no secret: it must not open the door that a secret opens.
  const spoken = secrets.filter((secret) => !isKeyText(secret));
  return addressSecrets.some((given) => spoken.some((secret) => equalText(given, secret)))
    ? UNBOUND
    : refuse('secret');
}

function verifySigned(
  scheme: Exclude<SignatureScheme, { kind: 'none' }>,
  given: string,
  input: { delivery: SignedDelivery; secrets: readonly string[]; nowMs: number },
): Verdict {
  const { delivery, secrets, nowMs } = input;
  const { body } = delivery;
  switch (scheme.kind) {
    case 'hmac': {
      const matches = secrets.some((secret) => {
        const key = scheme.normalize ? secret.normalize('NFKD') : secret;
        return equalText(given, scheme.prefix + hmacSha256(key, [body], scheme.encoding));
      });
      return matches ? BOUND : refuse('signature');
    }
    case 'hmac_timestamp':
      return verifyTimestamped(given, body, secrets, scheme.windowSeconds, nowMs);
    case 'digest': {
      const matches = secrets.some((secret) =>
        equalText(given.toLowerCase(), createHash('sha256').update(body).update(`/${secret}`).digest('hex')),
      );
      return matches ? BOUND : refuse('signature');
    }
    case 'shared':
      return secrets.some((secret) => equalText(given, scheme.prefix + secret)) ? UNBOUND : refuse('secret');
    case 'rsa':
      return verifyRsa(scheme, given, input);
  }
}

/** `t=<unix seconds>,v1=<hex>`; several `v1` while the sender rotates. */
function verifyTimestamped(
  given: string,
  body: Buffer,
  secrets: readonly string[],
  windowSeconds: number,
  nowMs: number,
): Verdict {
  const parts = given.split(',').map((part) => part.trim().split('='));
  const time = parts.find(([name]) => name === 't')?.[1];
  const signatures = parts.flatMap(([name, value]) => (name === 'v1' && value !== undefined ? [value] : []));
  if (time === undefined || !/^\d{1,12}$/.test(time)) return refuse('signature');
  const matches = secrets.some((secret) => {
    const expected = hmacSha256(secret, [`${time}.`, body], 'hex');
    return signatures.some((signature) => equalText(signature.toLowerCase(), expected));
  });
  if (!matches) return refuse('signature');
  return isRecent(Number(time) * 1_000, nowMs, windowSeconds) ? BOUND : refuse('expired');
}
