/**
 * RSASSA-PKCS1-v1_5 with SHA-256 over a timestamp and the body, as ShipEngine signs. Its public keys are kept like
 * secrets (PEM, a JWK, or its whole key set): no address is called to learn whom to believe.
 */
import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { SignatureScheme } from '../../../domain/carriers/provider.ts';
import { isRecent, refuse, type SignedDelivery, type Verdict } from './verdict.ts';

interface NamedKey {
  /** Null: for any key id. */
  id: string | null;
  key: KeyObject;
}

/** The verdict on a signature that is there; one of the keys of its id must have made it. */
export function verifyRsa(
  scheme: Extract<SignatureScheme, { kind: 'rsa' }>,
  given: string,
  input: { delivery: SignedDelivery; secrets: readonly string[]; nowMs: number },
): Verdict {
  const { delivery, secrets, nowMs } = input;
  const keys = secrets.flatMap(publicKeysIn);
  if (keys.length === 0) return refuse('no_secret');
  const times = delivery.header(scheme.timestampHeader);
  const keyIds = delivery.header(scheme.keyIdHeader);
  if (times.length > 1 || keyIds.length > 1) return refuse('header_twice');
  const [time = '', keyId = ''] = [times[0]?.trim(), keyIds[0]?.trim()];
  const signature = Buffer.from(given, 'base64');
  const signed = Buffer.concat([Buffer.from(`${time}.`, 'utf8'), delivery.body]);
  const matches = keys
    .filter(({ id }) => id === null || id === keyId)
    .some(({ key }) => verify('sha256', signed, key, signature));
  if (!matches) return refuse('signature');
  const atMs = Date.parse(time);
  return !Number.isNaN(atMs) && isRecent(atMs, nowMs, scheme.windowSeconds)
    ? { ok: true, bound: true }
    : refuse('expired');
}

/** Whether a kept text is meant as a public key: then it is no secret, and opens nothing that a secret opens. */
export function isKeyText(text: string): boolean {
  return /^\s*(-----BEGIN|\{)/.test(text);
}

/** The RSA keys that a kept text holds (PEM, JWK or key set); what is no RSA key in it is passed over. */
export function publicKeysIn(text: string): NamedKey[] {
  if (!isKeyText(text)) return [];
  if (!text.trimStart().startsWith('{')) return rsaKey(null, () => createPublicKey(text.trim()));
  return jwksIn(text).flatMap((jwk) => {
    const id = 'kid' in jwk && typeof jwk.kid === 'string' ? jwk.kid : null;
    // Checked by `createPublicKey` itself, which throws for anything that is no key.
    return rsaKey(id, () => createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }));
  });
}

function jwksIn(text: string): object[] {
  try {
    const json: unknown = JSON.parse(text);
    const list: unknown[] =
      typeof json === 'object' && json !== null && 'keys' in json && Array.isArray(json.keys)
        ? json.keys
        : [json];
    return list.filter((one) => typeof one === 'object' && one !== null);
  } catch {
    return [];
  }
}

function rsaKey(id: string | null, make: () => KeyObject): NamedKey[] {
  try {
    const key = make();
    return key.asymmetricKeyType === 'rsa' ? [{ id, key }] : [];
  } catch {
    return [];
  }
}
