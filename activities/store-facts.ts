/**
 * What the last connection check learned of a store and an import needs: its unit of weight and its country. No call:
 * what was not read is null, and weights are then in "the store's unit".
 */
import type { Channel } from '../db/channels.ts';
import type { WeightUnit } from '../domain/order.ts';
import type { StoreFacts } from '../settings/import-rules.ts';

/** The store's words (bigcommerce-api.md section 1.7), compared in small letters. */
const UNITS: Readonly<Record<string, WeightUnit>> = {
  kgs: 'kg',
  kg: 'kg',
  lbs: 'lb',
  lb: 'lb',
  ounces: 'oz',
  oz: 'oz',
  grams: 'g',
  g: 'g',
  tonnes: 't',
  t: 't',
};

/** Pure. */
export function storeFactsOf(channel: Pick<Channel, 'lastCheck'>): StoreFacts {
  const store = channel.lastCheck?.['store'];
  const report = typeof store === 'object' && store !== null ? store : {};
  const units = 'weightUnits' in report ? report.weightUnits : null;
  const country = 'countryCode' in report ? report.countryCode : null;
  return {
    weightUnit: typeof units === 'string' ? (UNITS[units.toLowerCase()] ?? null) : null,
    country: typeof country === 'string' && /^[A-Z]{2}$/.test(country) ? country : null,
  };
}
