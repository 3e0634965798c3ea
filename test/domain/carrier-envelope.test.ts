import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CARRIER_EVENT_JSON_SCHEMA,
  readCarrierEnvelope,
  type EnvelopeContext,
} from '../../domain/carrier-envelope.ts';

const context: EnvelopeContext = {
  receivedAt: '2026-01-02T10:00:00.000Z',
  bodyHash: 'sha256:abc',
  nowMs: Date.parse('2026-01-02T10:00:00Z'),
};

const full = {
  id: 'evt-77',
  type: 'tracking.updated',
  occurredAt: '2026-01-02T09:58:00+01:00',
  orders: [{ orderId: 1001, lines: [{ orderProductId: 15, quantity: 2 }] }, { orderId: 1002 }],
  shipment: {
    trackingNumber: ' 9205 5000 ',
    replaces: null,
    carrier: 'usps',
    service: 'priority',
    trackingUrl: 'https://t.example/1',
  },
  tracking: {
    status: 'in_transit',
    reason: null,
    provider: 'acme',
    providerStatus: 'TRANSIT',
    signedBy: null,
    cod: 'paid',
  },
  location: 'Hub',
  unknown: { ignored: true },
};

function fieldsOf(json: unknown): string[] {
  const read = readCarrierEnvelope(json, context);
  return read.ok ? [] : read.problems.map((problem) => problem.field);
}

describe('a good envelope', () => {
  test('makes one fact per order', () => {
    const read = readCarrierEnvelope(full, context);
    const fact = {
      eventId: 'evt-77',
      type: 'tracking.updated',
      occurredAt: '2026-01-02T08:58:00.000Z',
      receivedAt: context.receivedAt,
      shipment: {
        trackingNumber: '9205 5000',
        replaces: null,
        carrier: 'usps',
        service: 'priority',
        trackingUrl: 'https://t.example/1',
      },
      tracking: {
        status: 'in_transit',
        reason: null,
        provider: 'acme',
        providerStatus: 'TRANSIT',
        returning: false,
        signedBy: null,
        cod: 'paid',
      },
      location: 'Hub',
    };
    expect(read).toEqual({
      ok: true,
      eventId: 'evt-77',
      orders: [
        { orderId: 1001, fact: { ...fact, lines: [{ orderProductId: 15, quantity: 2 }] } },
        { orderId: 1002, fact: { ...fact, lines: null } },
      ],
    });
  });

  test('without id and time takes the hash of the body and the time of receipt', () => {
    const read = readCarrierEnvelope({ type: 'label.created', orderId: 5 }, context);
    expect(read).toMatchObject({
      ok: true,
      eventId: 'sha256:abc',
      orders: [{ orderId: 5, fact: { eventId: 'sha256:abc', occurredAt: context.receivedAt, lines: null } }],
    });
  });

  test('orderId and lines at the top are one order', () => {
    const read = readCarrierEnvelope(
      { type: 'label.created', orderId: 5, lines: [{ orderProductId: 1, quantity: 1 }] },
      context,
    );
    expect(read).toMatchObject({
      ok: true,
      orders: [{ orderId: 5, fact: { lines: [{ orderProductId: 1, quantity: 1 }] } }],
    });
  });

  test('without an order is found by its number', () => {
    const read = readCarrierEnvelope({ type: 'label.voided', shipment: { trackingNumber: 'A1' } }, context);
    expect(read).toMatchObject({ ok: true, orders: [{ orderId: null, fact: { lines: null } }] });
  });

  test('a number as id is text', () => {
    expect(readCarrierEnvelope({ id: 77, type: 'label.created', orderId: 5 }, context)).toMatchObject({
      ok: true,
      eventId: '77',
    });
  });

  test.each([
    ['99', 'delivered', null],
    [99, 'delivered', null],
    ['8', 'in_transit', 'delayed'],
    ['30', 'unknown', null],
  ])('Qapla’ id %j is read as %s', (providerStatus, status, reason) => {
    const json = { type: 'tracking.updated', orderId: 5, tracking: { provider: 'qapla', providerStatus } };
    expect(readCarrierEnvelope(json, context)).toMatchObject({
      ok: true,
      orders: [{ fact: { tracking: { status, reason, providerStatus: String(providerStatus) } } }],
    });
  });

  test('tracking beside a fact that is no scan is not kept', () => {
    expect(
      readCarrierEnvelope({ type: 'label.created', orderId: 5, tracking: { status: 'delivered' } }, context),
    ).toMatchObject({
      ok: true,
      orders: [{ fact: { tracking: null } }],
    });
  });
});

