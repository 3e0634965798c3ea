/** Every provider that is understood, once. A file that is not listed here is found by `test/domain/carriers`. */
import { seventeenTrack } from './17track.ts';
import { aftership } from './aftership.ts';
import { easypost } from './easypost.ts';
import { karrio } from './karrio.ts';
import type { ProviderId } from './provider-ids.ts';
import type { CarrierProvider } from './provider.ts';
import { sendcloud } from './sendcloud.ts';
import { ship24 } from './ship24.ts';
import { shipengine } from './shipengine.ts';
import { shippo } from './shippo.ts';
import { starshipit } from './starshipit.ts';

export const PROVIDERS: Readonly<Record<ProviderId, CarrierProvider>> = {
  easypost,
  shippo,
  aftership,
  '17track': seventeenTrack,
  ship24,
  karrio,
  sendcloud,
  starshipit,
  shipengine,
};
