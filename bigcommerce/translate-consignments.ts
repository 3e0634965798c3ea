/**
 * Consignments: from the store's groups of lines to ours, with addresses, custom address fields and pickup places.
 * Pure; reads nothing that was not checked by `wire.ts`, but custom fields, which are left out where they are odd.
 */
import type { Address, Consignment, FormField, LineItem, StoreLocation } from '../domain/order.ts';
import { decimalText, idOrNull, textOf, wholeNumber } from './wire-values.ts';
import type { WireAddress, WireConsignments, WireLocation } from './wire.ts';

/** The consignments in our words, with the ids of the lines that lie in each. */
export function consignmentsOf(wire: WireConsignments, lines: readonly LineItem[]): Consignment[] {
  const ids = (belongs: (line: LineItem) => boolean): number[] =>
    lines.filter(belongs).map((line) => line.orderProductId);
  const unplaced = (line: LineItem): boolean => line.orderAddressId === null && line.pickupId === null;
  const byId = (a: { id: string | number }, b: { id: string | number }): number =>
    Number(a.id) - Number(b.id);
  return [
    ...[...(wire.shipping ?? [])].sort(byId).map((group): Consignment => ({
      kind: 'shipping',
      id: wholeNumber(group.id),
      address: addressOf(group),
      shippingMethod: textOf(group.shipping_method),
      costIncTax: decimalText(group.cost_inc_tax),
      formFields: formFieldsOf(group.form_fields),
      pickupPoint: null,
      orderProductIds: ids((line) => line.orderAddressId === wholeNumber(group.id)),
    })),
    ...[...(wire.pickups ?? [])].sort(byId).map((group): Consignment => ({
      kind: 'pickup',
      id: wholeNumber(group.id),
      pickupMethodId: wholeNumber(group.pickup_method_id),
      pickupMethodName: textOf(group.pickup_method_display_name),
      instructions: textOf(group.collection_instructions),
      locationId: idOrNull(group.location?.id),
      locationName: textOf(group.location?.name),
      location: locationOf(group.location),
      orderProductIds: ids((line) => line.pickupId === wholeNumber(group.id)),
    })),
    ...(wire.downloads ?? []).slice(0, 1).map((group): Consignment => ({
      kind: 'download',
      recipientEmail: textOf(group.recipient_email),
      orderProductIds: ids((line) => unplaced(line) && line.kind !== 'giftcertificate'),
    })),
    ...(wire.email?.gift_certificates ?? []).slice(0, 1).map((group): Consignment => ({
      kind: 'email',
      recipientEmail: textOf(group.recipient_email),
      orderProductIds: ids((line) => unplaced(line) && line.kind === 'giftcertificate'),
    })),
  ];
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
