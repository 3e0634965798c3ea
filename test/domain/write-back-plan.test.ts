import { describe, expect, test } from 'vitest';
import type { WriteBackBody } from '../../domain/write-back-types.ts';
import { COMMON_CARRIERS } from '../../domain/carrier-map.ts';
import { fact, label, lineItem, order, scan } from './examples.ts';

import { plan, kinds, reasons, printed, written } from './plan-examples.ts';

describe('a label', () => {
  test('becomes a shipment, then a status', () => {
    const result = plan({ events: printed });
    expect(result.steps).toMatchObject([
      {
        kind: 'create_shipment',
        subject: '92055000@7',
        n: 0,
        blocked: null,
        mails: 1,
        body: {
          orderAddressId: 7,
          items: [
            { orderProductId: 15, quantity: 2 },
            { orderProductId: 16, quantity: 1 },
          ],
          trackingNumber: '9205 5000',
          trackingUrl: '',
          shippingProvider: 'usps',
          trackingCarrier: '',
          shippingMethod: 'Priority',
          comments: '',
        },
      },
      { kind: 'set_status', subject: 'status:2', n: 0, mails: 0, body: { kind: 'set_status', statusId: 2 } },
    ]);
    expect(result).toMatchObject({ mails: 1, conflict: null, skipped: [] });
  });

  test('is planned the same way again', () => {
    expect(plan({ events: [...printed].reverse() })).toEqual(plan({ events: printed }));
  });

  test('of a part of the order sets no status', () => {
    const part = [label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 2 }] })];
    expect(kinds(plan({ events: part }))).toEqual(['create_shipment']);
    expect(kinds(plan({ events: part, rules: { statusSideEffect: 'accept' } }))).toEqual(['create_shipment']);
  });

  test('without a number waits for one unless numbers are not required', () => {
    const result = plan({ events: [label(null, { at: 1 })] });
    expect(result.steps).toEqual([]);
    expect(reasons(result)).toEqual(['no_tracking_number']);
    const allowed = plan({ events: [label(null, { id: 'e1', at: 1 })], rules: { requireNumber: false } });
    expect(allowed.steps[0]).toMatchObject({ subject: 'event:e1@7', body: { trackingNumber: '' } });
  });

  test('makes one step per consignment, without digital, gift and pickup lines', () => {
    const lineItems = [
      lineItem({ orderProductId: 15, orderAddressId: 7 }),
      lineItem({ orderProductId: 16, orderAddressId: 8 }),
      lineItem({ orderProductId: 17, kind: 'digital', orderAddressId: null }),
      lineItem({ orderProductId: 18, kind: 'giftcertificate', orderAddressId: null }),
      lineItem({ orderProductId: 19, orderAddressId: null, pickupId: 3 }),
    ];
    const result = plan({ events: printed, order: order({ lineItems }) });
    expect(
      result.steps.map((step) => [
        step.subject,
        step.body.kind === 'create_shipment' ? step.body.items : null,
      ]),
    ).toEqual([
      ['92055000@7', [{ orderProductId: 15, quantity: 1 }]],
      ['92055000@8', [{ orderProductId: 16, quantity: 1 }]],
    ]);
  });

  test('the status waits until pickup lines are collected', () => {
    const lineItems = [
      lineItem({ orderProductId: 15 }),
      lineItem({ orderProductId: 19, orderAddressId: null, pickupId: 3 }),
    ];
    const events = [...printed, fact('pickup.ready', { at: 2 })];
    expect(kinds(plan({ events, order: order({ lineItems }) }))).toEqual(['create_shipment']);
    const collected = [...events, fact('pickup.collected', { at: 3 })];
    expect(kinds(plan({ events: collected, order: order({ lineItems }) }))).toEqual([
      'create_shipment',
      'set_status',
    ]);
  });

  test('a box that turns up later and is older does not become a second shipment', () => {
    const state = {
      store: {
        statusId: 2,
        shipped: [
          { orderProductId: 15, quantity: 2 },
          { orderProductId: 16, quantity: 1 },
        ],
      },
      explained: [2, 3],
    };
    const events = [...printed, label('OLDER', { at: 0 })];
    expect(plan({ events, ledger: written(), ...state })).toMatchObject({
      steps: [{ kind: 'update_shipment', body: { comments: 'Tracking numbers: OLDER' } }],
      skipped: [],
    });
    const replaced = [...events, fact('label.replaced', { at: 4, number: 'NEW1', replaces: '92055000' })];
    expect(plan({ events: replaced, ledger: written(), ...state }).steps).toMatchObject([
      { kind: 'update_shipment', subject: '92055000@7' },
    ]);
  });

  test('further boxes of one shipment stand in its comments', () => {
    const result = plan({ events: [label('A', { at: 1 }), label('B', { at: 2 }), label('C', { at: 3 })] });
    expect(kinds(result)).toEqual(['create_shipment', 'set_status']);
    expect(result.steps[0]?.body).toMatchObject({ trackingNumber: 'A', comments: 'Tracking numbers: B, C' });
  });
});

