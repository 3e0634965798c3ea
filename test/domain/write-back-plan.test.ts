import { describe, expect, test } from 'vitest';
import type { CarrierFact } from '../../domain/carrier-event.ts';
import type { Order } from '../../domain/order.ts';
import type { OrderFacts } from '../../domain/facts.ts';
import { decideOrder } from '../../domain/order-stage.ts';
import { mayWrite, nextDue, planWriteBack, type PlanInput } from '../../domain/write-back-plan.ts';
import type {
  LedgerEntry,
  StoreOrderView,
  StoreShipment,
  WriteBackBody,
  WriteBackPlan,
  WriteBackStep,
  WritingRules,
} from '../../domain/write-back-types.ts';
import { COMMON_CARRIERS } from '../../domain/carrier-map.ts';
import { fact, facts, label, lineItem, order, override, scan } from './examples.ts';

const RULES: WritingRules = {
  profile: 'import_and_writeback',
  pushEnabled: true,
  dryRun: false,
  trigger: ['label.created', 'shipment.external'],
  trackingWrite: true,
  requireNumber: true,
  statusSideEffect: 'auto',
  shippedOnWriteback: true,
  shippedOnTrackable: false,
  shippedOnPossession: false,
  possessionStates: ['picked_up', 'in_transit', 'out_for_delivery'],
  shippedTarget: 2,
  onDelivered: false,
  deliveredTarget: 10,
  protectedStatuses: [4, 5, 6, 13],
  respectManualChange: true,
  onConflict: 'skip',
  carrierMap: { ...COMMON_CARRIERS },
};

interface Given {
  events?: CarrierFact[];
  order?: Order;
  rules?: Partial<WritingRules>;
  store?: Partial<StoreOrderView>;
  ledger?: LedgerEntry[];
  explained?: number[];
  facts?: Partial<OrderFacts>;
}

function given({
  events = [],
  order: theOrder = order(),
  rules,
  store,
  ledger = [],
  explained = [11],
  facts: over,
}: Given): PlanInput {
  const view: StoreOrderView = { statusId: 11, shipments: null, shipped: [], ...store };
  const decision = decideOrder(
    facts({
      order: theOrder,
      events,
      store: { statusId: view.statusId, statusExplained: true, shippedByPerson: [] },
      ...over,
    }),
  );
  return {
    order: theOrder,
    decision,
    rules: { ...RULES, ...rules },
    store: view,
    ledger,
    explainedStatuses: explained,
  };
}

function plan(input: Given): WriteBackPlan {
  return planWriteBack(given(input));
}

function row(step: WriteBackStep, state: LedgerEntry['state'], over: Partial<LedgerEntry> = {}): LedgerEntry {
  const { kind, subject, n, body } = step;
  const storeShipmentId =
    state !== 'confirmed'
      ? null
      : body.kind === 'update_shipment'
        ? body.shipmentId
        : body.kind === 'create_shipment'
          ? 500
          : null;
  return {
    id: `${subject}/${String(n)}`,
    kind,
    subject,
    n,
    state,
    blocked: null,
    approved: false,
    body,
    storeShipmentId,
    ...over,
  };
}

function kinds(result: WriteBackPlan): string[] {
  return result.steps.map((step) => step.kind);
}

function reasons(result: WriteBackPlan): string[] {
  return result.skipped.map((one) => one.reason);
}

const printed = [label('9205 5000', { at: 1, carrier: 'USPS', service: 'Priority' })];

/** The ledger after the shipment of `printed` was created. */
function written(events: CarrierFact[] = printed, over: Given = {}): LedgerEntry[] {
  return plan({ ...over, events })
    .steps.filter((step) => step.kind === 'create_shipment')
    .map((step) => row(step, 'confirmed'));
}

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
    expect(plan({ events, ledger: written(), ...state })).toMatchObject({ steps: [], skipped: [] });
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

