// All endpoints of the simulated API in one table.
import { catalogRoutes } from './catalog.ts';
import { customerRoutes } from './customers.ts';
import { hookRoutes } from './hooks.ts';
import { metafieldRoutes } from './metafields.ts';
import { orderCreateRoutes } from './order-create.ts';
import { orderPartRoutes } from './order-parts.ts';
import { orderUpdateRoutes } from './order-update.ts';
import { orderReadRoutes } from './orders.ts';
import { paymentRoutes } from './payments.ts';
import { pickupMethodRoutes } from './pickup-methods.ts';
import { pickupRoutes } from './pickups.ts';
import { probeFamilyRoutes } from './probe-families.ts';
import { productMetafieldRoutes } from './product-metafields.ts';
import { RouteTable } from './routing.ts';
import { shipmentRoutes } from './shipments.ts';
import { storeInformationRoutes } from './store-information.ts';
import { variantMetafieldRoutes } from './variant-metafields.ts';

/** The table of a simulator; it holds no state and may be shared. */
export function endpointTable(): RouteTable {
  return new RouteTable([
    ...orderReadRoutes,
    ...orderPartRoutes,
    ...orderUpdateRoutes,
    ...orderCreateRoutes,
    ...shipmentRoutes,
    ...paymentRoutes,
    ...metafieldRoutes,
    ...pickupRoutes,
    ...pickupMethodRoutes,
    ...hookRoutes,
    // Before the products, whose ids would match any word.
    ...productMetafieldRoutes,
    ...catalogRoutes,
    ...variantMetafieldRoutes,
    ...customerRoutes,
    ...storeInformationRoutes,
    // Last, so that a family which gets real endpoints wins.
    ...probeFamilyRoutes,
  ]);
}
