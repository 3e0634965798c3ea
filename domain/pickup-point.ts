/**
 * Reads the pickup point that a checkout plugin left on an order (capabilities Q-37…Q-39, bigcommerce-api.md section 10).
 * First source with anything in it wins. It promises never to take an unreadable point for none: a parcel that was meant
 * for a locker must not go to the shopper's home unseen. Pure.
 */
import { comparable } from './cash-on-delivery.ts';
import type { FormField, PickupPoint } from './order.ts';

export interface PickupPointSource {
  where: 'address_form_field' | 'order_metafield' | 'shipping_method' | 'staff_notes';
  /** Of a metafield; absent: any. */
  namespace?: string | undefined;
  key?: string | undefined;
  /** A regular expression with named groups. */
  pattern?: string | undefined;
}

/** What is kept of a point, in the words of the setting `pudo.fields`. */
export type PickupPointField =
  | 'id'
  | 'courier'
  | 'type'
  | 'name'
  | 'address'
  | 'city'
  | 'state'
  | 'postal_code'
  | 'country'
  | 'description';

export interface PickupPointRules {
  sources: readonly PickupPointSource[];
  /** Our field → its name at the source. */
  fields: Readonly<Partial<Record<PickupPointField, string>>>;
  useAsDestination: boolean;
}

export interface Metafield {
  namespace: string;
  key: string;
  value: string;
}

/** What of an order may hold a point. */
export interface PickupPointTexts {
  formFields: readonly FormField[];
  shippingMethod: string;
  staffNotes: string;
  metafields: readonly Metafield[];
}

/** Patterns run over merchants' free text; behind this nothing is looked for. */
const TEXT_LENGTH_MAX = 4_000;

/** The point of one consignment, or null where no source holds anything. */
export function readPickupPoint(texts: PickupPointTexts, rules: PickupPointRules): PickupPoint | null {
  for (const source of rules.sources) {
    const found = textAt(source, texts);
    if (found === null) continue;
    const values = source.pattern === undefined ? valuesOf(found) : groupsOf(found, source.pattern);
    // A pattern that does not match says that this text is about something else; a field by name is always about a point.
    if (values === null && source.key === undefined) continue;
    return pointOf(values, rules, nameOf(source));
  }
  return null;
}

function nameOf(source: PickupPointSource): string {
  return source.key === undefined ? source.where : `${source.where}:${source.key}`;
}

function textAt(source: PickupPointSource, texts: PickupPointTexts): string | null {
  const key = comparable(source.key ?? '');
  const text = ((): string | undefined => {
    switch (source.where) {
      case 'address_form_field':
        return texts.formFields.find((field) => comparable(field.name) === key)?.value;
      case 'order_metafield':
        return texts.metafields.find(
          (field) =>
            comparable(field.key) === key &&
            (source.namespace === undefined || field.namespace === source.namespace),
        )?.value;
      case 'shipping_method':
        return texts.shippingMethod;
      case 'staff_notes':
        return texts.staffNotes;
    }
  })();
  return text === undefined || text.trim() === '' ? null : text.slice(0, TEXT_LENGTH_MAX);
}

/** A JSON object, or one bare word: the point's id. Null: neither. */
function valuesOf(text: string): Record<string, string> | null {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return /\s{2,}|[\r\n]/.test(trimmed) ? null : { '': trimmed };
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  return Object.fromEntries(
    Object.entries(parsed)
      .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
      .map(([name, value]) => [name, String(value)]),
  );
}

function groupsOf(text: string, pattern: string): Record<string, string> | null {
  // The pattern was compiled once when the setting was saved.
  const match = new RegExp(pattern, 'u').exec(text);
  if (match === null) return null;
  const named = Object.entries(match.groups ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return named.length > 0 ? Object.fromEntries(named) : { '': match[1] ?? match[0] };
}

/** A point needs an id: without one no carrier finds it. */
function pointOf(
  values: Record<string, string> | null,
  rules: PickupPointRules,
  readFrom: string,
): PickupPoint {
  const get = (field: PickupPointField): string => {
    const name = rules.fields[field];
    return (name === undefined ? '' : (values?.[name] ?? '')).trim();
  };
  const id = get('id') || (values?.[''] ?? '').trim();
  return {
    readFrom,
    readable: id !== '',
    asDestination: rules.useAsDestination,
    id,
    courier: get('courier'),
    type: get('type'),
    name: get('name'),
    address: get('address'),
    city: get('city'),
    state: get('state'),
    postalCode: get('postal_code'),
    country: get('country'),
    description: get('description'),
  };
}
