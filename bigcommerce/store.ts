/**
 * The store itself (bigcommerce-api.md section 1.7): who it is, its units, its currency and its clock.
 */
import { z } from 'zod';
import { unnamedMembers, type StoreAsk } from './ask.ts';
import { idOrNull, textOf, textOrNull } from './wire-values.ts';
import { flag, optionalId, text } from './wire-parts.ts';

export interface StoreInformation {
  storeHash: string;
  name: string;
  domain: string;
  /** The plan's name, as the store spells it. */
  plan: string;
  /** `live`, `down_for_maintenance`, … as it came. */
  status: string;
  /** The store's default currency. */
  currency: string;
  /** The unit of weights in catalog and orders: `KGS`, `LBS`, `Ounces`, `Grams`, `Tonnes`, as it came. */
  weightUnits: string;
  timeZone: string;
  /** ISO 3166-1 alpha-2; empty where the store does not say. */
  countryCode: string;
  controlPanelUrl: string | null;
  defaultStorefrontId: number | null;
  multiStorefront: boolean;
  more: Record<string, unknown>;
}

export interface StoreCalls {
  storeInformation(): Promise<StoreInformation>;
  /** The store's clock, ISO with whole seconds. */
  storeTime(): Promise<string>;
}

const wireStore = z.looseObject({
  id: z.string(),
  name: text,
  domain: text,
  status: text,
  plan_name: text,
  currency: text,
  weight_units: text,
  country_code: text,
  timezone: z.looseObject({ name: text }).nullish(),
  control_panel_base_url: text,
  default_channel_id: optionalId,
  features: z.looseObject({ multi_storefront_enabled: flag }).nullish(),
});
/** Ends with the year 9999: a later second is no clock, and Node's dates would refuse it with an error of their own. */
const LAST_SECOND = 253_402_300_799;
const wireTime = z.object({
  time: z.union([z.number().int().min(0).max(LAST_SECOND), z.string().regex(/^\d{1,11}$/)]),
});

export function storeCalls(ask: StoreAsk): StoreCalls {
  return {
    async storeInformation() {
      const wire = await ask.one({ method: 'GET', path: '/v2/store' }, wireStore);
      return {
        storeHash: wire.id,
        name: textOf(wire.name),
        domain: textOf(wire.domain),
        plan: textOf(wire.plan_name),
        status: textOf(wire.status),
        currency: textOf(wire.currency),
        weightUnits: textOf(wire.weight_units),
        timeZone: textOf(wire.timezone?.name),
        countryCode: textOf(wire.country_code),
        controlPanelUrl: textOrNull(wire.control_panel_base_url),
        defaultStorefrontId: idOrNull(wire.default_channel_id),
        multiStorefront: wire.features?.multi_storefront_enabled === true,
        more: unnamedMembers(wireStore, wire),
      };
    },

    async storeTime() {
      const { time } = await ask.one({ method: 'GET', path: '/v2/time' }, wireTime);
      return `${new Date(Number(time) * 1000).toISOString().slice(0, 19)}Z`;
    },
  };
}
