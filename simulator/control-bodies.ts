// Bodies of control calls: keys may come in camelCase or snake_case, and a key that means nothing is refused, so that a
// misspelt test does not pass by accident.
import { FAULT_KINDS } from './faults.ts';
import type { FaultRule } from './faults.ts';
import type { OrderSpec } from './order-maker.ts';
import { isRecord } from './routing.ts';
import type { SeedRequest } from './seed.ts';
import { ControlError } from './simulated-store.ts';
import type { ManualShipment, OrderEdit } from './simulated-store.ts';

type Keys<T> = Record<keyof Required<T>, true>;

const ORDER_SPEC: Keys<OrderSpec> = {
  kind: true,
  id: true,
  statusId: true,
  dateCreated: true,
  dateModified: true,
  lines: true,
  customerId: true,
  channelId: true,
  paymentMethod: true,
  paymentStatus: true,
  externalOrderId: true,
  externalSource: true,
  staffNotes: true,
  customerMessage: true,
  shippingMethod: true,
  currency: true,
  cartId: true,
  isDeleted: true,
  billing: true,
  shippingAddress: true,
  formFields: true,
};
const ORDER_EDIT: Keys<OrderEdit> = {
  status_id: true,
  staff_notes: true,
  customer_message: true,
  payment_method: true,
  payment_status: true,
  external_order_id: true,
  is_deleted: true,
  date_modified: true,
  lines: true,
  shipping_address: true,
  form_fields: true,
};
const MANUAL_SHIPMENT: Keys<ManualShipment> = {
  order_address_id: true,
  items: true,
  tracking_number: true,
  tracking_link: true,
  tracking_carrier: true,
  shipping_provider: true,
  comments: true,
};
const SEED_REQUEST: Keys<SeedRequest> = {
  count: true,
  seed: true,
  kind: true,
  startId: true,
  modifiedWithinOneSecond: true,
  createdFrom: true,
  createdTo: true,
};

const camel = (key: string): string =>
  key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function known(
  value: unknown,
  keys: object,
  spell: (key: string) => string,
  what: string,
): Record<string, unknown> {
  if (!isRecord(value)) throw new ControlError(400, `${what} must be an object.`);
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const spelt = spell(key);
    if (!(spelt in keys)) throw new ControlError(400, `${what} has no member "${key}".`);
    result[spelt] = member;
  }
  return result;
}

// The keys are checked here; the types of their values are up to whoever writes the test or demo.

/** A description of an order. Throws `ControlError` for an unknown member. */
export function readOrderSpec(value: unknown): OrderSpec {
  return known(value, ORDER_SPEC, camel, 'An order');
}

/** An edit of an order. Throws `ControlError` for an unknown member. */
export function readOrderEdit(value: unknown): OrderEdit {
  return known(value, ORDER_EDIT, snake, 'An order edit');
}

/** A shipment made by a person. Throws `ControlError` for an unknown member. */
export function readManualShipment(value: unknown): ManualShipment {
  return known(value, MANUAL_SHIPMENT, snake, 'A shipment');
}

/** A request for seeded orders. Throws `ControlError` for an unknown member or a missing count. */
export function readSeedRequest(value: unknown): SeedRequest {
  const { count, ...rest } = known(value, SEED_REQUEST, camel, 'A seed request');
  if (typeof count !== 'number') throw new ControlError(400, 'A seed request needs a count.');
  return { ...rest, count };
}

/** Fault rules. Throws `ControlError` for a fault that does not exist. */
export function readFaultRules(value: unknown): FaultRule[] {
  const rules: unknown[] = Array.isArray(value) ? value : [value];
  return rules.map((rule) => {
    const fault = isRecord(rule) ? rule['fault'] : undefined;
    if (!FAULT_KINDS.some((kind) => kind === fault)) {
      throw new ControlError(
        400,
        `There is no fault ${JSON.stringify(fault)}; there are ${FAULT_KINDS.join(', ')}.`,
      );
    }
    return rule as FaultRule;
  });
}
