// How the store names shipping providers and makes tracking links of its own from a provider or carrier and a number.
import type { Shipment } from './model.ts';

const PROVIDERS: Readonly<Record<string, string>> = {
  auspost: 'Australia Post',
  canadapost: 'Canada Post',
  endicia: 'Endicia',
  usps: 'USPS',
  fedex: 'FedEx',
  royalmail: 'Royal Mail',
  ups: 'UPS',
  upsready: 'UPS® Ready',
  upsonline: 'UPS Online',
  shipperhq: 'ShipperHQ',
};

/** Whether the store knows this `shipping_provider`: empty, a built-in one, or a registered `carrier_{id}`. */
export function isShippingProvider(code: string): boolean {
  return code === '' || code in PROVIDERS || /^carrier_\w+$/.test(code);
}

/** The name shown for a provider; empty when none was given. `custom` is what an omitted provider becomes. */
export function providerName(code: string): string {
  return PROVIDERS[code] ?? (code === 'custom' ? 'Custom' : code);
}

/**
 * The link the store generates from provider or carrier slug and number. A number alone gives none, nor does the
 * provider `custom` (bigcommerce-api.md section 3.7).
 */
export function carrierLink(shipment: Shipment): string {
  const carrier = shipment.trackingCarrier !== '' ? shipment.trackingCarrier : shipment.shippingProvider;
  if (carrier === '' || carrier === 'custom' || shipment.trackingNumber === '') return '';
  return `https://tracking.example/${encodeURIComponent(carrier)}/${encodeURIComponent(shipment.trackingNumber)}`;
}
