/**
 * The calls that Waybill makes to a store, in our words: one family a file, all of them together here. Each is one HTTP
 * request, sent at most once; repeating, waiting and quota are the caller's business (`beforeCall`, `onAnswer`).
 */
import { createStoreAsk } from './ask.ts';
import { createStoreHttp, type StoreHttpOptions } from './http.ts';
import { metafieldCalls, type MetafieldCalls } from './metafields.ts';
import { orderCalls, type OrderCalls } from './orders.ts';
import { pickupCalls, type PickupCalls } from './pickups.ts';
import { shipmentCalls, type ShipmentCalls } from './shipments.ts';
import { storeAddress, type AddressRules } from './store-address.ts';
import { storeCalls, type StoreCalls } from './store.ts';

export { LIST_PAGE_SIZE_MAX, mayGoOn } from './paging.ts';

export interface StoreClientOptions extends AddressRules, Omit<StoreHttpOptions, 'address'> {
  /** `connection.api_base_url`, such as `https://api.bigcommerce.com`. */
  apiBaseUrl: string;
  storeHash: string;
}

/** Everything answers `StoreError`s of the closed set, or throws what `beforeCall` threw. */
export interface StoreClient extends OrderCalls, ShipmentCalls, MetafieldCalls, PickupCalls, StoreCalls {}

/** Makes the client of one store. Throws `AddressNotAllowed` for an address that the rules do not allow. */
export function createStoreClient(options: StoreClientOptions): StoreClient {
  const http = createStoreHttp({
    ...options,
    address: storeAddress(options.apiBaseUrl, options.storeHash, options),
  });
  const ask = createStoreAsk(http);
  return {
    ...orderCalls(ask),
    ...shipmentCalls(ask),
    ...metafieldCalls(ask),
    ...pickupCalls(ask),
    ...storeCalls(ask),
  };
}
