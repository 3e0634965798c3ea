/** What stands in the ledger, in the store, and what a person decided there: how the plan goes on from it. */
import { describe, expect, test } from 'vitest';
import { mayWrite, nextDue, planWriteBack } from '../../domain/write-back-plan.ts';
import type { LedgerEntry, StoreShipment } from '../../domain/write-back-types.ts';
import { fact, label, lineItem, order, override, scan } from './examples.ts';

import { given, plan, row, kinds, reasons, printed, written } from './plan-examples.ts';

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

  test('what a person took away leaves room for other parcels once the store counts fewer', () => {
    const first = label('A', { at: 1, lines: [{ orderProductId: 15, quantity: 2 }] });
    const events = [first, scan('A', 'returned', { at: 2 }), label('B', { at: 3, lines: first.lines ?? [] })];
    const shipments = [storeShipment({ shipmentId: 500, items: [{ orderProductId: 15, quantity: 2 }] })];
    const state = { events, ledger: written([first]), explained: [2, 3] };
    const known = { statusId: 3, shipments, shipped: [] };
    expect(reasons(plan({ ...state, store: known }))).toContain('nothing_left_to_ship');
    expect(plan({ ...state, store: { ...known, countsFewer: true } }).steps).toMatchObject([
      { kind: 'create_shipment', subject: 'B@7', body: { items: [{ orderProductId: 15, quantity: 2 }] } },
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
