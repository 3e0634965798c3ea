/** Settings under `orders.import` and `pudo`: which orders come in, when, and what is read with them. */
import { z } from 'zod';
import { group, setting } from './setting.ts';
import { distinct, statusIds, words } from './value-kinds.ts';

/** Closed list of the store's `payment_status` (capabilities F-6); the empty word is one of them. */
export const PAYMENT_STATUSES = [
  'authorized',
  'captured',
  'capture pending',
  'declined',
  'held for review',
  'paid',
  'partially refunded',
  'pending',
  'refunded',
  'void',
  'void pending',
  '',
] as const;

const schedule = {
  mode: setting(
    z.enum(['automatic', 'manual']),
    'automatic',
    '`automatic` polls by schedule; `manual` imports only when asked.',
    ['Q-13', 'Q-17'],
  ),
  interval_minutes: setting(z.int().min(5).max(1440), 60, 'Minutes between two automatic imports.', [
    'Q-13',
    'X-11',
  ]),
  align_to_clock: setting(
    z.boolean(),
    true,
    'Runs on the full hour (or the even multiple of the interval) instead of counting from when the channel was enabled.',
    ['Q-13'],
  ),
  webhooks_enabled: setting(
    z.boolean(),
    true,
    'Asks the store to tell about orders at once; the poll stays as the safety net. Only where the installation has a public address. ' +
      'Off for strictly read-only use: registering is a POST, though it needs no scope.',
    ['P-30', 'X-27'],
  ),
  lookback_days: setting(
    z.int().min(1).max(365),
    7,
    'How many days an import by hand reaches back when it is not told.',
    ['S-31', 'Q-20'],
  ),
  lookback_basis: setting(
    z.enum(['created', 'modified']),
    'created',
    'Whether those days count from when an order was created or from when it was last changed.',
    ['S-31'],
  ),
  hold_minutes: setting(
    z.int().min(0).max(10_080),
    0,
    'How long a new order waits before it is admitted, counted from its creation, so that early edits and cancellations are in it.',
    ['K-8'],
  ),
};

const statuses = group({
  include: setting(
    statusIds.min(1).nullable(),
    null,
    'Store statuses that are admitted; null for all that no other list excludes. A status named here overrules `default_exclude`.',
    ['S-24', 'S-25', 'S-26', 'X-1'],
  ),
  exclude: setting(statusIds, [], 'Store statuses in which no new order is admitted, whatever else holds.', [
    'Q-18',
    'X-1',
  ]),
  default_exclude: setting(
    statusIds,
    [0, 1, 2, 4, 5, 6, 7, 10, 12, 13],
    'Statuses excluded unless `include` names them or the order is cash on delivery: unfinished, unpaid, finished, cancelled, held.',
    ['Q-19', 'X-1'],
  ),
});

const shared = {
  own_orders: setting(
    z.enum(['link', 'import', 'ignore']),
    'link',
    'Orders that Waybill itself created in the store: `link` follows them as the sale they came from, `import` takes them like any other, ' +
      '`ignore` leaves them out.',
    ['X-13', 'C-46'],
  ),
  allow_shared_import: setting(
    z.boolean(),
    false,
    'Lets this channel import from storefronts that another channel imports from too. Each order then exists once per channel.',
    ['X-6'],
  ),
};

const cashOnDelivery = group({
  gateway_codes: setting(
    distinct(words(60), 50),
    ['cod'],
    'Gateways of transactions that mean cash on delivery; compared whole, without regard to case.',
    ['Q-21'],
  ),
  payment_methods: setting(
    distinct(words(120), 50),
    ['Cash on Delivery'],
    'Names of payment methods that mean cash on delivery; compared whole, without regard to case.',
    ['Q-21', 'Q-22'],
  ),
  status_labels: setting(
    distinct(words(120), 15),
    [],
    'Your own labels of order statuses that mean cash on delivery.',
    ['Q-22'],
  ),
  payment_statuses: setting(
    distinct(z.enum(PAYMENT_STATUSES), PAYMENT_STATUSES.length),
    [],
    'Payment statuses of the store that mean cash on delivery; the empty word is one of them.',
    ['Q-22'],
  ),
  bypass_statuses: setting(
    distinct(z.literal([0, 1, 7]), 3),
    [7],
    'Statuses in which a cash-on-delivery order passes `default_exclude`, because it is unpaid by nature. Of 0, 1 and 7.',
    ['X-23'],
  ),
});

const images = group({
  enabled: setting(z.boolean(), false, "Keeps the address of each line's product image.", ['Q-26']),
  size: setting(z.enum(['thumbnail', 'standard', 'zoom']), 'standard', 'Which size of it.', ['Q-26']),
});

