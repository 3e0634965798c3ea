import type { CarrierFact } from './carrier-event.ts';
import type { Shipment, StageOverride } from './facts.ts';
import type { Order } from './order.ts';
export interface Understanding { shipments: Shipment[]; unplaced: CarrierFact[] }
export function understandShipments(order: Order, events: CarrierFact[], overrides: StageOverride[]): Understanding {
  throw new Error(`being written ${order.orderId} ${events.length} ${overrides.length}`);
}
