// The pickup records of one store: what was made ready for collection and what was collected. Endpoints are in pickups.ts.

export interface PickupRecord {
  readonly id: number;
  readonly orderId: number;
  readonly methodId: number;
  readyAt: string;
  readonly createdAt: string;
  updatedAt: string;
  readonly items: {
    readonly id: number;
    readonly lineId: number;
    readonly quantity: number;
    collectedAt: string | null;
  }[];
}

/** Keeps pickup records in the order they were made. */
export class PickupShelf {
  #records: PickupRecord[] = [];

  add(record: PickupRecord): void {
    this.#records.push(record);
  }

  get(id: number): PickupRecord | undefined {
    return this.#records.find((record) => record.id === id);
  }

  remove(id: number): void {
    this.#records = this.#records.filter((record) => record.id !== id);
  }

  ofOrder(orderId: number): PickupRecord[] {
    return this.#records.filter((record) => record.orderId === orderId);
  }

  all(): readonly PickupRecord[] {
    return this.#records;
  }
}
