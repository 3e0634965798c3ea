// Families of the API that Waybill does not use yet and whose scope it asks about: enough of an answer to show whether
// a token may read them. They hold nothing, so that every list is empty and every id unknown.
import { NO_CONTENT, json, notFound, v3Error } from './answers.ts';
import type { Answer } from './answers.ts';
import { v3List, v3Page } from './query.ts';
import type { Call, Route } from './routing.ts';

const emptyV3 = (call: Call): Answer => json(200, v3List([], v3Page(call.query)));
const unknownV3 = (): Answer => notFound('v3');

/** One of the two ids is required (bigcommerce-api.md section 8). */
function acceptedMethods(call: Call): Answer {
  return call.query.has('order_id') || call.query.has('checkout_id')
    ? json(200, { data: [], meta: {} })
    : v3Error(400, 'order_id or checkout_id is required', { order_id: 'required' });
}

/** B2B Edition has an envelope of its own (bigcommerce-api.md section 11). */
function companies(): Answer {
  return json(200, {
    code: 200,
    data: [],
    meta: { message: 'SUCCESS', pagination: { totalCount: 0, limit: 1, offset: 0 } },
  });
}

const get = (template: string, scope: string, handle: (call: Call) => Answer): Route => ({
  method: 'GET',
  template,
  scopes: [scope],
  handle,
});

/** Endpoints that only show whether a scope is there. */
export const probeFamilyRoutes: readonly Route[] = [
  get('/v2/coupons', 'store_v2_marketing', () => NO_CONTENT),
  get('/v3/content/scripts', 'store_v2_content', emptyV3),
  get('/v3/themes', 'store_themes_manage', emptyV3),
  get('/v3/carts/{cart_id}', 'store_cart', unknownV3),
  get('/v3/checkouts/{checkout_id}', 'store_checkout', unknownV3),
  get('/v3/pickup/methods', 'store_fulfillment_methods_manage', emptyV3),
  get('/v3/payments/methods', 'store_payments_methods_read', acceptedMethods),
  get('/v3/inventory/items', 'store_inventory', emptyV3),
  get('/v3/inventory/locations', 'store_locations', emptyV3),
  get('/v3/channels/{channel_id}/listings', 'store_channel_listings', emptyV3),
  get('/v3/sites', 'store_sites', emptyV3),
  get('/api/v3/io/companies', 'store_b2b_edition', companies),
];