describe('the ledger', () => {
  test('a confirmed step is not planned again', () => {
    const ledger = plan({ events: printed }).steps.map((step) => row(step, 'confirmed'));
    expect(plan({ events: printed, ledger, store: { statusId: 2 }, explained: [2, 3] }).steps).toEqual([]);
    // Nor when the store went elsewhere meanwhile.
    expect(plan({ events: printed, ledger, store: { statusId: 11 }, explained: [11, 2] }).steps).toEqual([]);
  });

  test('a sent row is left alone, and the status still follows it', () => {
    const [create] = plan({ events: printed }).steps;
    const ledger = create === undefined ? [] : [row(create, 'sent')];
    expect(plan({ events: printed, ledger }).steps.map((step) => step.subject)).toEqual(['status:2']);
  });

  test('a refused step waits for a person, and the status waits for it', () => {
    const [create] = plan({ events: printed }).steps;
    const ledger = create === undefined ? [] : [row(create, 'refused')];
    const result = plan({ events: printed, ledger });
    expect(result.steps).toEqual([]);
    expect(reasons(result)).toEqual(['refused_before']);
    const retried = create === undefined ? [] : [row(create, 'refused'), row({ ...create, n: 1 }, 'planned')];
    expect(plan({ events: printed, ledger: retried }).steps[0]).toMatchObject({
      kind: 'create_shipment',
      n: 1,
    });
  });

  test('possession sets no status while the shipment of the order is refused', () => {
    const [create] = plan({ events: printed }).steps;
    const ledger = create === undefined ? [] : [row(create, 'refused')];
    const events = [...printed, scan('92055000', 'picked_up', { at: 2 })];
    const result = plan({ events, ledger, rules: { shippedOnPossession: true } });
    expect(reasons(result)).toEqual(['refused_before', 'waits_for_shipment']);
  });

  test('a superseded row that is due again is the same row', () => {
    const [create] = plan({ events: printed }).steps;
    const ledger = create === undefined ? [] : [row(create, 'superseded', { blocked: 'push_off' })];
    expect(plan({ events: printed, ledger }).steps[0]).toMatchObject({
      subject: '92055000@7',
      n: 0,
      blocked: null,
    });
  });

  test('a row under the newer number of a parcel counts for the parcel', () => {
    const newer = [label('B', { at: 2 })];
    const ledger = written(newer);
    const late = [
      ...newer,
      label('A', { at: 1 }),
      fact('label.replaced', { at: 3, number: 'B', replaces: 'A' }),
    ];
    expect(plan({ events: late, ledger, store: { statusId: 2 }, explained: [2, 3] }).steps).toEqual([]);
  });
});

describe('a replaced label', () => {
  const replaced = [
    ...printed,
    fact('label.replaced', { at: 5, number: 'NEW1', replaces: '92055000', carrier: 'ups' }),
  ];
  const after = { store: { statusId: 2 }, explained: [2, 3] };

  test('before the write is simply written with the new number', () => {
    expect(plan({ events: replaced }).steps[0]).toMatchObject({
      subject: '92055000@7',
      body: { trackingNumber: 'NEW1', shippingProvider: 'ups' },
    });
  });

  test('after the write is put onto the same store shipment, once', () => {
    const result = plan({ events: replaced, ledger: written(), ...after });
    expect(result.steps).toMatchObject([
      {
        kind: 'update_shipment',
        subject: '92055000@7',
        n: 0,
        body: { shipmentId: 500, trackingNumber: 'NEW1', shippingProvider: 'ups' },
      },
    ]);
    const done = [...written(), ...result.steps.map((step) => row(step, 'confirmed'))];
    expect(plan({ events: replaced, ledger: done, ...after }).steps).toEqual([]);
    const again = [...replaced, fact('label.replaced', { at: 6, number: 'NEW2', replaces: 'NEW1' })];
    expect(plan({ events: again, ledger: done, ...after }).steps).toMatchObject([
      { kind: 'update_shipment', n: 1, body: { trackingNumber: 'NEW2' } },
    ]);
  });

  test('whose update was refused waits for a person, but the next number is tried', () => {
    const refused = [
      ...written(),
      ...plan({ events: replaced, ledger: written(), ...after }).steps.map((step) => row(step, 'refused')),
    ];
    expect(reasons(plan({ events: replaced, ledger: refused, ...after }))).toEqual(['refused_before']);
    const again = [...replaced, fact('label.replaced', { at: 6, number: 'NEW2', replaces: 'NEW1' })];
    expect(plan({ events: again, ledger: refused, ...after }).steps).toMatchObject([
      { n: 1, body: { trackingNumber: 'NEW2' } },
    ]);
  });

  test('is not put onto an order that the store closed', () => {
    const result = plan({ events: replaced, ledger: written(), store: { statusId: 5 }, explained: [2, 3] });
    expect(result.steps).toEqual([]);
  });
});

