// Registered customers, to read: forty invented people, ids 1 to 40, some in a group.
import { json } from './answers.ts';
import type { Answer } from './answers.ts';
import { iso8601 } from './clock.ts';
import { seededAddress } from './places.ts';
import { v3Integers, v3List, v3Page, v3Texts } from './query.ts';
import { SeededRandom } from './random.ts';
import type { Call, Route } from './routing.ts';

/** Seeded orders draw their customers from these ids. */
export const CUSTOMER_COUNT = 40;
const CUSTOMERS_SEED = 77;
/** Second in which the invented customers registered (2025-01-01). */
const CUSTOMERS_MADE = 1_735_689_600;

interface Customer {
  readonly id: number;
  readonly email: string;
  readonly groupId: number;
  readonly wire: Record<string, unknown>;
}

function inventCustomers(): Customer[] {
  const random = new SeededRandom(CUSTOMERS_SEED);
  return Array.from({ length: CUSTOMER_COUNT }, (_, index) => {
    const id = index + 1;
    const person = seededAddress(random);
    const email = `customer-${id}@shopper.example`;
    const groupId = id % 4 === 0 ? 2 : 0;
    return {
      id,
      email,
      groupId,
      wire: {
        id,
        email,
        first_name: person.first_name,
        last_name: person.last_name,
        company: person.company,
        phone: person.phone,
        registration_ip_address: '',
        notes: id % 4 === 0 ? 'Ring twice' : '',
        tax_exempt_category: '',
        customer_group_id: groupId,
        date_created: iso8601(CUSTOMERS_MADE),
        date_modified: iso8601(CUSTOMERS_MADE),
        address_count: 0,
        attribute_count: 0,
        authentication: { force_password_reset: false },
        accepts_product_review_abandoned_cart_emails: false,
        origin_channel_id: 1,
        channel_ids: [1],
      },
    };
  });
}

const CUSTOMERS = inventCustomers();

function listCustomers(call: Call): Answer {
  const ids = v3Integers(call.query, 'id:in');
  const groups = v3Integers(call.query, 'customer_group_id:in');
  const emails = v3Texts(call.query, 'email:in');
  const rows = CUSTOMERS.filter(
    (customer) =>
      (ids?.has(customer.id) ?? true) &&
      (groups?.has(customer.groupId) ?? true) &&
      (emails?.has(customer.email) ?? true),
  );
  return json(
    200,
    v3List(
      rows.map((customer) => customer.wire),
      v3Page(call.query),
    ),
  );
}

/** The customer endpoint. */
export const customerRoutes: readonly Route[] = [
  { method: 'GET', template: '/v3/customers', scopes: ['store_v2_customers'], handle: listCustomers },
];
