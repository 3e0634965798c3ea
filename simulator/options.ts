// What a simulator and its stores are started with.

export interface SimulatedStoreOptions {
  readonly storeHash: string;
  readonly token: string;
  /** OAuth scope parameters of the token; default all. */
  readonly scopes?: string[];
  /** A legacy token, which V3 refuses; default false. */
  readonly v2Only?: boolean;
  /** Requests per window, in real time; default 150 per 30 s; null switches the limit off. */
  readonly quota?: { requests: number; windowMs: number } | null;
  readonly name?: string;
  readonly weightUnits?: string;
  readonly currency?: string;
  readonly timezone?: string;
  /** Whether shoppers are mailed; default true. */
  readonly orderStatusEmails?: boolean;
  /** Storefronts with a switch of their own, by id; the others take the store's. Default none. */
  readonly storefrontEmails?: Readonly<Record<number, boolean>>;
  /** Whether a shipment moves the order to Shipped or Partially Shipped; default true. */
  readonly shipmentMovesStatus?: boolean;
  /** Milliseconds until a created order is found by its external id; default 0. */
  readonly externalIdLagMs?: number;
  /** Milliseconds after a write in which reads may still show what was before; default 0. */
  readonly staleReadMs?: number;
  readonly clientId?: string;
  readonly clientSecret?: string;
}

export interface SimulatorOptions {
  /** 0 takes any free port. */
  readonly port?: number;
  /** Default 127.0.0.1: the control API has no token. */
  readonly host?: string;
  /** Seeds catalog and faults; default 1. */
  readonly seed?: number;
  readonly stores?: SimulatedStoreOptions[];
}
