/**
 * The envelope as plain JSON Schema, for the HTTP documentation and for senders that check before they send. The
 * reader next door decides; this page must not promise what it refuses.
 */
import { CARRIER_EVENT_TYPES, TRACKING_STATUSES } from './carrier-event.ts';
import { ENVELOPE_PROVIDERS } from './carriers/envelope-words.ts';

/** More orders in one parcel than this is a sender's mistake. */
export const ENVELOPE_ORDERS_MAX = 50;
/** The store's own orders hold fewer lines in practice. */
export const ENVELOPE_LINES_MAX = 500;
export const EVENT_ID_LENGTH_MAX = 200;
export const TRACKING_NUMBER_INPUT_LENGTH_MAX = 120;

const text = (description: string, maxLength = 100) => ({ type: ['string', 'null'], maxLength, description });

const lines = {
  type: ['array', 'null'],
  minItems: 1,
  maxItems: ENVELOPE_LINES_MAX,
  description: 'What the parcel holds of the order; absent: what is left of it.',
  items: {
    type: 'object',
    required: ['orderProductId', 'quantity'],
    properties: {
      orderProductId: { type: 'integer', minimum: 1, description: "The store's order_product_id." },
      quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    },
  },
};

const orderId = { type: 'integer', minimum: 1, description: "The store's order number." };

export const CARRIER_EVENT_JSON_SCHEMA: Record<string, unknown> = {
  title: 'Carrier event',
  description:
    'One fact about one shipment. Name the order, or (for facts other than labels and pickup) the tracking number of a known parcel. ' +
    'Unknown fields are ignored. May be sent again: events are unique by id and order.',
  type: 'object',
  required: ['type'],
  properties: {
    id: {
      type: ['string', 'number', 'null'],
      maxLength: EVENT_ID_LENGTH_MAX,
      description: "The sender's idempotency key; without one, a hash of the body is used.",
    },
    type: { type: 'string', enum: [...CARRIER_EVENT_TYPES] },
    occurredAt: {
      type: ['string', 'null'],
      format: 'date-time',
      description: 'When it happened, RFC 3339 with offset; absent: when it was received.',
    },
    orderId: {
      ...orderId,
      type: ['integer', 'null'],
      description: 'Shorthand for one order; not beside `orders`.',
    },
    lines,
    orders: {
      type: ['array', 'null'],
      minItems: 1,
      maxItems: ENVELOPE_ORDERS_MAX,
      description: 'Several for merged orders; absent: found by tracking number.',
      items: { type: 'object', required: ['orderId'], properties: { orderId, lines } },
    },
    shipment: {
      type: ['object', 'null'],
      properties: {
        trackingNumber: text('As printed on the label.', TRACKING_NUMBER_INPUT_LENGTH_MAX),
        replaces: text(
          'The number that this label takes the place of (label.replaced).',
          TRACKING_NUMBER_INPUT_LENGTH_MAX,
        ),
        carrier: text('Carrier word, such as usps; see the setting fulfillment.carrier_map.'),
        service: text('Service of the carrier, such as priority.'),
        trackingUrl: { ...text('Where the shopper can follow the parcel.', 2_000), format: 'uri' },
      },
    },
    tracking: {
      type: ['object', 'null'],
      description: 'Needed by tracking.updated.',
      properties: {
        status: { type: ['string', 'null'], enum: [...TRACKING_STATUSES, null] },
        reason: text('Why, such as damaged, refused, delayed.', 300),
        provider: text(
          `Who says so. With ${ENVELOPE_PROVIDERS.join(', ')}, its own word in \`providerStatus\` may stand for the status.`,
        ),
        providerStatus: {
          type: ['string', 'number', 'null'],
          description: "The provider's own word, kept and shown.",
        },
        providerSubstatus: {
          type: ['string', 'number', 'null'],
          description: "The provider's finer word; with qapla, the detail id of an exception.",
        },
        description: text("The provider's sentence, kept and shown.", 300),
        returning: {
          type: ['boolean', 'null'],
          description: 'With returned: on its way back, not yet back.',
        },
        signedBy: text('Who signed.'),
        cod: { type: ['string', 'null'], enum: ['paid', 'not_paid', null] },
      },
    },
    location: text('Where it happened.', 300),
  },
};
