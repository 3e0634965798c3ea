// The order metafields of one store: unique per client, namespace, key and order. Endpoints are in metafields.ts.

export interface Metafield {
  readonly id: number;
  readonly orderId: number;
  readonly clientId: string;
  namespace: string;
  key: string;
  value: string;
  description: string;
  permissionSet: string;
  readonly created: number;
  modified: number;
}

/** Keeps metafields and finds them by id and by order. */
export class MetafieldShelf {
  readonly #byId = new Map<number, Metafield>();
  readonly #byOrder = new Map<number, Metafield[]>();

  add(field: Metafield): void {
    this.#byId.set(field.id, field);
    const known = this.#byOrder.get(field.orderId);
    if (known === undefined) this.#byOrder.set(field.orderId, [field]);
    else known.push(field);
  }

  remove(field: Metafield): void {
    this.#byId.delete(field.id);
    this.#byOrder.set(
      field.orderId,
      this.ofOrder(field.orderId).filter((candidate) => candidate !== field),
    );
  }

  get(id: number): Metafield | undefined {
    return this.#byId.get(id);
  }

  ofOrder(orderId: number): Metafield[] {
    return this.#byOrder.get(orderId) ?? [];
  }

  all(): Metafield[] {
    return [...this.#byId.values()];
  }

  /** The metafield that a new one would collide with. */
  twin(orderId: number, clientId: string, namespace: string, key: string): Metafield | undefined {
    return this.ofOrder(orderId).find(
      (field) => field.clientId === clientId && field.namespace === namespace && field.key === key,
    );
  }
}
