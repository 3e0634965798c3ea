/**
 * What a store's webhook says, and nothing more: which order should be read. A delivery is a hint, never the truth
 * about the order (bigcommerce-api.md section 9), so of its data only ids are taken.
 */
import { isFields, type Fields } from './field-reader.ts';

/** Where a channel's webhooks arrive, below the installation's public address. */
export function webhookDestination(publicUrl: string, channelId: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/v1/stores/${channelId}/webhooks`;
}

/** The header that every webhook of ours is registered with; it carries the channel's own secret (capabilities I-66). */
export const WEBHOOK_SECRET_HEADER = 'x-waybill-webhook-secret';

export type StoreWebhookReading =
  | {
      ok: true;
      scope: string;
      /** The order to read; null where the event is of no order, which is accepted and ignored. */
      orderId: number | null;
      /** The `hash` in the body: a fingerprint, no signature. Empty where there is none. */
      fingerprint: string;
      /** Seconds since 1970 as the store wrote them; null where it wrote none. */
      createdAt: number | null;
    }
  | { ok: false; why: 'shape' | 'other_store'; message: string };

const SCOPE_LENGTH_MAX = 200;
const FINGERPRINT_LENGTH_MAX = 200;
/** Events whose `data.id` is the order's. */
const ORDER_SCOPE =
  /^store\/(?:channel\/\d+\/)?order\/(?:created|updated|archived|statusUpdated|message\/created|refund\/created)$/;
const TRANSACTION_SCOPE = /^store\/(?:channel\/\d+\/)?order\/transaction\//;
const ORDER_METAFIELD_SCOPE = /^store\/(?:channel\/\d+\/)?order\/metafield\//;
const SHIPMENT_SCOPE = /^store\/(?:channel\/\d+\/)?shipment\//;

/**
 * Reads a delivery. `storeHash` is the channel's: the body names its store in `producer`, and `store_id` is not the
 * hash. Ids come as numbers or as text. An unknown scope is no error: new ones appear without notice.
 */
export function readStoreWebhook(body: unknown, { storeHash }: { storeHash: string }): StoreWebhookReading {
  if (!isFields(body)) return shape('The body is not a JSON object.');
  const { scope, producer, hash } = body;
  if (typeof scope !== 'string' || scope === '' || scope.length > SCOPE_LENGTH_MAX) {
    return shape('`scope` is not a text such as store/order/updated.');
  }
  if (typeof producer !== 'string') return shape('`producer` is not a text such as stores/{store hash}.');
  if (producer !== `stores/${storeHash}`) {
    return { ok: false, why: 'other_store', message: 'The delivery is of another store than the channel.' };
  }
  const data = isFields(body['data']) ? body['data'] : {};
  const createdAt = body['created_at'];
  return {
    ok: true,
    scope,
    orderId: orderOf(scope, data),
    fingerprint: typeof hash === 'string' ? hash.slice(0, FINGERPRINT_LENGTH_MAX) : '',
    createdAt: typeof createdAt === 'number' && Number.isFinite(createdAt) ? createdAt : null,
  };
}

function shape(message: string): StoreWebhookReading {
  return { ok: false, why: 'shape', message };
}

function orderOf(scope: string, data: Fields): number | null {
  // Per storefront the order is `order_id`; transactions name it so everywhere, as text.
  if (TRANSACTION_SCOPE.test(scope)) return positiveId(data['order_id']);
  if (ORDER_METAFIELD_SCOPE.test(scope)) return positiveId(data['resource_id']);
  if (SHIPMENT_SCOPE.test(scope)) return positiveId(data['orderId']) ?? positiveId(data['order_id']);
  if (ORDER_SCOPE.test(scope)) return positiveId(data['order_id']) ?? positiveId(data['id']);
  return null;
}

function positiveId(value: unknown): number | null {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^[1-9]\d{0,14}$/.test(text)) return null;
  return Number(text);
}
