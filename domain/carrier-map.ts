/**
 * Our carrier words and the store's ways to a tracking link (bigcommerce-api.md section 3.7). It promises that an
 * unknown carrier is written as such, with an explicit empty provider; it must not guess a provider.
 */

/** Closed list of `shipping_provider` (section 3.7); `carrier_{id}` belongs to the Shipping Provider API. */
export const SHIPPING_PROVIDERS: readonly string[] = [
  'auspost',
  'canadapost',
  'endicia',
  'usps',
  'fedex',
  'royalmail',
  'ups',
  'upsready',
  'upsonline',
  'shipperhq',
];
const REGISTERED_PROVIDER = /^carrier_\d+$/;
const TRACKING_CARRIER = /^carrier:([a-z0-9][a-z0-9-]{0,59})$/;
const LINK_TEMPLATE = /^https:\/\/[^\s]+$/;
const NUMBER_PLACE = '{number}';

/** In one sentence, for messages. */
export const CARRIER_TARGET_RULE =
  `a shipping provider (${SHIPPING_PROVIDERS.join(', ')} or carrier_{id}), carrier:{tracking carrier}, ` +
  `or an https link with ${NUMBER_PLACE}`;

/**
 * Common carriers by the words that upstream uses for them. A carrier in the provider list goes by its provider, the
 * others by their tracking-carrier slug (`tracking_carrier_values.csv` of the store's published description).
 */
export const COMMON_CARRIERS: Readonly<Record<string, string>> = {
  usps: 'usps',
  ups: 'ups',
  fedex: 'fedex',
  endicia: 'endicia',
  royal_mail: 'royalmail',
  australia_post: 'auspost',
  auspost: 'auspost',
  canada_post: 'canadapost',
  dhl: 'carrier:dhl',
  dhl_express: 'carrier:dhl',
  dhl_ecommerce: 'carrier:dhl-global-mail',
  dhl_germany: 'carrier:dhl-germany',
  deutsche_post: 'carrier:dhl-germany',
  dpd: 'carrier:dpd',
  gls: 'carrier:gls',
  tnt: 'carrier:tnt',
  aramex: 'carrier:aramex',
  evri: 'carrier:myhermes-uk',
  hermes: 'carrier:hermes',
  postnl: 'carrier:postnl',
  bpost: 'carrier:bpost',
  la_poste: 'carrier:la-poste-colissimo',
  colissimo: 'carrier:colissimo',
  chronopost: 'carrier:chronopost-france',
  correos: 'carrier:spain-correos-es',
  poste_italiane: 'carrier:poste-italiane',
  brt: 'carrier:brt-it',
  bartolini: 'carrier:brt-it',
  sda: 'carrier:italy-sda',
  an_post: 'carrier:an-post',
  austrian_post: 'carrier:austrian-post',
  postnord: 'carrier:postnord',
  bring: 'carrier:bring',
  inpost: 'carrier:inpost-paczkomaty',
  new_zealand_post: 'carrier:new-zealand-post',
  star_track: 'carrier:star-track',
  couriers_please: 'carrier:couriers-please',
  sendle: 'carrier:sendle',
  purolator: 'carrier:purolator',
  ontrac: 'carrier:ontrac',
  lasership: 'carrier:lasership',
};

export type CarrierTarget =
  | { way: 'provider'; provider: string }
  | { way: 'tracking_carrier'; slug: string }
  | { way: 'link'; template: string };

/** Reads one value of the map; null when it is none of the three ways. */
export function readCarrierTarget(value: string): CarrierTarget | null {
  if (SHIPPING_PROVIDERS.includes(value) || REGISTERED_PROVIDER.test(value))
    return { way: 'provider', provider: value };
  const slug = TRACKING_CARRIER.exec(value)?.[1];
  if (slug !== undefined) return { way: 'tracking_carrier', slug };
  if (LINK_TEMPLATE.test(value) && value.includes(NUMBER_PLACE)) return { way: 'link', template: value };
  return null;
}

/** `Australia Post`, `australia-post` and `AUSTRALIA_POST` are one word. */
export function normalizeCarrier(carrier: string): string {
  return carrier
    .trim()
    .toLowerCase()
    .replaceAll(/[\s\-_.]+/g, '_');
}

/** Where a carrier's parcels are found, or null for one that the map does not know. */
export function carrierTarget(
  map: Readonly<Record<string, string>>,
  carrier: string | null,
): CarrierTarget | null {
  if (carrier === null) return null;
  const wanted = normalizeCarrier(carrier);
  for (const [word, value] of Object.entries(map)) {
    if (normalizeCarrier(word) === wanted) return readCarrierTarget(value);
  }
  return null;
}

/** The link of a template with the number put in, escaped. */
export function fillLink(template: string, trackingNumber: string): string {
  return template.replaceAll(NUMBER_PLACE, encodeURIComponent(trackingNumber.trim()));
}
