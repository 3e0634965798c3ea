// Every trap of the page of facts about the store's API (section.place on the page), and what proves that we do not step
// into it: a test by file and title, or the family of work that it belongs to and that is not there yet.

interface Proved {
  trap: string;
  gist: string;
  file: string;
  /** The title of the test, or the beginning of one with values in it. */
  title: string;
}

interface NotHere {
  trap: string;
  gist: string;
  /** Why no test of ours can step into it. */
  why: string;
}

export type Trap = Proved | NotHere;

const ORDERS = 'test/bigcommerce/traps-orders.test.ts';
const OTHERS = 'test/bigcommerce/traps-others.test.ts';
const CLIENT = 'test/bigcommerce/client.test.ts';
const TRANSLATE = 'test/bigcommerce/translate.test.ts';
const WRITE_BACK = 'test/activities/run-write-back.test.ts';
const SLICE = 'test/activities/import-slice.test.ts';
const HOOKS = 'test/activities/keep-webhooks.test.ts';
const DELIVERIES = 'test/client/http-store-webhooks.test.ts';
const GATE = 'test/domain/gate.test.ts';

const APPS = 'app installs by OAuth: channels are connected by store-level accounts';
const SALES = 'pushing sales: no order is created yet';
const CATALOG =
  'catalog and stock are read only, and only by id: no projection is kept and nothing is written yet';
const SEEDING = 'seeding: no customer is created yet';
const B2B = 'B2B Edition: its settings are checked, its calls are not made yet';
const CHECKOUT = 'the outside checkout: no script, cart or checkout is touched yet';
const UNSEEN = 'nothing in the API shows it: a person has to know';

