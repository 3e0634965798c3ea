/** Comparing secrets: in constant time, after the lengths, so that no answer's delay tells how much was right. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whether two texts are the same bytes. */
export function equalText(given: string, expected: string): boolean {
  return equalBytes(Buffer.from(given, 'utf8'), Buffer.from(expected, 'utf8'));
}

function equalBytes(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** HMAC-SHA256 over parts in a row. */
export function hmacSha256(
  key: string | Buffer,
  parts: readonly (string | Buffer)[],
  encoding: 'hex' | 'base64',
): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest(encoding);
}
