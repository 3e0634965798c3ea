// What a channel's settings make of an order that was read, field by field.
import { describe, expect, test } from 'vitest';
import { codJudge } from '../../domain/cash-on-delivery.ts';
import {
  completeOrder,
  detailWishes,
  NO_DETAILS,
  type DetailRules,
  type OrderDetails,
  type OrderRules,
} from '../../domain/import-order.ts';
import { localDefaults, orderLabel, type LocalFields } from '../../domain/order-label.ts';
import type { Consignment, LineItem, Order } from '../../domain/order.ts';
import { lineItem, order } from './examples.ts';

const RULES: OrderRules = {
  cod: codJudge({ gatewayCodes: ['cod'], paymentMethods: ['COD'], statusLabels: [], paymentStatuses: [] }),
  productOptions: { size: ['Size'], color: ['Color', 'Colour'], hs_code: ['HS Code'] },
  hsCode: { sources: ['option', 'customs_information', 'channel_default'], default: null },
  storeUnit: 'lb',
  pickupPoints: null,
};

function complete(
  over: Partial<Order>,
  rules: Partial<OrderRules> = {},
  details: Partial<OrderDetails> = {},
) {
  return completeOrder(order(over), { ...RULES, ...rules }, { ...NO_DETAILS, ...details });
}

function oneLine(over: Partial<LineItem>): Partial<Order> {
  return { lineItems: [lineItem({ orderProductId: 15, ...over })] };
}

function sentTo(country: string, base: Partial<Order> = {}): Partial<Order> {
  const made = order(base);
  const consignments = made.consignments.map((group): Consignment =>
    group.kind === 'shipping' ? { ...group, address: { ...group.address, countryIso2: country } } : group,
  );
  return { ...base, consignments };
}

describe('product options (S-34 to S-37)', () => {
  const fieldsOf = (options: LineItem['options']) => complete(oneLine({ options })).lineItems[0]?.fields;

  test('fill the fields of a line by display name, in any case', () => {
    expect(
      fieldsOf([
        { name: 'SIZE', value: 'M' },
        { name: 'colour', value: 'Blue' },
        { name: 'Engraving', value: 'x' },
      ]),
    ).toEqual({ size: 'M', color: 'Blue' });
  });

  test("go by the shopper's name first, then by the merchant's", () => {
    expect(fieldsOf([{ name: 'Taglia', merchantName: 'Size', value: 'L' }])).toEqual({ size: 'L' });
    expect(
      fieldsOf([
        { name: 'Taglia', merchantName: 'Size', value: 'L' },
        { name: 'Size', value: 'M' },
      ]),
    ).toEqual({ size: 'M' });
  });

  test('that say two things for one field are noted, and the first listed name wins', () => {
    const read = complete(
      oneLine({
        options: [
          { name: 'Colour', value: 'Red' },
          { name: 'Color', value: 'Blue' },
        ],
      }),
    );
    expect(read.lineItems[0]?.fields).toEqual({ color: 'Blue' });
    expect(read.warnings).toMatchObject([{ code: 'option_conflict' }]);
    expect(read.lineItems[0]?.options).toHaveLength(2);
  });

  test('without a value count as absent', () => {
    expect(
      fieldsOf([
        { name: 'Color', value: ' ' },
        { name: 'Colour', value: 'Red' },
      ]),
    ).toEqual({ color: 'Red' });
  });
});

