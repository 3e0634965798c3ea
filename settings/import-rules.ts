/** From settings to the rules by which an import completes orders. It only renames; it must not decide. */
import type { CodRules } from '../domain/cash-on-delivery.ts';
import { codJudge } from '../domain/cash-on-delivery.ts';
import type { DetailRules, OrderRules } from '../domain/import-order.ts';
import { localDefaults, type LocalFields } from '../domain/order-label.ts';
import type { WeightUnit } from '../domain/order.ts';
import type { PickupPointRules } from '../domain/pickup-point.ts';
import type { ChannelSettings } from './channel-settings.ts';

/** What is known of the store beside its orders; null where it is not. */
export interface StoreFacts {
  weightUnit: WeightUnit | null;
  /** ISO-2. */
  country: string | null;
}

/** The rules of cash on delivery. */
export function codRules(settings: ChannelSettings): CodRules {
  const { cod } = settings.orders.import;
  return {
    gatewayCodes: cod.gateway_codes,
    paymentMethods: cod.payment_methods,
    statusLabels: cod.status_labels,
    paymentStatuses: cod.payment_statuses,
  };
}

/** What the settings make of an order that was read. */
export function orderRules(settings: ChannelSettings, store: StoreFacts): OrderRules {
  const { product_options, hs_code, weight } = settings.orders.import;
  return {
    cod: codJudge(codRules(settings)),
    productOptions: product_options,
    hsCode: { sources: hs_code.sources, default: hs_code.default },
    storeUnit: weight.store_unit === 'auto' ? store.weightUnit : weight.store_unit,
    pickupPoints: pickupPointRules(settings),
  };
}

function pickupPointRules({ pudo }: ChannelSettings): PickupPointRules | null {
  if (!pudo.enabled) return null;
  return { sources: pudo.sources, fields: pudo.fields, useAsDestination: pudo.use_as_destination };
}

/** Which detail calls the settings ask for. */
export function detailRules(settings: ChannelSettings, store: StoreFacts): DetailRules {
  const { images, weight, hs_code, customers } = settings.orders.import;
  return {
    images: images.enabled,
    catalogWeights: weight.default !== null && weight.apply === 'when_missing',
    customsFrom: hs_code.sources.includes('customs_information') ? store.country : null,
    metafields:
      settings.pudo.enabled && settings.pudo.sources.some(({ where }) => where === 'order_metafield'),
    codes:
      hs_code.metafield === null || store.country === null || !hs_code.sources.includes('product_metafield')
        ? null
        : { from: store.country, ...metafieldNamed(hs_code.metafield) },
    customers: customers.read,
  };
}

/** `key`, or `namespace.key`: the last dot parts them, because keys have none. */
function metafieldNamed(name: string): { namespace: string | null; key: string } {
  const dot = name.lastIndexOf('.');
  return dot < 0
    ? { namespace: null, key: name }
    : { namespace: name.slice(0, dot), key: name.slice(dot + 1) };
}

/** Fields that are ours, as a new order gets them. */
export function localFields(settings: ChannelSettings): LocalFields {
  const { parcels, weight } = settings.orders.import;
  return localDefaults({
    parcels: parcels.default_count,
    weight:
      weight.default === null
        ? null
        : { value: weight.default, unit: weight.unit, always: weight.apply === 'always' },
  });
}
