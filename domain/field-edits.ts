/**
 * What a person may set of an order in place of the store or the channel's defaults (capabilities ), and taking
 * that back. It promises who and when beside each value, and a sentence for each refusal; it stores nothing. Pure.
 */
import type { FieldOwner, LocalFields, LocalWeight } from './order-label.ts';
import type { Address, DecimalText, Order, WeightUnit } from './order.ts';

export type AddressField = keyof Address;

export const ADDRESS_FIELDS = [
  'firstName',
  'lastName',
  'company',
  'street1',
  'street2',
  'city',
  'state',
  'postalCode',
  'country',
  'countryIso2',
  'phone',
  'email',
] as const satisfies readonly AddressField[];

/** Longer than any label prints. */
const ADDRESS_VALUE_MAX = 255;
const CONTROL_CHARACTERS = /\p{Cc}/u;

export interface AddressEdit {
  /** Null: the only one there is. */
  consignmentId: number | null;
  set: Partial<Address>;
  /** Have the store's value again. */
  unset: readonly AddressField[] | 'all';
}

export interface FieldEdits {
  /** Null: the channel's default. */
  parcels?: number | null;
  /** Null: what the store says. */
  weight?: { value: DecimalText; unit: WeightUnit } | null;
  address?: AddressEdit;
}

export type EditedFields =
  | {
      ok: true;
      local: LocalFields;
      /** What was set and taken back, by name, without the values: an address is a person's. */
      set: string[];
      unset: string[];
    }
  | { ok: false; message: string };

/** The name of a field as people read it. */
export function fieldInWords(key: string): string {
  const [what = '', consignment = '', field = ''] = key.split('.');
  if (what === 'parcels') return 'the number of parcels';
  return what === 'address' ? `${field} of the address of consignment ${consignment}` : `the ${what}`;
}

/** The fields after the edits, or why they cannot be. An equal edit sets nothing. May be repeated. */
export function applyEdits(
  order: Order,
  before: LocalFields,
  edits: FieldEdits,
  said: { by: string; at: string; defaults: LocalFields },
): EditedFields {
  const after: LocalFields = { ...before };
  const marks = new Map(Object.entries(before.edited ?? {}));
  const set: string[] = [];
  const unset: string[] = [];
  const mark = (key: string): void => {
    marks.set(key, { by: said.by, at: said.at });
    set.push(key);
  };
  const unmark = (key: string): void => {
    marks.delete(key);
    unset.push(key);
  };

  const { parcels, weight, address } = edits;
  if (parcels === null && before.parcels?.by === OPERATOR) {
    delete after.parcels;
    if (said.defaults.parcels !== undefined) after.parcels = said.defaults.parcels;
    unmark('parcels');
  } else if (parcels != null && !(before.parcels?.by === OPERATOR && before.parcels.count === parcels)) {
    after.parcels = { count: parcels, by: OPERATOR };
    mark('parcels');
  }
  if (weight === null && before.weight !== undefined) {
    delete after.weight;
    unmark('weight');
  } else if (weight != null && !isSet(before.weight, weight)) {
    after.weight = { ...weight, by: OPERATOR, always: true };
    mark('weight');
  }
  if (address !== undefined) {
    const edited = editAddress(order, before, address);
    if (!edited.ok) return edited;
    after.addresses = edited.addresses;
    edited.set.forEach(mark);
    edited.unset.forEach(unmark);
  }
  if (Object.keys(after.addresses ?? {}).length === 0) delete after.addresses;
  if (marks.size === 0) delete after.edited;
  else after.edited = Object.fromEntries([...marks].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ok: true, local: after, set, unset };
}

const OPERATOR: FieldOwner = 'operator';

function isSet(weight: LocalWeight | undefined, wish: { value: DecimalText; unit: WeightUnit }): boolean {
  return weight?.by === OPERATOR && weight.value === wish.value && weight.unit === wish.unit;
}

type EditedAddress =
  | { ok: true; addresses: NonNullable<LocalFields['addresses']>; set: string[]; unset: string[] }
  | { ok: false; message: string };

function editAddress(order: Order, before: LocalFields, edit: AddressEdit): EditedAddress {
  const problem = problemOf(edit.set);
  if (problem !== null) return { ok: false, message: problem };
  const groups = order.consignments.filter((group) => group.kind === 'shipping').map(({ id }) => id);
  const known = [...groups, ...Object.keys(before.addresses ?? {}).map(Number)];
  const [only] = groups;
  if (edit.consignmentId === null && (groups.length !== 1 || only === undefined)) {
    return {
      ok: false,
      message:
        groups.length === 0
          ? 'The order goes to no address: it is digital or collected in a shop.'
          : `The order goes to ${String(groups.length)} addresses. Say which one: --consignment ${groups.join(' or ')}.`,
    };
  }
  const consignment = edit.consignmentId ?? only ?? 0;
  // An address of a consignment that is gone may still be taken back.
  if (!(Object.keys(edit.set).length > 0 ? groups : known).includes(consignment)) {
    return {
      ok: false,
      message: `The order has no consignment ${String(consignment)}; it has ${groups.join(', ') || 'none'}.`,
    };
  }
  const key = String(consignment);
  const fields = new Map(Object.entries(before.addresses?.[key] ?? {}));
  const [set, unset]: [string[], string[]] = [[], []];
  for (const field of edit.unset === 'all' ? [...fields.keys()] : edit.unset)
    if (fields.delete(field)) unset.push(`address.${key}.${field}`);
  for (const [field, value] of Object.entries(edit.set)) {
    if (fields.get(field) === value) continue;
    fields.set(field, value);
    set.push(`address.${key}.${field}`);
  }
  const addresses = { ...before.addresses };
  if (fields.size === 0) delete addresses[key];
  else addresses[key] = Object.fromEntries([...fields].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ok: true, addresses, set, unset };
}

/** A refusal never repeats the value. */
function problemOf(set: Partial<Address>): string | null {
  for (const [field, value] of Object.entries(set)) {
    if (value.length > ADDRESS_VALUE_MAX)
      return `${field} has ${String(value.length)} characters; at most ${String(ADDRESS_VALUE_MAX)} fit.`;
    if (CONTROL_CHARACTERS.test(value)) return `${field} has a line end or another control character.`;
    if (field === 'countryIso2' && !/^[A-Z]{2}$/.test(value))
      return 'countryIso2 is the country in two capital letters, such as IT.';
  }
  return null;
}
