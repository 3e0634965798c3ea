// The pickup methods of a store, to read: two invented places where shoppers collect. Pickups of orders are in pickups.ts.
import { json } from './answers.ts';
import type { Answer } from './answers.ts';
import { iso8601 } from './clock.ts';
import { v3Integers, v3List, v3Page } from './query.ts';
import type { Call, Route } from './routing.ts';

/** Second in which the invented methods were made (2025-01-01). */
const METHODS_MADE = 1_735_689_600;

const METHODS = [
  {
    id: 1,
    location_id: 1,
    display_name: 'Collect at the shop',
    collection_time_description: 'within 2 hours',
  },
  {
    id: 2,
    location_id: 2,
    display_name: 'Collect at the warehouse',
    collection_time_description: 'next day',
  },
].map((method) => ({
  ...method,
  collection_instructions: 'Bring the order number.',
  date_created: iso8601(METHODS_MADE),
  date_modified: iso8601(METHODS_MADE),
}));

function listMethods(call: Call): Answer {
  const ids = v3Integers(call.query, 'id:in');
  const rows = METHODS.filter((method) => ids?.has(method.id) ?? true);
  const sort = call.query.get('sort');
  if (sort?.startsWith('name:') === true)
    rows.sort((a, b) => a.display_name.localeCompare(b.display_name) * (sort.endsWith('desc') ? -1 : 1));
  return json(200, v3List(rows, v3Page(call.query)));
}

/** The endpoint of pickup methods. */
export const pickupMethodRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: '/v3/pickup/methods',
    scopes: ['store_fulfillment_methods_manage'],
    handle: listMethods,
  },
];
