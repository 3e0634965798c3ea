/**
 * What the activities are given. They create no pool, no client and no clock of their own: the composition root in
 * `workers/` fills this shape once, and tests fill it with what they need.
 */
import type { Database } from '../db/database.ts';
import type { SecretBox } from '../db/secrets.ts';
import type { BackgroundSlots } from './background-slots.ts';
import type { CarrierEventSignal, OpenedWith } from '../workflows/contract.ts';

/** A log line: fields first, then a sentence. Fields hold ids and counts, never a customer's data or a secret. */
export interface ActivityLogger {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface OrderAddress {
  channelId: string;
  orderId: number;
}

/**
 * The way to running lifecycles. It is filled by `client/orders.ts`, which activities may not import (the arrows);
 * every call may be repeated, and a run that is already there is success.
 */
export interface LifecycleDoor {
  /**
   * A plain start: a lifecycle that runs already is left alone and gets no event in its history. `opened` spares the
   * order's very first run its first settling; any later run settles.
   */
  open(order: OrderAddress & { opened?: OpenedWith }): Promise<void>;
  /** Signal-with-start: the lifecycle runs afterwards and will settle once more. */
  wake(order: OrderAddress & { reason: string; event?: CarrierEventSignal }): Promise<void>;
  /** Signal-with-start of `import:{channel}:hints`. */
  wakeHints(channelId: string): Promise<void>;
}

/** How the store is called; the base address of each store is in its channel's settings. */
export interface StoreAccess {
  /** Lets `http://127.0.0.1` pass, for the simulator; never in production. */
  allowLoopback: boolean;
  /** API hosts beside BigCommerce's own. */
  extraHosts: readonly string[];
  /** One HTTP call, milliseconds; below the activity's own limit by ten seconds or more (design section 6). */
  timeoutMs: number;
  userAgent: string;
}

/** Waits, in milliseconds, that tests and the demo shorten. */
export interface Timing {
  /** How long after `sent_at` an unclear write may still arrive in the store (design section 6). */
  unclearWaitMs: number;
  /** A call to the store starts within this of its ledger row's `sent`, or not at all. */
  sentToCallMs: number;
}

export const DEFAULT_TIMING: Timing = { unclearWaitMs: 60_000, sentToCallMs: 5_000 };

/** The steps of one write-back between which a worker may die. */
export const WRITE_BACK_POINTS = ['looking', 'looked', 'marked', 'called', 'seen', 'recorded'] as const;
export type WriteBackPoint = (typeof WRITE_BACK_POINTS)[number];

export interface ActivityDeps {
  db: Database;
  secrets: SecretBox;
  temporal: LifecycleDoor;
  /** Now, as an ISO string with milliseconds. */
  clock(): string;
  logger: ActivityLogger;
  storeAccess: StoreAccess;
  /** Places of this worker for imports; absent where nothing else runs beside them. */
  backgroundSlots?: BackgroundSlots;
  /** Where the outside reaches this installation's HTTP server; null where it cannot, and then stores are only polled. */
  publicUrl: string | null;
  timing: Timing;
  /** For tests, which end an attempt here as a dying worker would; absent in every installation. */
  faultPoint?: (point: WriteBackPoint) => void;
}
