/** Settings under `orders.push` and `handoff`: sales made outside, and carts sent to an outside checkout. */
import { z } from 'zod';
import { group, setting } from './setting.ts';
import { httpsUrl, words } from './value-kinds.ts';

/** The six statuses in which an order may be created (capabilities C-14 to C-20). */
export const PUSH_STATUSES = [1, 8, 9, 10, 11, 12] as const;

/** The store's own mark of migrated orders; only a migration run uses it. */
const MIGRATION_SOURCE = 'M-MIG';

export const orderPush = group({
  initial: setting(z.boolean(), false, 'Creates an order in the store for every paid new sale.', ['C-9']),
  renewal: setting(z.boolean(), false, 'Creates an order in the store for every paid renewal.', ['C-12']),
  status: setting(
    z.literal(PUSH_STATUSES),
    11,
    'The status in which those orders are created: 1 Pending, 8 Awaiting Pickup, 9 Awaiting Shipment, 10 Completed, 11 Awaiting Fulfillment, ' +
      '12 Manual Verification Required.',
    ['C-14', 'C-15', 'C-16', 'C-17', 'C-18', 'C-19', 'C-20', 'X-14'],
  ),
  mixed: setting(
    z.enum(['skip', 'push_known', 'push_custom']),
    'skip',
    'A sale with lines that are not in the catalog projection: is left out, is created with the known lines, or with custom lines for the others.',
    ['C-10'],
  ),
  customer: setting(
    z.enum(['guest', 'match_by_email']),
    'match_by_email',
    'Whether those orders belong to the customer with that e-mail address (never created), or to a guest.',
    ['C-47'],
  ),
  external_source: setting(
    words(30).refine((source) => source.toUpperCase() !== MIGRATION_SOURCE, {
      error: `${MIGRATION_SOURCE} marks migrated orders and is not for a channel`,
    }),
    'waybill',
    'The mark of origin on those orders.',
    ['C-46', 'X-13'],
  ),
});

export const handoff = group({
  enabled: setting(
    z.boolean(),
    false,
    'Builds links that carry a cart of the store to an outside checkout. Needs `handoff.target_url`.',
    ['C-36'],
  ),
  target_url: setting(httpsUrl.nullable(), null, 'Where those links lead; https.', ['C-36', 'C-42']),
  param: setting(
    z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, {
      error: 'expected a letter, then letters, digits, dashes, underscores',
    }),
    'products',
    'The query parameter that carries the cart.',
    ['C-37'],
  ),
  format: setting(
    z.enum(['compact', 'json_token']),
    'compact',
    '`compact` is `id:qty;id.variant:qty`; `json_token` is signed JSON.',
    ['C-37', 'C-38', 'C-41'],
  ),
  install: setting(
    z.enum(['manual', 'script']),
    'manual',
    'A snippet that you put into the theme yourself, or a script that is installed and removed by API.',
    ['C-40', 'SC-6', 'SC-7'],
  ),
});