describe('a voided label', () => {
  const voided = [...printed, fact('label.voided', { at: 2, number: '92055000' })];

  test('before the write plans nothing', () => {
    expect(plan({ events: voided }).steps).toEqual([]);
  });

  test('hands its store shipment to the new label for the same lines', () => {
    const events = [...voided, label('NEW', { at: 3, carrier: 'ups' })];
    const shipped = [
      { orderProductId: 15, quantity: 2 },
      { orderProductId: 16, quantity: 1 },
    ];
    const state = { store: { statusId: 2, shipped }, explained: [2, 3] };
    const result = plan({ events, ledger: written(), ...state });
    expect(result.steps).toMatchObject([
      { kind: 'update_shipment', subject: 'NEW@7', n: 0, body: { shipmentId: 500, trackingNumber: 'NEW' } },
    ]);
    const done = [...written(), ...result.steps.map((step) => row(step, 'confirmed'))];
    expect(plan({ events, ledger: done, ...state }).steps).toEqual([]);
  });

  test('restored after its store shipment was deleted is created once more', () => {
    const events = [...voided, label('9205 5000', { at: 3 })];
    const state = { store: { statusId: 2, shipments: [], shipped: [] }, explained: [2, 3] };
    expect(plan({ events, ledger: written(), ...state }).steps[0]).toMatchObject({
      kind: 'create_shipment',
      n: 1,
    });
    const known = { ...state, store: { ...state.store, shipments: [storeShipment({ shipmentId: 500 })] } };
    expect(plan({ events, ledger: written(), ...known }).steps).toEqual([]);
  });
});

function storeShipment(over: Partial<StoreShipment> = {}): StoreShipment {
  return { shipmentId: 77, orderAddressId: 7, trackingNumber: '', comments: '', items: [], ...over };
}

