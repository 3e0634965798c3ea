// The contract with a checkout plugin: what it may write and where, and what is made of it.
import { describe, expect, test } from 'vitest';
import { codJudge } from '../../domain/cash-on-delivery.ts';
import { completeOrder } from '../../domain/import-order.ts';
import { orderLabel } from '../../domain/order-label.ts';
import { readPickupPoint, type PickupPointRules, type PickupPointTexts } from '../../domain/pickup-point.ts';
import type { Consignment } from '../../domain/order.ts';
import { order } from './examples.ts';

const RULES: PickupPointRules = {
  sources: [
    { where: 'order_metafield', namespace: 'pudo', key: 'point' },
    { where: 'address_form_field', key: 'Pickup point' },
    { where: 'shipping_method', pattern: 'Pickup point – (?<name>.+) \\((?<id>[A-Z0-9-]+)\\)' },
    { where: 'staff_notes', pattern: 'PUDO=(?<id>\\S+)' },
  ],
  fields: { id: 'id', name: 'name', city: 'city', postal_code: 'zip', country: 'country', address: 'street' },
  useAsDestination: true,
};
const NOTHING: PickupPointTexts = { formFields: [], shippingMethod: '', staffNotes: '', metafields: [] };
const point = (texts: Partial<PickupPointTexts>, rules: Partial<PickupPointRules> = {}) =>
  readPickupPoint({ ...NOTHING, ...texts }, { ...RULES, ...rules });
const metafield = (value: string, namespace = 'pudo') => ({
  metafields: [{ namespace, key: 'point', value }],
});

describe('a pickup point', () => {
  test('is read from a metafield with the names that the channel gives its fields', () => {
    const value = JSON.stringify({
      id: 'IT-42',
      name: 'Bar Sport',
      street: 'Via 1',
      zip: 184,
      country: 'it',
    });
    expect(point(metafield(value))).toMatchObject({
      readFrom: 'order_metafield:point',
      readable: true,
      id: 'IT-42',
      name: 'Bar Sport',
      address: 'Via 1',
      postalCode: '184',
      country: 'it',
      city: '',
    });
  });

  test('is read from a field of the address, where one bare word is its id', () => {
    expect(point({ formFields: [{ name: 'pickup POINT', value: ' PP-7 ' }] })).toMatchObject({ id: 'PP-7' });
  });

  test('is read from the shipping method and from staff notes by pattern', () => {
    expect(point({ shippingMethod: 'Pickup point – Bar Sport (X-9)' })).toMatchObject({
      id: 'X-9',
      name: 'Bar Sport',
    });
    expect(point({ staffNotes: 'call first PUDO=77 thanks' })).toMatchObject({ id: '77' });
  });

  test('comes from the first source that has one', () => {
    expect(
      point({ ...metafield('"'), formFields: [{ name: 'Pickup point', value: 'PP-7' }] })?.readFrom,
    ).toBe('order_metafield:point');
    expect(point({ formFields: [{ name: 'Pickup point', value: 'PP-7' }], staffNotes: 'PUDO=1' })?.id).toBe(
      'PP-7',
    );
  });

  test('is none where no source says anything', () => {
    expect(point({})).toBeNull();
    expect(point({ shippingMethod: 'Flat rate', staffNotes: 'fragile' })).toBeNull();
    expect(point(metafield('{"id":"1"}', 'other'))).toBeNull();
  });

  test.each(['{"id":', '[]', '{"name":"no id"}', 'two\nlines'])(
    'that is malformed is never taken for none: %j',
    (value) => {
      expect(point(metafield(value))).toMatchObject({ readable: false, id: '' });
    },
  );
});

describe('an order with a pickup point', () => {
  const rules = (pickupPoints: PickupPointRules) => ({
    cod: codJudge({ gatewayCodes: [], paymentMethods: [], statusLabels: [], paymentStatuses: [] }),
    productOptions: {},
    hsCode: { sources: [], default: null },
    storeUnit: null,
    pickupPoints,
  });
  const withField = (value: string) => {
    const made = order();
    const consignments = made.consignments.map((group): Consignment =>
      group.kind === 'shipping' ? { ...group, formFields: [{ name: 'Pickup point', value }] } : group,
    );
    return { ...made, consignments };
  };
  const labelOf = (value: string, use: boolean) =>
    orderLabel(completeOrder(withField(value), rules({ ...RULES, useAsDestination: use })), {});

  test("goes to the point, under the shopper's name, and keeps the shopper's address", () => {
    const [parcel] = labelOf(
      '{"id":"IT-42","name":"Bar Sport","city":"Roma","country":"IT"}',
      true,
    ).destinations;
    expect(parcel).toMatchObject({
      addressFrom: 'pickup_point',
      shipTo: { firstName: 'A', company: 'Bar Sport (IT-42)', city: 'Roma', countryIso2: 'IT' },
      shopperAddress: { city: 'City' },
    });
  });

  test('goes home where the channel says that the point is only information', () => {
    expect(labelOf('{"id":"IT-42"}', false).destinations[0]).toMatchObject({
      addressFrom: 'store',
      shipTo: { city: 'City' },
      pickupPoint: { id: 'IT-42' },
    });
  });

  test('that cannot be read has no destination, and says so', () => {
    const label = labelOf('{"name":', true);
    expect(label.destinations[0]?.shipTo).toBeNull();
    expect(label.warnings).toMatchObject([{ code: 'pickup_point_unreadable' }]);
  });
});