describe('the carrier', () => {
  const body = (words: Parameters<typeof label>[1], carrierMap = {}): WriteBackBody | undefined =>
    plan({
      events: [label('N1', { at: 1, ...words })],
      rules: { carrierMap: { ...COMMON_CARRIERS, ...carrierMap } },
    }).steps[0]?.body;

  test('goes by its provider, by its slug, or by a link of its own', () => {
    expect(body({ carrier: 'Australia Post' })).toMatchObject({
      shippingProvider: 'auspost',
      trackingCarrier: '',
      trackingUrl: '',
    });
    expect(body({ carrier: 'dpd', url: 'https://x.example/1' })).toMatchObject({
      shippingProvider: '',
      trackingCarrier: 'dpd',
      trackingUrl: '',
    });
    expect(body({ carrier: 'Acme' }, { acme: 'https://acme.example/t/{number}' })).toMatchObject({
      shippingProvider: '',
      trackingCarrier: '',
      trackingUrl: 'https://acme.example/t/N1',
    });
  });

  test('that is not mapped is written with an empty provider, its name and its own link', () => {
    expect(body({ carrier: 'Acme', service: 'Express', url: 'https://acme.example/N1' })).toMatchObject({
      shippingProvider: '',
      trackingCarrier: '',
      trackingUrl: 'https://acme.example/N1',
      shippingMethod: 'Acme Express',
    });
  });

  test('a number longer than 50 characters goes into the comments and the link', () => {
    const long = 'X'.repeat(51);
    const result = plan({ events: [label(long, { at: 1, carrier: 'usps', url: 'https://u.example/x' })] });
    expect(result.steps[0]?.body).toMatchObject({
      trackingNumber: '',
      trackingUrl: 'https://u.example/x',
      comments: `Tracking numbers: ${long}`,
    });
    const fits = plan({ events: [label('X'.repeat(50), { at: 1 })] });
    expect(fits.steps[0]?.body).toMatchObject({ trackingNumber: 'X'.repeat(50), comments: '' });
  });
});