export const TRAPS: readonly Trap[] = [
  { trap: '1.1', gist: 'a token exchange with a wrong context', why: APPS },
  { trap: '1.2', gist: 'the token exchange is not repeatable', why: APPS },
  {
    trap: '1.3',
    gist: 'merchants paste a control-panel URL or an API path',
    file: 'test/client/store-hash.test.ts',
    title: '%s is understood',
  },
  {
    trap: '1.4',
    gist: 'webhooks that are lost with a re-created account',
    file: HOOKS,
    title: 'makes them anew when they are gone with their API account',
  },
  {
    trap: '1.5',
    gist: 'read-only instead of modify',
    file: 'test/activities/connection-scopes.test.ts',
    title: 'that the store took a write from has Orders: modify, and one that was refused lacks it',
  },
  { trap: '1.6', gist: 'the app id in external_source', why: SALES },

  {
    trap: '2.1',
    gist: 'the quota is the store’s, and others take from it',
    file: SLICE,
    title: 'follows what the headers say is left',
  },
  {
    trap: '2.2',
    gist: 'a limiter that acts once and then lets go',
    file: 'test/activities/store-calls.test.ts',
    title: 'takes one grant for each call and counts it',
  },
  {
    trap: '2.3',
    gist: '429 about concurrency, where waiting does not help',
    file: 'test/db/quota-slots.test.ts',
    title: 'are as many as the setting says, however many ask at once',
  },
  {
    trap: '2.4',
    gist: 'retries of two layers on top of each other',
    file: 'test/bigcommerce/error-table.test.ts',
    title: '$id becomes its error, over HTTP, asked once',
  },

  { trap: '3.1', gist: '204 without a body', file: ORDERS, title: 'Traps 3.1:' },
  { trap: '3.2', gist: 'the cap of 50 included lines', file: ORDERS, title: 'Traps 3.2:' },
  { trap: '3.3', gist: 'line items reported empty', file: ORDERS, title: 'Traps 3.3:' },
  {
    trap: '3.4',
    gist: 'products without a limit stop at 50',
    file: CLIENT,
    title: 'always says how long a page may be, because lists stop at 50 otherwise',
  },
  { trap: '3.5', gist: 'a date filter that is ignored', file: ORDERS, title: 'Traps 3.5:' },
  {
    trap: '3.6',
    gist: 'offset pages drift',
    file: 'test/domain/import-cursor.test.ts',
    title: 'no order is missed for any times, page size and order of ties',
  },
  {
    trap: '3.7',
    gist: 'date_modified in seconds, moved by our own writes',
    file: SLICE,
    title: 'finds every order of a second that has more orders than a page',
  },
  { trap: '3.8', gist: 'the count and the list disagree', file: ORDERS, title: 'Traps 3.8:' },
  { trap: '3.9', gist: 'writing the status text', file: ORDERS, title: 'Traps 3.9 and 3.10:' },
  { trap: '3.10', gist: 'a PUT that resets coupons', file: ORDERS, title: 'Traps 3.9 and 3.10:' },
  { trap: '3.11', gist: 'one of a pair of totals', file: ORDERS, title: 'Traps 3.11:' },
  {
    trap: '3.12',
    gist: 'a shipment without its items',
    file: CLIENT,
    title: 'sends a shipment with its items and an empty provider rather than none',
  },
  { trap: '3.13', gist: 'a shipment without a tracking number', file: ORDERS, title: 'Traps 3.13:' },
  { trap: '3.14', gist: 'incomplete addresses', file: ORDERS, title: 'Traps 3.14:' },
  { trap: '3.15', gist: 'two fast submits are two orders', file: ORDERS, title: 'Traps 3.15:' },
  { trap: '3.16', gist: 'links with another spelling', file: ORDERS, title: 'Traps 3.16:' },

  { trap: '4.1', gist: 'labels that are equal or localized', file: ORDERS, title: 'Traps 4.1:' },
  {
    trap: '4.2',
    gist: 'statuses with a private meaning',
    file: 'test/domain/write-back-back.test.ts',
    title: 'stands back from %i, also where the channel overwrites',
  },
  {
    trap: '4.3',
    gist: 'never backwards',
    file: 'test/domain/write-back-ledger.test.ts',
    title: 'the store is never moved backwards',
  },
  {
    trap: '4.4',
    gist: 'the status changes between read and write',
    file: WRITE_BACK,
    title: 'of an order that was cancelled in the store meanwhile is not made',
  },
  {
    trap: '4.5',
    gist: 'orders that stay on 7 or 0 although paid',
    file: GATE,
    title: 'takes orders in every status where a person named them (P-26)',
  },
  { trap: '4.6', gist: 'a refund in the gateway’s own dashboard', why: UNSEEN },
  { trap: '4.7', gist: 'status 4 without a refund', file: WRITE_BACK, title: 'never overwrites a refund' },
  {
    trap: '4.8',
    gist: 'created fires for status 0',
    file: GATE,
    title: 'of a fresh channel exactly 3, 8, 9, 11 and 14 are admitted',
  },
  {
    trap: '4.9',
    gist: 'our write moves stock',
    file: WRITE_BACK,
    title: 'that a person set already costs no call',
  },

  { trap: '5.1', gist: 'more than 250 payments', file: ORDERS, title: 'Traps 5.1:' },
  { trap: '5.2', gist: 'order_id as text', file: ORDERS, title: 'Traps 5.2:' },
  {
    trap: '5.3',
    gist: 'the sum of payments is not the total',
    file: 'test/domain/cash-on-delivery.test.ts',
    title: 'collects the total less credit, gift certificates and refunds, never less than nothing (Q-25)',
  },
  { trap: '5.4', gist: 'refunds must be sequential', file: ORDERS, title: 'Traps 5.4 and 5.6:' },
  { trap: '5.5', gist: 'refunded_amount stays 0', file: ORDERS, title: 'Traps 5.5:' },
  { trap: '5.6', gist: 'a capture is only scheduled', file: ORDERS, title: 'Traps 5.4 and 5.6:' },
  { trap: '5.7', gist: 'the ends of a cursor are swapped', file: ORDERS, title: 'Traps 5.7:' },
  {
    trap: '5.8',
    gist: 'app_only data vanishes with the account',
    file: 'test/bigcommerce/write-calls.test.ts',
    title: 'of another API account is seen unless it is for its app only, and not changed',
  },

  {
    trap: '6.1',
    gist: 'a full page may time out',
    file: SLICE,
    title: 'with 5xx on a list page is asked for a smaller page, and the run remembers it',
  },
  {
    trap: '6.2',
    gist: 'no id:in on orders',
    file: 'test/activities/import-by-hand.test.ts',
    title: 'of thousands is read with far fewer calls than numbers, each once, and then forgotten',
  },
  { trap: '6.3', gist: 'a limit that is capped in silence', file: ORDERS, title: 'Traps 6.3:' },
  { trap: '6.4', gist: 'totals that are wrong', file: ORDERS, title: 'Traps 6.4 and 7.1:' },
  { trap: '6.5', gist: 'what the include never carries', file: ORDERS, title: 'Traps 6.5:' },

  { trap: '7.1', gist: 'includes make page size and totals lie', file: ORDERS, title: 'Traps 6.4 and 7.1:' },
  { trap: '7.2', gist: 'lists without a limit stop at 50', file: ORDERS, title: 'Traps 7.2:' },
  { trap: '7.3', gist: 'a product without assignments is invisible', why: CATALOG },
  { trap: '7.4', gist: 'date_modified:min without a time', why: CATALOG },
  { trap: '7.5', gist: 'a SKU needs two look-ups', why: CATALOG },
  { trap: '7.6', gist: 'parallel assignments race', why: CATALOG },
  { trap: '7.7', gist: 'relative stock is not repeatable', why: CATALOG },
  { trap: '7.8', gist: 'stock is read late', why: CATALOG },
  { trap: '7.9', gist: 'a product that is gone', file: OTHERS, title: 'Traps 7.9:' },
  { trap: '7.10', gist: 'the unit and the type of a weight', file: OTHERS, title: 'Traps 7.10:' },

  { trap: '8.1', gist: 'an e-mail that exists fails the batch', why: SEEDING },
  { trap: '8.2', gist: 'V2 customers have no filter by id', file: OTHERS, title: 'Traps 8.2:' },
  { trap: '8.3', gist: 'guests keep customer 0', file: OTHERS, title: 'Traps 8.3:' },
  { trap: '8.4', gist: 'orders by API ignore group prices', why: SALES },
  { trap: '8.5', gist: 'one e-mail, several customers', file: OTHERS, title: 'Traps 8.5:' },
  { trap: '8.6', gist: 'a deleted group', file: OTHERS, title: 'Traps 8.6:' },

  {
    trap: '9.1',
    gist: 'events carry ids only',
    file: DELIVERIES,
    title: 'leaves a hint, and ten of it leave one',
  },
  {
    trap: '9.2',
    gist: 'one slow channel blocks all: accept, answer, work later',
    file: DELIVERIES,
    title: 'leaves a hint, and ten of it leave one',
  },
  { trap: '9.3', gist: 'a hook that was switched off', file: OTHERS, title: 'Traps 9.3 and 9.4:' },
  { trap: '9.4', gist: '90 days without events', file: OTHERS, title: 'Traps 9.3 and 9.4:' },
  {
    trap: '9.5',
    gist: 'hooks die with their account, or are orphans',
    file: HOOKS,
    title: 'takes away what is no longer wished, and everything when the channel goes',
  },
  { trap: '9.6', gist: 'misspelt scopes', file: OTHERS, title: 'Traps 9.6:' },
  {
    trap: '9.7',
    gist: 'our own writes come back',
    file: 'test/domain/write-back-match.test.ts',
    title: 'after a shipment is what the store may have made of it',
  },
  {
    trap: '9.8',
    gist: 'updates come in bursts',
    file: DELIVERIES,
    title: 'is read only after the burst has settled, once for all of it',
  },
  {
    trap: '9.9',
    gist: 'signatures exist, not everywhere',
    file: DELIVERIES,
    title: 'an unsigned one is believed by its secret, because older accounts do not sign',
  },

  {
    trap: '10.1',
    gist: 'a pickup point is a shipping address to the store',
    file: 'test/domain/pickup-point.test.ts',
    title: 'that cannot be read has no destination, and says so',
  },
  {
    trap: '10.2',
    gist: 'plugins write seconds after the order',
    file: GATE,
    title: 'a new order is held until its time is over',
  },
  {
    trap: '10.3',
    gist: 'mixed orders',
    file: 'test/domain/write-back-plan.test.ts',
    title: 'makes one step per consignment, without digital, gift and pickup lines',
  },
  { trap: '10.4', gist: 'app_only metafields of the plugin', file: OTHERS, title: 'Traps 10.4:' },
  { trap: '10.5', gist: '204 or [] for addresses', file: OTHERS, title: 'Traps 10.5:' },
  {
    trap: '10.6',
    gist: 'consignments and lines drift apart',
    file: TRANSLATE,
    title: 'are noticed by the 50-line cap, by the warning and by the count',
  },

  ...['1', '2', '3', '5'].map((place): Trap => ({ trap: `11.${place}`, gist: B2B_GIST(place), why: B2B })),
  {
    trap: '11.4',
    gist: 'stores without B2B do not offer the scope',
    file: 'test/activities/connection-scopes.test.ts',
    title: 'is asked nothing about B2B Edition while that is off',
  },

  ...['1', '2', '3', '4', '5', '6'].map((place): Trap => ({
    trap: `12.${place}`,
    gist: CHECKOUT_GIST(place),
    why: CHECKOUT,
  })),

  {
    trap: '13.1',
    gist: 'marketplaces write orders with rules of their own',
    file: OTHERS,
    title: 'Traps 13.1:',
  },
  { trap: '13.2', gist: 'a disconnected storefront takes no order', why: SALES },
  { trap: '13.3', gist: 'source and storefront are independent', file: OTHERS, title: 'Traps 13.3:' },

  { trap: '14.1', gist: '502 after an order was created', why: SALES },
  { trap: '14.2', gist: 'external_order_id is not unique', why: SALES },
  { trap: '14.3', gist: 'external_id is the old field', file: OTHERS, title: 'Traps 14.3:' },
  {
    trap: '14.4',
    gist: 'a stale read after a write',
    file: WRITE_BACK,
    title: 'whose answer was lost is confirmed by a look after a minute and not repeated',
  },
  { trap: '14.5', gist: '422 about a field that was not sent', file: OTHERS, title: 'Traps 14.5:' },
  { trap: '14.6', gist: '403 on one call, 403 on all, 401 on all', file: OTHERS, title: 'Traps 14.6:' },
];

function B2B_GIST(place: string): string {
  return (
    {
      '1': 'orders of storefront 1 only, unless others are listed',
      '2': 'ten seconds to add to an order',
      '3': 'PO numbers are read from their own field',
      '5': 'status labels as text',
    }[place] ?? ''
  );
}

function CHECKOUT_GIST(place: string): string {
  return (
    {
      '1': 'scripts need a place in the theme',
      '2': 'a deleted script still runs for a while',
      '3': 'prices from the browser',
      '4': 'a cart that changes while it is paid elsewhere',
      '5': 'orders by API convert no cart',
      '6': 'no redirect addresses for carts of the storefront',
    }[place] ?? ''
  );
}
