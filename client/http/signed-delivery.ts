/** A request as the signature schemes look at it: bytes, every value of a header, and the secrets in its address. */
import type { FastifyRequest } from 'fastify';
import type { SignedDelivery } from './signatures/verdict.ts';

/** Longer than any secret; keeps addresses from being hashed at length. */
const ADDRESS_SECRET_LENGTH_MAX = 500;

export function signedDelivery(request: FastifyRequest, body: Buffer): SignedDelivery {
  const headers = request.raw.headersDistinct;
  return {
    body,
    header: (name) => headers[name] ?? [],
    addressSecrets: [...queryTokens(request.query), ...basicPasswords(headers['authorization'] ?? [])],
  };
}

/** `?token=`, each one given. */
function queryTokens(query: unknown): string[] {
  if (typeof query !== 'object' || query === null || !('token' in query)) return [];
  const tokens: unknown[] = Array.isArray(query.token) ? query.token : [query.token];
  return tokens.filter(isSecret);
}

/** `https://any:secret@host/…` reaches us as basic authentication. */
function basicPasswords(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    const encoded = /^Basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(value)?.[1];
    if (encoded === undefined) return [];
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    const password = text.slice(text.indexOf(':') + 1);
    return isSecret(password) ? [password] : [];
  });
}

function isSecret(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= ADDRESS_SECRET_LENGTH_MAX;
}