describe('the trigger', () => {
  test.each([
    ['label.created', label('A', { at: 1 })],
    ['shipment.manifested', fact('shipment.manifested', { number: 'A', at: 1 })],
    ['shipment.external', fact('shipment.external', { number: 'A', at: 1 })],
    ['tracking.trackable', scan('A', 'trackable', { at: 1 })],
    ['tracking.possession', scan('A', 'picked_up', { at: 1 })],
  ] as const)('%s makes a parcel due, another fact alone does not', (trigger, event) => {
    expect(kinds(plan({ events: [event], rules: { trigger: [trigger] } }))).toContain('create_shipment');
    const others = (['shipment.manifested', 'shipment.external'] as const).filter(
      (one) => one !== event.type,
    );
    const result = plan({ events: [event], rules: { trigger: [...others] } });
    expect(reasons(result)).toEqual(['waiting_for_trigger']);
  });

  test.each(['shipment.manifested', 'shipment.external', 'tracking.updated'] as const)(
    'label.created is also met by %s: the carrier knows the parcel, so it has a label',
    (type) => {
      const event =
        type === 'tracking.updated' ? scan('A', 'delivered', { at: 1 }) : fact(type, { number: 'A', at: 1 });
      expect(kinds(plan({ events: [event], rules: { trigger: ['label.created'] } }))).toContain(
        'create_shipment',
      );
    },
  );

  test('tracking.write off writes statuses only', () => {
    const result = plan({
      events: [...printed, scan('92055000', 'picked_up', { at: 2 })],
      rules: { trackingWrite: false, shippedOnWriteback: false, shippedOnPossession: true },
    });
    expect(kinds(result)).toEqual(['set_status']);
    expect(reasons(result)).toEqual(['tracking_write_off']);
  });
});

describe('the side effect of a shipment on the status (X-3)', () => {
  const trackable = [...printed, scan('92055000', 'trackable', { at: 2 })];
  const possession = { shippedOnWriteback: false, shippedOnPossession: true };

  test('auto defers while a shipped rule is on and not met for its own units', () => {
    expect(reasons(plan({ events: trackable, rules: possession }))).toEqual(['deferred']);
    const gone = [...trackable, scan('92055000', 'picked_up', { at: 3 })];
    expect(kinds(plan({ events: gone, rules: possession }))).toEqual(['create_shipment', 'set_status']);
  });

  test('auto accepts when no shipped rule is on', () => {
    expect(kinds(plan({ events: printed, rules: { shippedOnWriteback: false } }))).toEqual([
      'create_shipment',
    ]);
  });

  test('accept never waits, defer waits for a rule', () => {
    expect(kinds(plan({ events: trackable, rules: { ...possession, statusSideEffect: 'accept' } }))).toEqual([
      'create_shipment',
    ]);
    const off = { shippedOnWriteback: false, statusSideEffect: 'defer' as const };
    expect(reasons(plan({ events: trackable, rules: off }))).toEqual(['deferred']);
  });

  test('deferral asks about the parcel, the status about all units', () => {
    const events = [
      label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 2 }] }),
      label('B', { at: 1, lines: [{ orderProductId: 16, quantity: 1 }] }),
      scan('A', 'picked_up', { at: 2 }),
    ];
    const result = plan({ events, rules: possession });
    expect(result.steps.map((step) => step.subject)).toEqual(['A@7']);
    expect(result.skipped).toMatchObject([{ subject: 'B@7', reason: 'deferred' }]);
  });

  test('a delay before any scan proves no possession', () => {
    const events = [...printed, scan('92055000', 'in_transit', { at: 2, reason: 'delayed' })];
    expect(plan({ events, rules: possession }).steps).toEqual([]);
  });
});

describe('the delivered rule', () => {
  const delivered = [...printed, scan('92055000', 'delivered', { at: 2 })];

  test('sets its target when every unit arrived, and only that', () => {
    const result = plan({ events: delivered, rules: { onDelivered: true } });
    expect(result.steps.map((step) => step.subject)).toEqual(['92055000@7', 'status:10']);
    expect(result.mails).toBe(2);
  });

  test('does nothing when both targets are one status (X-4)', () => {
    const result = plan({
      events: delivered,
      rules: { onDelivered: true, shippedTarget: 10, shippedOnWriteback: false },
    });
    expect(kinds(result)).toEqual(['create_shipment']);
  });

  test('waits while a parcel is on its way back', () => {
    const events = [
      ...printed,
      scan('92055000', 'returned', { at: 2, returning: true }),
      scan('92055000', 'delivered', { at: 3 }),
    ];
    const result = plan({
      events,
      rules: { onDelivered: true },
      ledger: written(),
      store: { statusId: 2 },
      explained: [2, 3],
    });
    expect(result.steps).toEqual([]);
  });
});
