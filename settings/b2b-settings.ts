/** Settings under `b2b`: whether the store's B2B Edition is read, and how. The password of the old login is a secret. */
import { z } from 'zod';
import { group, setting } from './setting.ts';
import { apiOrigin, words } from './value-kinds.ts';

export const b2b = group({
  enabled: setting(z.boolean(), false, 'Reads companies of B2B Edition. Off: nothing is ever called there.', [
    'I-48',
    'I-2',
  ]),
  auth_mode: setting(
    z.enum(['store_token', 'legacy_login']),
    'store_token',
    "With the store's token, or by the login that BigCommerce has deprecated since September 2025.",
    ['X-17'],
  ),
  api_base_url: setting(
    apiOrigin,
    'https://api-b2b.bigcommerce.com',
    'Where the API of B2B Edition is. Only hosts that the installation allows are called.',
    ['I-52'],
  ),
  legacy: group({
    email: setting(
      z.email({ error: 'expected an e-mail address' }).max(254).nullable(),
      null,
      'The administrator who logs in; only with `b2b.auth_mode` `legacy_login`.',
      ['I-49'],
    ),
    token_name: setting(
      words(60).nullable(),
      null,
      'What the token made by that login is called; null for Waybill and the name of the channel. Only with `legacy_login`.',
      ['I-50'],
    ),
  }),
});
