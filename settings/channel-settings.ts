/**
 * The settings of one channel: the one schema from which types, defaults, validation, documentation and JSON Schema
 * come, put together from its groups. Names are snake_case and dotted; secrets are never settings (`other-names.ts`).
 */
import { z } from 'zod';
import { b2b } from './b2b-settings.ts';
import { catalog, mappings } from './catalog-settings.ts';
import { channel, connection } from './connection-settings.ts';
import { fulfillment } from './fulfillment-settings.ts';
import { orderImport, pudo } from './import-settings.ts';
import { alerts, lifecycle, retention } from './lifecycle-settings.ts';
import { handoff, orderPush } from './push-settings.ts';
import { group } from './setting.ts';
import { carriers, throttle, webhooks } from './throttle-settings.ts';

/** The document as it is kept: what was given. Parsing fills in the defaults. */
export const channelSettings = z.strictObject({
  channel,
  connection,
  orders: group({ import: orderImport, push: orderPush }),
  pudo,
  fulfillment,
  carriers,
  catalog,
  handoff,
  mappings,
  b2b,
  webhooks,
  throttle,
  lifecycle,
  retention,
  alerts,
});

export type ChannelSettings = z.output<typeof channelSettings>;
/** Settings as given, before defaults. */
export type SettingsDocument = Record<string, unknown>;
