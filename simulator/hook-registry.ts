// The webhooks of one store and which of them an event concerns. Endpoints are in hooks.ts, sending in hook-delivery.ts.
import { HookDelivery, payloadHash } from './hook-delivery.ts';

export interface Hook {
  readonly id: number;
  readonly clientId: string;
  /** Signs the deliveries; never shown. */
  readonly clientSecret: string;
  scope: string;
  destination: string;
  headers: Record<string, string> | null;
  isActive: boolean;
  readonly created: number;
  updated: number;
}

/** Keeps hooks, matches events with them and hands payloads to the delivery. */
export class HookRegistry {
  readonly delivery: HookDelivery;
  readonly #producer: string;
  #hooks: Hook[] = [];
  #emails: string[] = [];

  constructor(storeHash: string, seed: number) {
    this.#producer = `stores/${storeHash}`;
    this.delivery = new HookDelivery(seed);
  }

  /** Addresses that are told when a hook is switched off. */
  get emails(): readonly string[] {
    return this.#emails;
  }

  setEmails(emails: readonly string[]): void {
    this.#emails = [...emails];
  }

  add(hook: Hook): void {
    this.#hooks.push(hook);
  }

  remove(hook: Hook): void {
    this.#hooks = this.#hooks.filter((candidate) => candidate !== hook);
  }

  get(id: number): Hook | undefined {
    return this.#hooks.find((hook) => hook.id === id);
  }

  /** Hooks of one client: nobody sees another's. */
  ofClient(clientId: string): Hook[] {
    return this.#hooks.filter((hook) => hook.clientId === clientId);
  }

  all(): readonly Hook[] {
    return this.#hooks;
  }

  /** Delivers an event to every active hook whose scope covers it. */
  dispatch(scope: string, data: Record<string, unknown>, nowSeconds: number, storeId: string): void {
    for (const hook of this.#hooks) {
      if (!hook.isActive || !covers(hook.scope, scope)) continue;
      this.delivery.send(
        {
          hookId: hook.id,
          destination: hook.destination,
          headers: hook.headers ?? {},
          clientSecret: hook.clientSecret,
        },
        scope,
        {
          scope,
          store_id: storeId,
          data,
          hash: payloadHash(data),
          created_at: nowSeconds,
          producer: this.#producer,
        },
      );
    }
  }
}

/** `store/order/*` covers everything below it; other scopes cover themselves. */
function covers(pattern: string, scope: string): boolean {
  return pattern === scope || (pattern.endsWith('/*') && scope.startsWith(pattern.slice(0, -1)));
}