const weight = group({
  default: setting(
    z.number().min(0).max(1_000_000).nullable(),
    null,
    'Weight of an order, in `orders.import.weight.unit`, where the store gives none; null for no default.',
    ['Q-27'],
  ),
  unit: setting(z.enum(['kg', 'g', 'lb', 'oz']), 'kg', 'Unit of the default weight.', ['Q-27']),
  apply: setting(
    z.enum(['when_missing', 'always']),
    'when_missing',
    '`always` uses the default in place of the weight that the store gives.',
    ['Q-27'],
  ),
  store_unit: setting(
    z.enum(['auto', 'kg', 'g', 'lb', 'oz', 't']),
    'auto',
    "Unit of the store's weights. `auto` asks the store, which needs the scope Information & Settings; without it, set the unit.",
    ['X-10', 'I-23'],
  ),
});

const parcels = group({
  default_count: setting(z.int().min(1).max(99), 1, 'Parcels of a new order.', ['Q-28']),
});

const productOptions = setting(
  z.record(
    z
      .string()
      .max(40)
      .regex(/^[a-z_]+$/, { error: 'expected a field of small letters and underscores' }),
    distinct(words(120), 50).min(1),
  ),
  { size: ['Size'], hs_code: ['HS Code'], color: ['Color', 'Colour'] },
  'Fields of a line that are filled from product options, each with the display names of the option; compared without regard to case.',
  ['S-34', 'S-35', 'S-36', 'S-37'],
);

const hsCode = group({
  sources: setting(
    distinct(z.enum(['option', 'customs_information', 'product_metafield', 'channel_default']), 4),
    ['option', 'customs_information', 'product_metafield', 'channel_default'],
    'Where the customs tariff code of a line is looked for; the first that has one wins.',
    ['S-35'],
  ),
  default: setting(
    z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9]{6,14}$/, { error: 'expected 6 to 14 letters and digits, without dots' })
      .nullable(),
    null,
    'The code of lines for which no other source has one (source `channel_default`).',
    ['S-35'],
  ),
  metafield: setting(
    z
      .string()
      .trim()
      .regex(/^(\S{1,64}\.)?[^\s.]{1,64}$/, { error: 'expected a key, or namespace.key, without blanks' })
      .nullable(),
    null,
    'The metafield of products that holds the code (source `product_metafield`): its key, or namespace.key. Without it none is read; ' +
      'with it one call for 250 products that leave the country.',
    ['S-35'],
  ),
});

const customers = group({
  read: setting(
    z.boolean(),
    false,
    'Reads the records of registered customers: group, notes, and e-mail and phone where the order lacks them. One call for up to 250 customers.',
    ['Q-46'],
  ),
});

export const orderImport = group({
  ...schedule,
  statuses,
  ...shared,
  cod: cashOnDelivery,
  images,
  weight,
  parcels,
  product_options: productOptions,
  hs_code: hsCode,
  customers,
});

/** Where a checkout plugin may have left the shopper's pickup point. */
export const PICKUP_POINT_PLACES = [
  'address_form_field',
  'order_metafield',
  'shipping_method',
  'staff_notes',
] as const;
/** What is kept of a pickup point (capabilities Q-38). */
export const PICKUP_POINT_FIELDS = [
  'id',
  'courier',
  'type',
  'name',
  'address',
  'city',
  'state',
  'postal_code',
  'country',
  'description',
] as const;

/** Longer patterns are programs, and every order's text runs through them. */
const PATTERN_LENGTH_MAX = 300;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u').source !== '';
  } catch {
    return false;
  }
}

const pickupPointSource = z
  .strictObject({
    where: z.enum(PICKUP_POINT_PLACES),
    /** Of a metafield; absent: any. */
    namespace: words(64).optional(),
    key: words(120).optional(),
    pattern: z
      .string()
      .min(1)
      .max(PATTERN_LENGTH_MAX)
      .refine(isPattern, { error: 'expected a regular expression' })
      .optional(),
  })
  .refine(
    ({ where, key, pattern }) =>
      where === 'order_metafield' || where === 'address_form_field'
        ? key !== undefined
        : pattern !== undefined,
    {
      error:
        'expected a key for address_form_field and order_metafield, a pattern for shipping_method and staff_notes',
    },
  );

export const pudo = group({
  enabled: setting(
    z.boolean(),
    false,
    "Looks for a carrier's pickup point that the shopper chose. Needs `pudo.sources`.",
    ['Q-37', 'X-26'],
  ),
  sources: setting(
    distinct(pickupPointSource, 10),
    [],
    'Where it is looked for, first found wins: `{"where":"order_metafield","namespace":"…","key":"…"}`, `{"where":"address_form_field","key":"…"}`, ' +
      '`{"where":"shipping_method","pattern":"…"}` or `{"where":"staff_notes","pattern":"…"}` with named groups.',
    ['Q-38'],
  ),
  fields: setting(
    z.partialRecord(z.enum(PICKUP_POINT_FIELDS), words(120)),
    Object.fromEntries(PICKUP_POINT_FIELDS.map((field) => [field, field])),
    'Which field of the point is found under which name there.',
    ['Q-38'],
  ),
  use_as_destination: setting(
    z.boolean(),
    true,
    'Ships to the pickup point; the address of the order is kept beside it.',
    ['Q-38'],
  ),
});
