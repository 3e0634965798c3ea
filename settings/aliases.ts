/**
 * Names under which other products keep the same settings (capabilities section 8): what each becomes, and which are
 * read over with a notice. Each value is read by itself; nothing here knows a channel.
 */
import { STORE_STATUS_NAMES } from '../domain/store-status.ts';
import { PUSH_STATUSES } from './push-settings.ts';

export type AliasReading =
  { ok: true; target: string; value: unknown; notice: string | null } | { ok: false; message: string };

export interface Alias {
  /** As the other product writes it. */
  name: string;
  /** The setting or secret that it becomes. */
  target: string;
  /** For the page of settings; null where the names say it all. */
  note: string | null;
  read: (value: unknown) => AliasReading;
}

export interface DroppedName {
  name: string;
  /** Why nothing comes of it. */
  why: string;
}

const BOOLEAN_WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

/** True and false, also as words; undefined for anything else. */
function truthOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean'
    ? value
    : typeof value === 'string'
      ? BOOLEAN_WORDS[value.trim().toLowerCase()]
      : undefined;
}

/** Numbers and texts as text; undefined for anything else. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : undefined;
}

function alias(
  name: string,
  target: string,
  read: (value: unknown) => { value: unknown; notice?: string } | { refused: string },
  note: string | null = null,
): Alias {
  return {
    name,
    target,
    note,
    read: (value) => {
      const outcome = read(value);
      return 'refused' in outcome
        ? { ok: false, message: outcome.refused }
        : { ok: true, target, value: outcome.value, notice: outcome.notice ?? null };
    },
  };
}

const asItIs = (value: unknown) => ({ value });

function asTruth(value: unknown): { value: unknown } | { refused: string } {
  const truth = truthOf(value);
  return truth === undefined ? { refused: 'expected true or false' } : { value: truth };
}

/** C-6: the seed prints this name twice; what is no truth value is the gateway. */
const initialOrders: Alias = {
  name: 'sendInitialOrders',
  target: 'orders.push.initial',
  note: 'anything but true or false is read as `catalog.default_gateway_ref`',
  read: (value) => {
    const truth = truthOf(value);
    if (truth !== undefined) return { ok: true, target: 'orders.push.initial', value: truth, notice: null };
    const ref = textOf(value);
    if (ref === undefined || ref === '')
      return { ok: false, message: 'expected true, false, or the reference of a gateway' };
    const notice =
      'is not true or false and was read as the gateway, as that product once printed it: catalog.default_gateway_ref';
    return { ok: true, target: 'catalog.default_gateway_ref', value: ref, notice };
  },
};

/** C-14 to C-20: by the label that the store shows, or by its id. */
function pushStatus(value: unknown): { value: unknown } | { refused: string } {
  const wanted = textOf(value)?.toLowerCase();
  const id = PUSH_STATUSES.find(
    (status) => String(status) === wanted || STORE_STATUS_NAMES[status].toLowerCase() === wanted,
  );
  if (id !== undefined) return { value: id };
  const allowed = PUSH_STATUSES.map((status) => STORE_STATUS_NAMES[status]).join(', ');
  return { refused: `expected one of ${allowed}` };
}

/** C-22: nothing and 0 are off. */
function minutes(value: unknown): { value: unknown } | { refused: string } {
  const text = value === null ? '' : textOf(value);
  if (text === '' || text === '0') return { value: null };
  return text !== undefined && /^\d{1,6}$/.test(text)
    ? { value: Number(text) }
    : { refused: 'expected whole minutes' };
}

function gateway(value: unknown): { value: unknown } | { refused: string } {
  const ref = value === null ? '' : textOf(value);
  if (ref === undefined) return { refused: 'expected the reference of a gateway' };
  return { value: ref === '' ? null : ref };
}

export const ALIASES: readonly Alias[] = [
  alias('credentials.bigcommerce.store_hash', 'connection.store_hash', asItIs),
  alias('credentials.bigcommerce.access_token', 'connection.access_token', asItIs),
  alias('credentials.bigcommerce.client_id', 'connection.client_id', asItIs),
  alias('credentials.bigcommerce.client_secret', 'connection.client_secret', asItIs),
  alias('settings.push_ship_confirms', 'fulfillment.push_enabled', asTruth),
  alias('storeHash', 'connection.store_hash', asItIs, 'an API path or an admin address will do as well'),
  alias('accessToken', 'connection.access_token', asItIs),
  alias('billerId', 'catalog.default_gateway_ref', gateway),
  initialOrders,
  alias('sendRebillOrders', 'orders.push.renewal', asTruth),
  alias('sendOrderStatus', 'orders.push.status', pushStatus, 'by its label'),
  alias('autoSync', 'catalog.sync.auto_minutes', minutes, '0 and nothing are off'),
];

const NO_LONGER = 'that product gave it up itself';

export const DROPPED: readonly DroppedName[] = [
  { name: 'username', why: 'a leftover of an older way to log in' },
  { name: 'legacy.username', why: 'a leftover of an older way to log in' },
  { name: 'rectangle_grid_tags', why: NO_LONGER },
  { name: 'swatch_grid_tags', why: NO_LONGER },
  { name: 'swatch_color_values', why: NO_LONGER },
  {
    name: 'campaignId',
    why: 'the first catalog sync makes a projection of its own (`catalog.projection_id`)',
  },
];

/** People write `Rectangle Grid Tags`, `store_hash`, `StoreHash`: all one name. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9.]/g, '');
}
