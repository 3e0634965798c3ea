/** What is looked at to believe a delivery, and what may come of it. */
export interface SignedDelivery {
  /** The raw body. */
  body: Buffer;
  /** Every value of a header, by its lower-case name. */
  header(name: string): readonly string[];
  /** Every secret in the address: `?token=`, and the password of basic authentication. */
  addressSecrets: readonly string[];
}

/** Why a delivery is not believed; for metrics and the operator, never for the sender. */
export type RefusalReason = 'no_secret' | 'unsigned' | 'header_twice' | 'signature' | 'secret' | 'expired';

export type Verdict =
  /** `bound`: the proof covers the body, so that nobody who only saw the secret on its way could have written it. */
  { ok: true; bound: boolean } | { ok: false; reason: RefusalReason };

export const refuse = (reason: RefusalReason): Verdict => ({ ok: false, reason });

/** Clocks differ in both directions. */
export function isRecent(atMs: number, nowMs: number, windowSeconds: number): boolean {
  return Math.abs(nowMs - atMs) <= windowSeconds * 1_000;
}
