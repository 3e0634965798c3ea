/**
 * The calls that Waybill makes to a store, in our words: one family a file, all of them together here. Each is one HTTP
 * request, sent at most once; repeating, waiting and quota are the caller's business (`beforeCall`, `onAnswer`).
 */
import { createStoreAsk } from './ask.ts';
import { createStoreHttp, type StoreHttpOptions } from './http.ts';
import { customerCalls, type CustomerCalls } from './customers.ts';
import { customsCalls, type CustomsCalls } from './customs.ts';
import { metafieldCalls, type MetafieldCalls } from './metafields.ts';
import { orderCalls, type OrderCalls } from './orders.ts';
import { pickupCalls, type PickupCalls } from './pickups.ts';
import { productCalls, type ProductCalls } from './products.ts';
import { refundCalls, type RefundCalls } from './refunds.ts';
import { settingsCalls, type SettingsCalls } from './settings.ts';
import { shipmentCalls, type ShipmentCalls } from './shipments.ts';
import { storeCalls, type StoreCalls } from './store.ts';
import { storefrontCalls, type StorefrontCalls } from './storefronts.ts';
import { transactionCalls, type TransactionCalls } from './transactions.ts';
import { webhookCalls, type WebhookCalls } from './webhooks.ts';
import { storeAddress, type AddressRules } from './store-address.ts';

export { LIST_PAGE_SIZE_MAX, mayGoOn } from './paging.ts';

export interface StoreClientOptions extends AddressRules, Omit<StoreHttpOptions, 'address'> {
  /** `connection.api_base_url`, such as `https://api.bigcommerce.com`. */
  apiBaseUrl: string;
  storeHash: string;
}

/** Everything answers `StoreError`s of the closed set, or throws what `beforeCall` threw. */
export interface StoreClient
  extends
    CustomerCalls,
    CustomsCalls,
    MetafieldCalls,
    OrderCalls,
    PickupCalls,
    ProductCalls,
    RefundCalls,
    SettingsCalls,
    ShipmentCalls,
    StoreCalls,
    StorefrontCalls,
    TransactionCalls,
    WebhookCalls {}

/** Makes the client of one store. Throws `AddressNotAllowed` for an address that the rules do not allow. */
export function createStoreClient(options: StoreClientOptions): StoreClient {
  const http = createStoreHttp({
    ...options,
    address: storeAddress(options.apiBaseUrl, options.storeHash, options),
  });
  const ask = createStoreAsk(http);
  return {
    ...customerCalls(ask),
    ...customsCalls(ask),
    ...metafieldCalls(ask),
    ...orderCalls(ask),
    ...pickupCalls(ask),
    ...productCalls(ask),
    ...refundCalls(ask),
    ...settingsCalls(ask),
    ...shipmentCalls(ask),
    ...storeCalls(ask),
    ...storefrontCalls(ask),
    ...transactionCalls(ask),
    ...webhookCalls(ask),
  };
}
