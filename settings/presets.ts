/**
 * Named sets of settings for the ways in which people come to Waybill (capabilities section 8, last table). A preset
 * sets what it names and leaves the rest; afterwards every setting can be changed by itself.
 */
import type { ShipmentTrigger } from '../domain/write-back-types.ts';
import type { SettingsDocument } from './channel-settings.ts';
import { mergeSettings, type ChangedSettings } from './change-settings.ts';
import { nearestName } from './nearest-name.ts';

export interface Preset {
  name: string;
  description: string;
  settings: SettingsDocument;
}

function writing(
  trigger: ShipmentTrigger[],
  on: { writeback?: boolean; trackable?: boolean; possession?: boolean; delivered?: boolean },
): SettingsDocument {
  return {
    channel: { profile: 'import_and_writeback' },
    fulfillment: {
      push_enabled: true,
      trigger,
      status: {
        shipped_on_writeback: on.writeback ?? false,
        shipped_on_trackable: on.trackable ?? false,
        shipped_on_possession: on.possession ?? false,
        on_delivered: on.delivered ?? false,
      },
    },
  };
}

export const PRESETS: readonly Preset[] = [
  {
    name: 'import-only',
    description: 'Orders come in, nothing is ever written to the store.',
    settings: { channel: { profile: 'import_only' }, fulfillment: { push_enabled: false } },
  },
  {
    name: 'Starshipit-print',
    description: 'Printing a label writes the shipment and sets Shipped.',
    settings: writing(['label.created', 'shipment.external'], { writeback: true }),
  },
  {
    name: 'Starshipit-manifest',
    description: 'The manifest writes the shipment and sets Shipped; a printed label alone writes nothing.',
    settings: writing(['shipment.manifested', 'shipment.external'], { writeback: true }),
  },
  {
    name: 'Qapla-trackable',
    description:
      'Shipment and Shipped as soon as the carrier knows the number; delivery sets the delivered status.',
    settings: writing(['tracking.trackable', 'shipment.external'], { trackable: true, delivered: true }),
  },
  {
    name: 'Qapla-possession',
    description: 'Shipment and Shipped once the carrier has the goods; delivery sets the delivered status.',
    settings: writing(['tracking.possession', 'shipment.external'], { possession: true, delivered: true }),
  },
  {
    name: 'ParcelPilot',
    description: 'A new shipment is written and sets Shipped; a later change of its number is written too.',
    settings: writing(['label.created', 'shipment.external'], { writeback: true }),
  },
];

/** The document with a preset laid over it; names are compared without regard to case. */
export function applyPreset(doc: SettingsDocument, name: string): ChangedSettings {
  const preset = PRESETS.find((candidate) => candidate.name.toLowerCase() === name.trim().toLowerCase());
  if (preset !== undefined) return mergeSettings(doc, preset.settings);
  const near = nearestName(
    name,
    PRESETS.map((candidate) => candidate.name),
  );
  const hint =
    near === null ? PRESETS.map((candidate) => candidate.name).join(', ') : `did you mean ${near}?`;
  return {
    ok: false,
    problems: [{ setting: '', message: `there is no preset ${JSON.stringify(name)}; ${hint}` }],
  };
}