describe('what the store has', () => {
  test('units that a person shipped are not shipped again', () => {
    const result = plan({
      events: printed,
      store: { shipped: [{ orderProductId: 15, quantity: 1 }], statusId: 3 },
      explained: [11],
    });
    expect(result.steps[0]?.body).toMatchObject({
      items: [
        { orderProductId: 15, quantity: 1 },
        { orderProductId: 16, quantity: 1 },
      ],
    });
    const all = [
      { orderProductId: 15, quantity: 2 },
      { orderProductId: 16, quantity: 1 },
    ];
    expect(reasons(plan({ events: printed, store: { shipped: all } }))).toEqual(['nothing_left_to_ship']);
  });

  test('our own confirmed units do not count twice', () => {
    const two = [
      label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 1 }] }),
      label('B', {
        at: 2,
        lines: [
          { orderProductId: 15, quantity: 1 },
          { orderProductId: 16, quantity: 1 },
        ],
      }),
    ];
    const ledger = written(two).slice(0, 1);
    const result = plan({
      events: two,
      ledger,
      store: { statusId: 3, shipped: [{ orderProductId: 15, quantity: 1 }] },
      explained: [2, 3],
    });
    expect(result.steps).toMatchObject([
      {
        subject: 'B@7',
        body: {
          items: [
            { orderProductId: 15, quantity: 1 },
            { orderProductId: 16, quantity: 1 },
          ],
        },
      },
      { subject: 'status:2' },
    ]);
  });

  test('a shipment with our number is adopted without a mail', () => {
    const shipments = [
      storeShipment({ trackingNumber: '9205-5000', items: [{ orderProductId: 15, quantity: 2 }] }),
    ];
    const result = plan({
      events: printed,
      store: { shipments, shipped: [{ orderProductId: 15, quantity: 2 }] },
    });
    expect(result.steps[0]).toMatchObject({
      kind: 'create_shipment',
      mails: 0,
      summary: expect.stringContaining('Adopt') as string,
    });
  });

  test.each([4, 5, 6, 12, 13])('status %i stands, explained or not', (statusId) => {
    expect(plan({ events: printed, store: { statusId }, explained: [statusId] }).steps).toEqual([]);
    const overwrite = { onConflict: 'overwrite' as const, respectManualChange: false };
    expect(plan({ events: printed, store: { statusId }, rules: overwrite }).steps).toEqual([]);
  });

  test('Partially Refunded gets shipments only', () => {
    const result = plan({ events: printed, store: { statusId: 14 } });
    expect(kinds(result)).toEqual(['create_shipment']);
    expect(reasons(result)).toEqual(['protected_status']);
  });

  test('the store is never moved backwards', () => {
    const result = plan({ events: printed, store: { statusId: 10 }, explained: [10] });
    expect(result.steps).toEqual([]);
    expect(reasons(result)).toContain('never_backwards');
    const same = plan({ events: printed, ledger: written(), store: { statusId: 2 }, explained: [2, 3] });
    expect(same).toMatchObject({ steps: [], skipped: [] });
  });

  test('a status beside the waiting ones is no conflict', () => {
    expect(kinds(plan({ events: printed, store: { statusId: 9 }, explained: [11] }))).toEqual([
      'create_shipment',
      'set_status',
    ]);
  });
});

describe("a person's decision", () => {
  const moved = { store: { statusId: 11 }, explained: [2], ledger: written() };
  const more = [...printed, scan('92055000', 'delivered', { at: 2 })];
  const rules = { onDelivered: true };

  test('is skipped over by default', () => {
    const result = plan({ events: more, rules, ...moved });
    expect(result.steps).toEqual([]);
    expect(reasons(result)).toEqual(['manual_change']);
  });

  test('is asked about where the channel says so, and goes out when approved', () => {
    const asked = plan({ events: more, rules: { ...rules, onConflict: 'ask' }, ...moved });
    expect(asked.steps).toMatchObject([{ subject: 'status:10', blocked: 'ask' }]);
    expect(asked.conflict).toContain('approve');
    const ledger = [
      ...moved.ledger,
      ...asked.steps.map((step) => row(step, 'planned', { blocked: 'ask', approved: true })),
    ];
    const approved = plan({ events: more, rules: { ...rules, onConflict: 'ask' }, ...moved, ledger });
    expect(approved).toMatchObject({ steps: [{ blocked: null }], conflict: null });
  });

  test('is overwritten where the channel says so', () => {
    expect(kinds(plan({ events: more, rules: { ...rules, onConflict: 'overwrite' }, ...moved }))).toEqual([
      'set_status',
    ]);
    expect(kinds(plan({ events: more, rules: { ...rules, respectManualChange: false }, ...moved }))).toEqual([
      'set_status',
    ]);
  });

  test('Shipped by hand keeps the shipment out by default', () => {
    const result = plan({ events: printed, store: { statusId: 2 }, explained: [11] });
    expect(result.steps).toEqual([]);
    expect(reasons(result)).toEqual(['manual_change']);
  });
});

