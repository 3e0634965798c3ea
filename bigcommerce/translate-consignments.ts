/**
 * Consignments: from the store's groups of lines to ours, with addresses, custom address fields and pickup places.
 * Pure; reads nothing that was not checked by `wire.ts`, but custom fields, which are left out where they are odd.
 */
import type { Address, Consignment, FormField, LineItem, StoreLocation } from '../domain/order.ts';
import { decimalText, idOrNull, textOf, wholeNumber } from './wire-values.ts';
import type { WireAddress, WireConsignments, WireLocation } from './wire.ts';

/** The consignments in our words, with the ids of the lines that lie in each. */
export function consignmentsOf(wire: WireConsignments, lines: readonly LineItem[]): Consignment[] {
  const consignments: Consignment[] = [];
  for (const group of byId(wire.shipping)) {
    const id = wholeNumber(group.id);
    consignments.push({
      kind: 'shipping',
      id,
      address: addressOf(group),
      shippingMethod: textOf(group.shipping_method),
      costIncTax: decimalText(group.cost_inc_tax),
      formFields: formFieldsOf(group.form_fields),
      pickupPoint: null,
      orderProductIds: idsOf(lines.filter((line) => line.orderAddressId === id)),
    });
  }
  for (const group of byId(wire.pickups)) {
    const id = wholeNumber(group.id);
    consignments.push({
      kind: 'pickup',
      id,
      pickupMethodId: wholeNumber(group.pickup_method_id),
      pickupMethodName: textOf(group.pickup_method_display_name),
      instructions: textOf(group.collection_instructions),
      locationId: idOrNull(group.location?.id),
      locationName: textOf(group.location?.name),
      location: locationOf(group.location),
      orderProductIds: idsOf(lines.filter((line) => line.pickupId === id)),
    });
  }
  const [download] = wire.downloads ?? [];
  if (download !== undefined) {
    consignments.push({
      kind: 'download',
      recipientEmail: textOf(download.recipient_email),
      orderProductIds: idsOf(lines.filter((line) => isUnplaced(line) && line.kind !== 'giftcertificate')),
    });
  }
  const [mailed] = wire.email?.gift_certificates ?? [];
  if (mailed !== undefined) {
    consignments.push({
      kind: 'email',
      recipientEmail: textOf(mailed.recipient_email),
      orderProductIds: idsOf(lines.filter((line) => isUnplaced(line) && line.kind === 'giftcertificate')),
    });
  }
  return consignments;
}

function byId<T extends { id: string | number }>(groups: readonly T[] | null | undefined): readonly T[] {
  if (groups === null || groups === undefined) return [];
  return groups.length < 2 ? groups : groups.toSorted((a, b) => Number(a.id) - Number(b.id));
}

function idsOf(lines: readonly LineItem[]): number[] {
  return lines.map((line) => line.orderProductId);
}

function isUnplaced(line: LineItem): boolean {
  return line.orderAddressId === null && line.pickupId === null;
}

/** An address; what is absent is empty. */
export function addressOf(wire: WireAddress): Address {
  return {
    firstName: textOf(wire.first_name),
    lastName: textOf(wire.last_name),
    company: textOf(wire.company),
    street1: textOf(wire.street_1),
    street2: textOf(wire.street_2),
    city: textOf(wire.city),
    state: textOf(wire.state),
    postalCode: textOf(wire.zip),
    country: textOf(wire.country),
    countryIso2: textOf(wire.country_iso2),
    phone: textOf(wire.phone),
    email: textOf(wire.email),
  };
}

function locationOf(wire: WireLocation | null | undefined): StoreLocation | null {
  if (wire === null || wire === undefined) return null;
  return {
    code: textOf(wire.code),
    street1: textOf(wire.address_line_1),
    street2: textOf(wire.address_line_2),
    city: textOf(wire.city),
    state: textOf(wire.state),
    postalCode: textOf(wire.postal_code),
    countryIso2: textOf(wire.country_alpha2),
    phone: textOf(wire.phone),
    email: textOf(wire.email),
  };
}

/** `{name, value}`, the value a number, a text or a list of them (bigcommerce-api.md section 3.3). */
function formFieldsOf(raw: unknown): FormField[] {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((field: unknown) => {
    if (typeof field !== 'object' || field === null || !('name' in field) || !('value' in field)) return [];
    const values: unknown[] = Array.isArray(field.value) ? field.value : [field.value];
    const texts = values.filter((value) => typeof value === 'string' || typeof value === 'number');
    return typeof field.name === 'string' && texts.length > 0
      ? [{ name: field.name, value: texts.join(', ') }]
      : [];
  });
}
