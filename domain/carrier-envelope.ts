import type { CarrierFact } from './carrier-event.ts';
export interface EnvelopeContext {
  /** Our clock, ISO with milliseconds. */
  receivedAt: string;
  /** Hash of the raw body before any default is filled in: the event id of a sender that gives none. */
  bodyHash: string;
  nowMs: number;
}
export interface EnvelopeProblem {
  field: string;
  message: string;
}
export type ReadEnvelope =
  | { ok: true; eventId: string; orders: { orderId: number | null; fact: CarrierFact }[] }
  | { ok: false; problems: EnvelopeProblem[] };
export function readCarrierEnvelope(json: unknown, context: EnvelopeContext): ReadEnvelope {
  throw new Error(`being written ${typeof json} ${context.nowMs}`);
}
export const CARRIER_EVENT_JSON_SCHEMA: Record<string, unknown> = {};
