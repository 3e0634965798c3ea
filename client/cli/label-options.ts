/** What `waybill label` may be told to set: words of a person read into edits, refused with what is allowed. */
import { InvalidArgumentError } from 'commander';
import {
  ADDRESS_FIELDS,
  type AddressEdit,
  type AddressField,
  type FieldEdits,
} from '../../domain/field-edits.ts';
import type { Address, WeightUnit } from '../../domain/order.ts';
import { numberOption } from './arguments.ts';
import { CommandError } from './command-error.ts';

const PARCELS_MAX = 99;
/** The word that takes an edit back. */
const STORE = 'store';
const DEFAULT = 'default';

export interface LabelOptions {
  parcels?: number | typeof DEFAULT;
  weight?: NonNullable<FieldEdits['weight']> | typeof STORE;
  address?: string[];
  consignment?: number;
}

export function parcelsOption(text: string): NonNullable<LabelOptions['parcels']> {
  return text === DEFAULT ? DEFAULT : numberOption(1, PARCELS_MAX)(text);
}

export function weightOption(text: string): NonNullable<LabelOptions['weight']> {
  if (text === STORE) return STORE;
  const match = /^(\d{1,7})(?:\.(\d{1,4}))?\s*(kg|g|lb|oz|t)$/.exec(text);
  if (match?.[1] === undefined || match[3] === undefined)
    throw new InvalidArgumentError(
      'It must be a number with a unit, such as 1.2kg (kg, g, lb, oz, t), or store.',
    );
  // One of the alternatives of the pattern.
  const unit = match[3] as WeightUnit;
  return { value: `${match[1]}.${(match[2] ?? '').padEnd(4, '0')}`, unit };
}

/** @throws CommandError `bad_usage`: for an address that cannot be understood; it repeats no value */
export function editsOf({ parcels, weight, address, consignment }: LabelOptions): FieldEdits {
  if (consignment !== undefined && address === undefined) {
    throw new CommandError('bad_usage', {
      what: '--consignment says which address is meant, and no --address was given.',
      todo: 'Give --address too, or leave it out.',
    });
  }
  return {
    ...(parcels === undefined ? {} : { parcels: parcels === DEFAULT ? null : parcels }),
    ...(weight === undefined ? {} : { weight: weight === STORE ? null : weight }),
    ...(address === undefined ? {} : { address: addressEdit(address, consignment ?? null) }),
  };
}

/** `city=Rome` sets it, `city` takes it back, `store` takes all back. */
function addressEdit(words: readonly string[], consignmentId: number | null): AddressEdit {
  if (words.includes(STORE)) {
    if (words.length === 1) return { consignmentId, set: {}, unset: 'all' };
    throw new CommandError('bad_usage', {
      what: '--address store takes the whole address of the store, so nothing else can be said of it.',
      todo: 'Give it alone.',
    });
  }
  const set: Partial<Address> = {};
  const unset: AddressField[] = [];
  for (const word of words) {
    const at = word.indexOf('=');
    const field = fieldNamed(at < 0 ? word : word.slice(0, at));
    if (at < 0) unset.push(field);
    else set[field] = word.slice(at + 1).trim();
  }
  return { consignmentId, set, unset };
}

function fieldNamed(text: string): AddressField {
  const wanted = text.trim().toLowerCase();
  const field = ADDRESS_FIELDS.find((name) => name.toLowerCase() === wanted);
  if (field !== undefined) return field;
  throw new CommandError('bad_usage', {
    what: `An address has no field "${text.trim().slice(0, 30)}".`,
    todo: `It has ${ADDRESS_FIELDS.join(', ')}.`,
  });
}