describe('the customs code of a line (S-35)', () => {
  const information = { originCountry: 'PT', description: 'Mug', hsCodes: { IT: '6912', ALL: '6900' } };
  const customs = new Map([[1, information]]);

  test('is the option, then the code for the destination, then the one for all, then the default', () => {
    const withOption = oneLine({ options: [{ name: 'HS Code', value: '111111' }] });
    const code = (
      over: Partial<Order>,
      details: Partial<OrderDetails>,
      byDefault: string | null = '999999',
    ) => complete(over, { hsCode: { ...RULES.hsCode, default: byDefault } }, details).lineItems[0]?.customs;
    expect(code(sentTo('IT', withOption), { customs })).toMatchObject({
      hsCode: '111111',
      hsCodeFrom: 'option',
    });
    expect(code(sentTo('IT', oneLine({})), { customs })).toMatchObject({
      hsCode: '6912',
      originCountry: 'PT',
    });
    expect(code(sentTo('FR', oneLine({})), { customs })).toMatchObject({ hsCode: '6900' });
    expect(code(oneLine({}), {})).toMatchObject({ hsCode: '999999', hsCodeFrom: 'channel_default' });
    expect(code(oneLine({}), {}, null)).toBeNull();
  });

  test('goes by the listed sources only, keeps 18 characters, and is nothing for what does not travel', () => {
    const hsCode = { sources: ['channel_default'] as const, default: '12345678901234' };
    const withOption = oneLine({ options: [{ name: 'HS Code', value: 'x'.repeat(30) }] });
    expect(complete(withOption, { hsCode }).lineItems[0]?.customs?.hsCode).toBe('12345678901234');
    expect(complete(withOption).lineItems[0]?.customs?.hsCode).toHaveLength(18);
    expect(
      complete(oneLine({ kind: 'digital', orderAddressId: null }), { hsCode }).lineItems[0]?.customs,
    ).toBeNull();
  });
});

describe('weight (Q-27)', () => {
  const local = (always: boolean): LocalFields =>
    localDefaults({ parcels: 2, weight: { value: 0.5, unit: 'kg', always } });

  test('is the sum of the lines in the unit of the store', () => {
    expect(complete({}).weight).toEqual({ value: '3.0000', unit: 'lb', source: 'line' });
    expect(orderLabel(complete({}), local(false)).weight).toMatchObject({ value: '3.0000', source: 'line' });
  });

  test('of lines without one comes from the catalog where that was read', () => {
    const products = new Map([[1, { imageUrl: null, weight: '2.0000', variants: {} }]]);
    const read = complete(oneLine({ weight: '0.0000', weightSource: 'none' }), {}, { products });
    expect(read.weight).toEqual({ value: '2.0000', unit: 'lb', source: 'product' });
    expect(read.lineItems[0]).toMatchObject({ weight: '2.0000', weightSource: 'product' });
  });

  test("is the channel's default where there is none, or always where the channel says so", () => {
    const none = complete(oneLine({ weight: '0.0000', weightSource: 'none' }));
    expect(none.weight.source).toBe('none');
    expect(orderLabel(none, local(false)).weight).toEqual({ value: '0.5000', unit: 'kg', source: 'default' });
    const label = orderLabel(complete({}), local(true));
    expect(label.weight.source).toBe('default');
    expect(label.storeWeight.value).toBe('3.0000');
    expect(label.parcels).toEqual({ count: 2, by: 'default' });
  });

  test('of a digital order is none, whatever the default', () => {
    const digital = complete(oneLine({ kind: 'digital', orderAddressId: null }));
    expect(orderLabel(digital, local(true)).weight).toMatchObject({ value: '0.0000', source: 'none' });
  });

  test('that is known of some lines only is flagged', () => {
    const lineItems = [
      lineItem({ orderProductId: 1 }),
      lineItem({ orderProductId: 2, weight: '0.0000', weightSource: 'none' }),
    ];
    const read = complete({ lineItems });
    expect(read.weight.source).toBe('partial');
    expect(read.warnings).toMatchObject([{ code: 'weight_unknown' }]);
  });
});

