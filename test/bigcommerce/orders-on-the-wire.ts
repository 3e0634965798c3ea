// Orders as the V2 API writes them (bigcommerce-api.md sections 3.3 and 3.4), for tests of our reading. Written by hand
// from the field tables; every test changes only what it is about.

type Wire = Record<string, unknown>;

export function wireLineItem(changes: Wire = {}): Wire {
  return {
    id: 15,
    order_id: 1001,
    product_id: 77,
    variant_id: 78,
    order_pickup_method_id: 0,
    order_address_id: 9,
    name: 'Mug',
    sku: 'MUG-1',
    type: 'physical',
    base_price: '10.0000',
    price_ex_tax: '10.0000',
    price_inc_tax: '12.0000',
    total_inc_tax: '24.0000',
    weight: '0.4000',
    quantity: 2,
    quantity_shipped: 0,
    quantity_refunded: 0,
    product_options: [{ id: 1, display_name: 'Color', display_value: 'Blue', type: 'Swatch' }],
    applied_discounts: [],
    ...changes,
  };
}

export function wireShipping(changes: Wire = {}): Wire {
  return {
    id: 9,
    first_name: 'Jane',
    last_name: 'Doe',
    company: '',
    street_1: '455 Main Street',
    street_2: '',
    city: 'Austin',
    state: 'Texas',
    zip: '78751',
    country: 'United States',
    country_iso2: 'US',
    phone: '555',
    email: 'jane@example.com',
    form_fields: [],
    shipping_method: 'Flat rate',
    base_cost: 5,
    line_items: [wireLineItem()],
    ...changes,
  };
}

export function wireConsignmentsOf(changes: Wire = {}): Wire {
  return {
    pickups: [],
    shipping: [wireShipping()],
    downloads: [],
    email: { gift_certificates: [] },
    ...changes,
  };
}

export function wireOrderOf(changes: Wire = {}): Wire {
  return {
    id: 1001,
    customer_id: 20,
    date_created: 'Wed, 10 Jan 2018 21:05:30 +0000',
    date_modified: 'Wed, 05 Dec 2018 20:16:55 +0000',
    date_shipped: '',
    status_id: 11,
    status: 'Awaiting Fulfillment',
    total_inc_tax: '29.0000',
    items_total: 2,
    items_shipped: 0,
    payment_method: 'Credit Card',
    payment_status: 'captured',
    store_credit_amount: '0.0000',
    gift_certificate_amount: '0.0000',
    currency_code: 'EUR',
    default_currency_code: 'USD',
    staff_notes: null,
    customer_message: '',
    is_deleted: false,
    cart_id: null,
    channel_id: 1,
    external_source: null,
    external_order_id: '',
    ip_address: '10.0.0.1',
    billing_address: {
      first_name: 'Jane',
      last_name: 'Doe',
      company: null,
      street_1: '455 Main Street',
      street_2: '',
      city: 'Austin',
      state: '',
      zip: '78751',
      country: 'United States',
      country_iso2: 'US',
      phone: '',
      email: 'jane@example.com',
      form_fields: [],
    },
    consignments: wireConsignmentsOf(),
    fees: [],
    ...changes,
  };
}
