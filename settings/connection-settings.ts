/** Settings under `channel` and `connection`: what the channel is, and which store it speaks to. Secrets are elsewhere. */
import { z } from 'zod';
import { group, required, setting } from './setting.ts';
import { apiOrigin, distinct, positiveId, words } from './value-kinds.ts';

export const CHANNEL_PROFILES = [
  'import_only',
  'import_and_writeback',
  'catalog_and_push',
  'custom',
] as const;

/** The runtime's own list decides: Node carries the IANA database. */
function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const channel = group({
  name: required(words(80), 'What people call the connection. No two channels have the same name.', [
    'Q-11',
    'S-18',
    'I-39',
  ]),
  client_ref: setting(
    words(80).nullable(),
    null,
    'A reference of yours, such as the merchant for whom you work; shown beside the name.',
    ['P-15'],
  ),
  timezone: setting(
    z.string().refine(isTimeZone, { error: 'expected an IANA time zone such as Europe/Rome' }),
    'UTC',
    'The clock that "on the hour" and nightly work go by: an IANA time zone.',
    ['Q-41'],
  ),
  profile: setting(
    z.enum(CHANNEL_PROFILES),
    'import_only',
    'What the channel is for. `import_only` makes every write to the store impossible; `import_and_writeback` writes shipments and ' +
      'statuses of imported orders; `catalog_and_push` may also write catalog ids and create orders; `custom` may do all of it.',
    ['P-11', 'P-28'],
  ),
});

export const connection = group({
  platform: setting(
    z.literal('bigcommerce'),
    'bigcommerce',
    'The platform of the store. BigCommerce is the only one; one channel speaks to one store.',
    ['P-16', 'Q-11', 'Q-40'],
  ),
  auth_mode: setting(
    z.enum(['store_token', 'app_oauth']),
    'store_token',
    'How the token is obtained: `store_token` is made in the control panel by hand; `app_oauth` comes from an app of your own and needs ' +
      '`connection.client_id` and the client secret.',
    ['I-4', 'I-26', 'Q-2', 'X-9'],
  ),
  api_base_url: setting(
    apiOrigin,
    'https://api.bigcommerce.com',
    "Where the store's API is. Only hosts that the installation allows are called (`WAYBILL_STORE_HOSTS`).",
    ['I-28', 'I-41', 'X-8'],
  ),
  store_hash: required(
    z
      .string()
      .regex(/^[a-z0-9]{1,40}$/, { error: 'expected the bare store hash: lower-case letters and digits' }),
    'The store, as in `/stores/{hash}/` of its API path. Bound to the channel for ever.',
    ['Q-10', 'P-1', 'C-3', 'I-42', 'Q-40'],
  ),
  client_id: setting(
    z.string().trim().min(1).max(255).nullable(),
    null,
    'The API account that the token belongs to; it owns the webhooks and metafields. Optional with `store_token`, needed with `app_oauth`.',
    ['P-3', 'S-21', 'I-43', 'X-9'],
  ),
  bc_channel_ids: setting(
    distinct(positiveId, 100).min(1).nullable(),
    null,
    'Storefronts (BigCommerce calls them channels) whose orders are imported; null for all of them.',
    ['S-45', 'X-6'],
  ),
});
