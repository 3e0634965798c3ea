// Sends webhooks to their destinations, signed as Standard Webhooks. Off until the control API switches it on.
import { createHash, createHmac } from 'node:crypto';
import { SeededRandom } from './random.ts';

/** How deliveries behave. */
export interface DeliverySettings {
  /** Whether hooks are delivered at all; default off. Only then may destinations be loopback http addresses. */
  readonly deliverHooks?: boolean;
  /** Share of deliveries that are sent twice. */
  readonly duplicates?: number;
  /** Share of deliveries that are lost for good. */
  readonly losses?: number;
  /** Whether deliveries carry signature headers; default on. */
  readonly signed?: boolean;
}

export interface DeliveryRecord {
  readonly id: string;
  readonly hookId: number;
  readonly scope: string;
  readonly destination: string;
  readonly body: string;
  status: 'waiting' | 'delivered' | 'failed' | 'lost';
  attempts: number;
}

/** Who gets a delivery and whose secret signs it. */
export interface DeliveryTarget {
  readonly hookId: number;
  readonly destination: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clientSecret: string;
}

/** A delivery ends unanswered after so many milliseconds. */
const DELIVERY_TIMEOUT_MS = 5_000;
/** Deliveries that are kept for inspection. */
const RECORDS_MAX = 5_000;

/** The fingerprint in a payload: no signature. */
export function payloadHash(data: unknown): string {
  return createHash('sha1').update(JSON.stringify(data)).digest('hex');
}

/** The deliveries of one store. */
export class HookDelivery {
  #settings: Required<DeliverySettings> = { deliverHooks: false, duplicates: 0, losses: 0, signed: true };
  #records: (DeliveryRecord & { target: DeliveryTarget })[] = [];
  #pending = new Set<Promise<void>>();
  #count = 0;
  #closed = false;
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  configure(settings: DeliverySettings): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  get settings(): Required<DeliverySettings> {
    return this.#settings;
  }

  records(): DeliveryRecord[] {
    return this.#records.map(({ id, hookId, scope, destination, body, status, attempts }) => ({
      id,
      hookId,
      scope,
      destination,
      body,
      status,
      attempts,
    }));
  }

  /** Queues a payload for a hook; nothing happens while deliveries are off. */
  send(target: DeliveryTarget, scope: string, payload: unknown): void {
    if (!this.#settings.deliverHooks || this.#closed) return;
    this.#count += 1;
    const record = {
      id: `msg_${this.#count.toString().padStart(8, '0')}`,
      hookId: target.hookId,
      scope,
      destination: target.destination,
      body: JSON.stringify(payload),
      status: 'waiting' as const,
      attempts: 0,
      target,
    };
    this.#records.push(record);
    if (this.#records.length > RECORDS_MAX) this.#records.shift();
    if (this.#random.next() < this.#settings.losses) {
      this.#set(record, 'lost');
      return;
    }
    this.#attempt(record);
    if (this.#random.next() < this.#settings.duplicates) this.#attempt(record);
  }

  /** Sends every failed delivery once more, as the real store does after a minute and later. Answers how many. */
  retryFailed(): number {
    const failed = this.#records.filter((record) => record.status === 'failed');
    for (const record of failed) this.#attempt(record);
    return failed.length;
  }

  /** Waits until no delivery is under way. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Sends nothing more and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
  }

  #set(record: DeliveryRecord, status: DeliveryRecord['status']): void {
    record.status = status;
  }

  #attempt(record: DeliveryRecord & { target: DeliveryTarget }): void {
    record.attempts += 1;
    const attempt = this.#post(record).then(
      (delivered) => this.#set(record, delivered ? 'delivered' : 'failed'),
      () => this.#set(record, 'failed'),
    );
    const pending = attempt.finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  async #post(record: DeliveryRecord & { target: DeliveryTarget }): Promise<boolean> {
    const { target } = record;
    const signed: Record<string, string> = {};
    if (this.#settings.signed) {
      // Real time: receivers refuse signatures whose time is far from their own clock.
      const timestamp = Math.floor(Date.now() / 1000);
      const signature = createHmac('sha256', target.clientSecret)
        .update(`${record.id}.${timestamp}.${record.body}`)
        .digest('base64');
      signed['webhook-id'] = record.id;
      signed['webhook-timestamp'] = String(timestamp);
      signed['webhook-signature'] = `v1,${signature}`;
    }
    const answer = await fetch(target.destination, {
      method: 'POST',
      headers: { ...target.headers, ...signed, 'content-type': 'application/json' },
      body: record.body,
      signal: AbortSignal.timeout(DELIVERY_TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return answer.ok;
  }
}