describe('blocks', () => {
  test('push off and dry run plan everything and block it', () => {
    expect(
      plan({ events: printed, rules: { pushEnabled: false } }).steps.map((step) => step.blocked),
    ).toEqual(['push_off', 'push_off']);
    expect(plan({ events: printed, rules: { dryRun: true } }).steps.map((step) => step.blocked)).toEqual([
      'dry_run',
      'dry_run',
    ]);
  });

  test('switching on is quiet: what came due meanwhile waits for approval', () => {
    const ledger = plan({ events: printed, rules: { pushEnabled: false } }).steps.map((step) =>
      row(step, 'planned', { blocked: 'push_off' }),
    );
    expect(plan({ events: printed, ledger }).steps.map((step) => step.blocked)).toEqual([
      'push_off',
      'push_off',
    ]);
    const approved = ledger.map((one) => ({ ...one, approved: true }));
    expect(plan({ events: printed, ledger: approved }).steps.map((step) => step.blocked)).toEqual([
      null,
      null,
    ]);
    expect(plan({ events: printed, ledger: approved, rules: { pushEnabled: false } }).steps[0]?.blocked).toBe(
      'push_off',
    );
  });

  test('a status does not overtake a blocked shipment', () => {
    const [create] = plan({ events: printed }).steps;
    const ledger = create === undefined ? [] : [row(create, 'planned', { blocked: 'auth' })];
    expect(plan({ events: printed, ledger }).steps.map((step) => step.blocked)).toEqual(['auth', 'auth']);
  });

  test('an import-only channel has nothing to plan with', () => {
    expect(mayWrite({ profile: 'import_only' })).toBe(false);
    expect(planWriteBack({ ...given({ events: printed }), rules: { profile: 'import_only' } })).toEqual({
      steps: [],
      skipped: [],
      conflict: null,
      mails: 0,
    });
  });

  test('an order that a person declared cancelled is not written', () => {
    const over = { overrides: [override('cancelled', 5)] };
    expect(plan({ events: printed, facts: over }).steps).toEqual([]);
    expect(kinds(plan({ events: printed, facts: { overrides: [override('imported', 5)] } }))).toContain(
      'create_shipment',
    );
  });

  test('a parcel that came back is not written as shipped', () => {
    const events = [
      ...printed,
      scan('92055000', 'in_transit', { at: 2 }),
      scan('92055000', 'returned', { at: 3 }),
    ];
    const result = plan({ events, rules: { shippedOnPossession: true } });
    expect(result.steps).toEqual([]);
    expect(reasons(result)).toEqual(['parcel_returned']);
  });

  test('a digital order has nothing to write', () => {
    const digital = order({
      lineItems: [lineItem({ orderProductId: 1, kind: 'digital', orderAddressId: null })],
    });
    expect(plan({ events: printed, order: digital }).steps).toEqual([]);
  });
});

describe('the row to work on', () => {
  const rows = (...states: [LedgerEntry['state'], LedgerEntry['blocked'], string | null][]) =>
    states.map(([state, blocked, notBefore]) => ({ state, blocked, notBefore }));
  const now = '2026-01-02T00:00:00.000Z';

  test('is the first that is not confirmed, a sent one before all', () => {
    expect(nextDue(rows(['confirmed', null, null], ['planned', null, null]), now).due?.state).toBe('planned');
    expect(nextDue(rows(['planned', null, null], ['sent', null, null]), now).due?.state).toBe('sent');
  });

  test('is none while the first one waits, and the time is told', () => {
    const later = '2026-01-02T00:01:00.000Z';
    expect(nextDue(rows(['planned', null, later], ['planned', null, null]), now)).toEqual({
      due: null,
      dueAt: later,
    });
  });

  test('is never a blocked one', () => {
    expect(nextDue(rows(['planned', 'push_off', null]), now)).toEqual({ due: null, dueAt: null });
    expect(
      nextDue(rows(['planned', 'push_off', null], ['planned', null, null]), now).due?.blocked,
    ).toBeNull();
  });
});
