/** What the parts of one write-back plan hand to each other. Types only. */
import type { Skip } from './write-back-permission.ts';
import type { LedgerEntry, WriteBackStep } from './write-back-types.ts';

export interface ShipmentPlan {
  steps: WriteBackStep[];
  skipped: Skip[];
  /** Units per line that are in the store, on their way there, or planned here. */
  covered: Map<number, number>;
  /** True when at least one shipment of ours is among them. */
  anyOurs: boolean;
  /** Parcels, written or planned here, that the store shows as shipped before a status rule allows it (X-3 `restore`). */
  early: { subject: string; n: number; statusBefore: number | null }[];
  /** Shipments of voided labels that are taken away, here or before. */
  voided: { subject: string; n: number; created: LedgerEntry }[];
}

export interface StatusPlan {
  step: WriteBackStep | null;
  skipped: Skip[];
}
