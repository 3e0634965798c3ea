/** The providers whose own deliveries are understood: their ids in addresses, settings and secrets. */
export const PROVIDER_IDS = [
  'easypost',
  'shippo',
  'aftership',
  '17track',
  'ship24',
  'karrio',
  'sendcloud',
  'starshipit',
  'shipengine',
] as const;
export type ProviderId = (typeof PROVIDER_IDS)[number];

export function isProviderId(text: string): text is ProviderId {
  return (PROVIDER_IDS as readonly string[]).includes(text); // widened: `includes` wants a member already
}