describe('a bad envelope', () => {
  const scan = (tracking: unknown) => ({ type: 'tracking.updated', orderId: 5, tracking });
  const lines = (value: unknown) => ({ type: 'label.created', orderId: 5, lines: value });
  test.each([
    ['no object', [], ['']],
    ['null', null, ['']],
    ['no type', { orderId: 5 }, ['type']],
    ['an unknown type', { type: 'label.printed', orderId: 5 }, ['type']],
    ['no order and no number', { type: 'tracking.updated', tracking: { status: 'delivered' } }, ['orders']],
    ['a label without an order', { type: 'label.created', shipment: { trackingNumber: 'A' } }, ['orders']],
    ['pickup without an order', { type: 'pickup.ready', shipment: { trackingNumber: 'A' } }, ['orders']],
    ['an order that is no number', { type: 'label.created', orderId: '5' }, ['orderId']],
    ['an order below one', { type: 'label.created', orderId: 0 }, ['orderId']],
    ['orders and orderId', { type: 'label.created', orderId: 5, orders: [{ orderId: 6 }] }, ['orderId']],
    ['orders and lines', { type: 'label.created', lines: [], orders: [{ orderId: 6 }] }, ['lines']],
    [
      'lines without an order',
      {
        type: 'label.voided',
        lines: [{ orderProductId: 1, quantity: 1 }],
        shipment: { trackingNumber: 'A' },
      },
      ['lines'],
    ],
    [
      'an order named twice',
      { type: 'label.created', orders: [{ orderId: 6 }, { orderId: 6 }] },
      ['orders[1].orderId'],
    ],
    ['no orders in the list', { type: 'label.created', orders: [] }, ['orders', 'orders']],
    [
      'too many orders',
      { type: 'label.created', orders: Array.from({ length: 51 }, (_, i) => ({ orderId: i + 1 })) },
      ['orders'],
    ],
    ['an entry that is null', { type: 'label.created', orders: [null] }, ['orders[0]']],
    [
      'too many lines',
      lines(Array.from({ length: 501 }, (_, i) => ({ orderProductId: i + 1, quantity: 1 }))),
      ['lines'],
    ],
    ['a quantity of zero', lines([{ orderProductId: 1, quantity: 0 }]), ['lines[0].quantity']],
    ['half a unit', lines([{ orderProductId: 1, quantity: 0.5 }]), ['lines[0].quantity']],
    ['a line without a product', lines([{ quantity: 1 }]), ['lines[0].orderProductId']],
    [
      'a time without an offset',
      { type: 'label.created', orderId: 5, occurredAt: '2026-01-02T09:58:00' },
      ['occurredAt'],
    ],
    [
      'a day that does not exist',
      { type: 'label.created', orderId: 5, occurredAt: '2026-02-31T09:58:00Z' },
      ['occurredAt'],
    ],
    ['a time as a number', { type: 'label.created', orderId: 5, occurredAt: 1767347880 }, ['occurredAt']],
    [
      'a time long ago',
      { type: 'label.created', orderId: 5, occurredAt: '1970-01-21T10:55:47Z' },
      ['occurredAt'],
    ],
    [
      'a time in two days',
      { type: 'label.created', orderId: 5, occurredAt: '2026-01-04T10:00:00Z' },
      ['occurredAt'],
    ],
    ['a scan without a status', { type: 'tracking.updated', orderId: 5 }, ['tracking.status']],
    ['an empty tracking', scan({}), ['tracking.status']],
    ['an unknown status', scan({ status: 'shipped' }), ['tracking.status']],
    [
      'an unknown status beside a Qapla’ id',
      scan({ status: 'shipped', provider: 'qapla', providerStatus: '99' }),
      ['tracking.status'],
    ],
    ['tracking that is text', scan('delivered'), ['tracking']],
    ['an unknown payment word', scan({ status: 'delivered', cod: 'maybe' }), ['tracking.cod']],
    ['returning as text', scan({ status: 'returned', returning: 'yes' }), ['tracking.returning']],
    [
      'a replacement without numbers',
      { type: 'label.replaced', orderId: 5 },
      ['shipment.trackingNumber', 'shipment.replaces'],
    ],
    [
      'a number that replaces itself',
      { type: 'label.replaced', orderId: 5, shipment: { trackingNumber: 'A-1', replaces: 'a1' } },
      ['shipment.replaces'],
    ],
    [
      'a number without letters and digits',
      { type: 'label.created', orderId: 5, shipment: { trackingNumber: '--' } },
      ['shipment.trackingNumber'],
    ],
    [
      'a number that is too long',
      { type: 'label.created', orderId: 5, shipment: { trackingNumber: 'X'.repeat(121) } },
      ['shipment.trackingNumber'],
    ],
    [
      'a link that is none',
      { type: 'label.created', orderId: 5, shipment: { trackingUrl: 'javascript:alert(1)' } },
      ['shipment.trackingUrl'],
    ],
    [
      'control characters',
      { type: 'label.created', orderId: 5, shipment: { carrier: 'a\u0000b' } },
      ['shipment.carrier'],
    ],
    ['a shipment that is a list', { type: 'label.created', orderId: 5, shipment: [] }, ['shipment']],
    ['an id that is too long', { id: 'x'.repeat(201), type: 'label.created', orderId: 5 }, ['id']],
  ])('with %s is refused at its field', (_name, json, fields) => {
    expect(fieldsOf(json).sort()).toEqual([...new Set(fields)].sort());
  });

  test('has a problem for every bad field, and each says what is allowed', () => {
    const read = readCarrierEnvelope(
      { type: 'x', occurredAt: 'x', orderId: -1, tracking: { status: 'x' } },
      context,
    );
    const problems = read.ok ? [] : read.problems;
    expect(problems.map((problem) => problem.field)).toEqual([
      'type',
      'occurredAt',
      'tracking.status',
      'orderId',
    ]);
    expect(problems.every((problem) => problem.message.includes('expected'))).toBe(true);
  });

  test('of any shape is refused or read, never thrown at', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.dictionary(
          fc.constantFrom('id', 'type', 'orderId', 'orders', 'lines', 'shipment', 'tracking', 'occurredAt'),
          fc.jsonValue(),
        ),
        (any, fields) => {
          expect(typeof readCarrierEnvelope(any, context).ok).toBe('boolean');
          expect(typeof readCarrierEnvelope(fields, context).ok).toBe('boolean');
        },
      ),
    );
  });
});

describe('the published schema', () => {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  const validate = ajv.compile(CARRIER_EVENT_JSON_SCHEMA);

  test('accepts what is read', () => {
    for (const json of [
      full,
      { type: 'label.created', orderId: 5 },
      { id: 7, type: 'label.voided', shipment: { trackingNumber: 'A' } },
    ]) {
      expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  test('refuses what is refused', () => {
    for (const json of [
      {},
      { type: 'label.printed', orderId: 5 },
      { type: 'label.created', orderId: 0 },
      { type: 'label.created', orders: [] },
      { type: 'tracking.updated', orderId: 5, tracking: { status: 'shipped' } },
    ]) {
      expect(validate(json)).toBe(false);
      expect(readCarrierEnvelope(json, context).ok).toBe(false);
    }
  });
});