describe('images (Q-26)', () => {
  const product = {
    imageUrl: 'https://cdn.example/p.jpg',
    weight: null,
    variants: { 1: { imageUrl: 'https://cdn.example/v.jpg', weight: null } },
  };
  const imageOf = (over: Partial<LineItem>, one = product) =>
    complete(oneLine(over), {}, { products: new Map([[1, one]]) }).lineItems[0]?.imageUrl;

  test("are the variant's, else the product's; a custom line has none; only https counts", () => {
    expect(imageOf({})).toBe('https://cdn.example/v.jpg');
    expect(imageOf({ variantId: 9 })).toBe('https://cdn.example/p.jpg');
    expect(imageOf({ productId: 0 })).toBeNull();
    expect(imageOf({ variantId: 9 }, { ...product, imageUrl: 'http://cdn.example/p.jpg' })).toBeNull();
  });
});

describe('an address that a carrier would refuse (K-26)', () => {
  test('is flagged with what is missing, not with what is there', () => {
    const base = order();
    const [group] = base.consignments;
    if (group?.kind !== 'shipping') throw new Error('a shipping consignment was made');
    const address = { ...group.address, postalCode: '', phone: '', city: ' ' };
    expect(
      complete({ billingAddress: { ...address }, consignments: [{ ...group, address }] }).warnings,
    ).toEqual([
      { code: 'address_incomplete', detail: 'Consignment 7 has no city, no postal code, no telephone.' },
    ]);
  });

  test("is complete with the payer's telephone, and without a postal code where there are none", () => {
    const base = order();
    const { billingAddress } = base;
    const consignments = base.consignments.map((group): Consignment =>
      group.kind === 'shipping'
        ? { ...group, address: { ...group.address, phone: '', postalCode: '', countryIso2: 'HK' } }
        : group,
    );
    expect(complete({ billingAddress, consignments }).warnings).toEqual([]);
  });
});

describe('details', () => {
  const OFF: DetailRules = {
    images: false,
    catalogWeights: false,
    customsFrom: null,
    metafields: false,
    codes: null,
    customers: false,
  };

  test('are asked for only where a setting and the order need them', () => {
    const nothing = {
      products: [],
      customs: [],
      codes: [],
      customer: null,
      transactions: false,
      refunds: false,
      metafields: false,
    };
    expect(detailWishes(order(), RULES, OFF)).toEqual(nothing);
    expect(detailWishes(order(), RULES, { ...OFF, images: true }).products).toEqual([1]);
    const zero = order(oneLine({ weight: '0.0000', weightSource: 'none' }));
    expect(detailWishes(order(), RULES, { ...OFF, catalogWeights: true }).products).toEqual([]);
    expect(detailWishes(zero, RULES, { ...OFF, catalogWeights: true }).products).toEqual([1]);
    expect(detailWishes(order(), RULES, { ...OFF, customsFrom: 'NW' }).customs).toEqual([]);
    expect(detailWishes(order(), RULES, { ...OFF, customsFrom: 'US' }).customs).toEqual([1]);
    expect(detailWishes(order(oneLine({ quantityRefunded: 1 })), RULES, OFF).refunds).toBe(true);
    expect(detailWishes(order({ paymentStatus: '' }), RULES, OFF).transactions).toBe(true);
    expect(detailWishes(order(), RULES, { ...OFF, metafields: true }).metafields).toBe(true);
  });

  test('that the store cuts off are flagged (K-34)', () => {
    const read = complete({}, {}, { payments: [], paymentsComplete: false });
    expect(read.warnings).toMatchObject([{ code: 'payments_cut' }]);
  });

  test('of refunds lower what is to be collected', () => {
    const refunds = [{ id: 1, at: '', amount: '10.0000', items: [] }];
    expect(complete({ paymentMethod: 'COD' }, {}, { refunds })).toMatchObject({
      codAmount: '20.0000',
      refunds,
    });
  });
});

describe('an order', () => {
  test('that is completed twice is the same, and carries no near miss when it matches', () => {
    const once = complete({ paymentMethod: 'COD' });
    expect(completeOrder(once, RULES)).toEqual(once);
    expect(complete({ paymentMethod: 'COD Roma' }).warnings).toMatchObject([{ code: 'cod_similar' }]);
  });
});
