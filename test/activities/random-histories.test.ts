// Random histories through the real ingress function, ledger and executor on Postgres against the simulator: facts
// repeated, reordered and delayed, a person's status and store faults between. The store must end as the model says.
// A failure prints its seed and shrinks. Only with WAYBILL_LONG_TESTS=1, which runs 20,000 of them.
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordDelivery } from '../../db/carrier-events.ts';
import type { CarrierFact } from '../../domain/carrier-event.ts';
import type { FaultKind } from '../../simulator/faults.ts';
import { CHANNEL, importAll, openStoreSide, settle, write, type StoreSide } from './store-side.ts';
import { setFulfillment, shipmentsIn, storeStatus } from './write-back-side.ts';
import { StoreModel, type Fact, type Rules, type Told } from '../model/store-model.ts';

const LONG = process.env['WAYBILL_LONG_TESTS'] === '1';
/** For each of the four channels. */
const RUNS = 5_000;
const ATTEMPTS_MAX = 40;
/** What a store may do to a write; each settles by itself. */
const FAULTS = [
  'cut-after',
  'cut-before',
  '504-after',
  '500',
  '429',
  'html',
  'truncated-json',
] as const satisfies FaultKind[];
/** What a person may set; 9 is like 11 before anything was shipped. */
const PERSONAL = [9, 10, 4, 5, 13] as const;

const CHANNELS: { name: string; rules: Rules; settings: object }[] = [
  { name: 'written on print', rules: { due: 'label', onVoid: 'leave', delivered: null }, settings: {} },
  {
    name: 'written on print, delivery told',
    rules: { due: 'label', onVoid: 'leave', delivered: 10 },
    settings: { status: { on_delivered: true }, delivered_marker: 'none' },
  },
  {
    name: 'written when the carrier has it, delivery told',
    rules: { due: 'scan', onVoid: 'leave', delivered: 10 },
    settings: { trigger: ['tracking.possession'], status: { on_delivered: true }, delivered_marker: 'none' },
  },
  {
    name: 'voided labels deleted',
    rules: { due: 'label', onVoid: 'delete', delivered: 10 },
    settings: { on_void: 'delete_shipment', status: { on_delivered: true }, delivered_marker: 'none' },
  },
];

let side: StoreSide;
beforeAll(async () => {
  side = await openStoreSide(import.meta.url);
}, 120_000);
afterAll(() => side.close());

type Step =
  | { do: 'tell'; told: Told }
  | { do: 'person'; status: number }
  | { do: 'fault'; fault: FaultKind; times: number };

interface History {
  units: number[];
  steps: Step[];
}

/** A parcel's life in its true order; what is told of it is any part of it. */
const life = (parcel: number): fc.Arbitrary<Told[]> => {
  const facts: Fact[] = [
    { kind: 'label' },
    { kind: 'replace', number: `R${String(parcel)}` },
    { kind: 'in_transit' },
    { kind: 'delivered' },
    { kind: 'void' },
  ];
  return fc
    .subarray(
      facts.map((fact, at) => ({ parcel, at, fact })),
      { minLength: 1 },
    )
    .filter((told) => {
      const said = told.map((one) => one.fact.kind);
      // A label is voided before the carrier has the parcel, and a replaced one lives on under its new number.
      return !said.includes('void') || said.every((kind) => kind === 'label' || kind === 'void');
    });
};

const history: fc.Arbitrary<History> = fc
  .array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 })
  .chain((units) =>
    fc
      .tuple(...units.map((_, parcel) => life(parcel)))
      .chain((lives) => {
        const told = lives.flat();
        return fc.record({
          order: fc.shuffledSubarray(told, { minLength: told.length }),
          repeats: fc.subarray(told),
          person: fc.option(fc.record({ at: fc.nat(12), status: fc.constantFrom(...PERSONAL) }), { freq: 2 }),
          faults: fc.array(
            fc.record({
              at: fc.nat(12),
              fault: fc.constantFrom(...FAULTS),
              times: fc.integer({ min: 1, max: 2 }),
            }),
            { maxLength: 2 },
          ),
        });
      })
      .map(({ order, repeats, person, faults }): History => {
        const steps: Step[] = [...order, ...repeats].map((told) => ({ do: 'tell', told }));
        for (const { at, fault, times } of faults)
          steps.splice(Math.min(at, steps.length), 0, { do: 'fault', fault, times });
        if (person !== null)
          steps.splice(Math.min(person.at, steps.length), 0, { do: 'person', status: person.status });
        return { units, steps };
      }),
  );

/** Imported orders that no history used yet, by their quantity: importing one by one would take most of the time. */
const pool = new Map<number, number[]>();
const POOL_SIZE = 25;

async function takeOrder(quantity: number): Promise<number> {
  const left = pool.get(quantity) ?? [];
  if (left.length === 0) {
    const spec = { kind: 'plain', statusId: 11, lines: [{ sku: 'MUG', quantity }] };
    left.push(...side.store.addOrders(Array.from({ length: POOL_SIZE }, () => spec)));
    await importAll(side, { orderIds: left });
    pool.set(quantity, left);
  }
  return left.pop() ?? 0;
}

interface World {
  orderId: number;
  lineId: number;
  units: number[];
  began: number;
}

const numberOf = (orderId: number, told: string): string => `${told}X${String(orderId)}`;

function factOf(world: World, { parcel, at, fact }: Told): CarrierFact {
  const first = numberOf(world.orderId, `P${String(parcel)}`);
  const replaced = fact.kind === 'replace';
  const type =
    fact.kind === 'label'
      ? 'label.created'
      : fact.kind === 'void'
        ? 'label.voided'
        : replaced
          ? 'label.replaced'
          : 'tracking.updated';
  return {
    eventId: `${String(world.orderId)}-${String(parcel)}-${String(at)}`,
    type,
    occurredAt: new Date(world.began + (at * 3 + parcel) * 1000).toISOString(),
    receivedAt: side.deps.clock(),
    lines: [{ orderProductId: world.lineId, quantity: world.units[parcel] ?? 0 }],
    shipment: {
      trackingNumber: fact.kind === 'replace' ? numberOf(world.orderId, fact.number) : first,
      replaces: replaced ? first : null,
      carrier: 'ups',
      service: null,
      trackingUrl: null,
    },
    tracking:
      fact.kind === 'in_transit' || fact.kind === 'delivered'
        ? {
            status: fact.kind,
            ...{
              reason: null,
              provider: null,
              providerStatus: null,
              returning: false,
              signedBy: null,
              cod: null,
            },
          }
        : null,
    location: null,
  };
}

/** What the lifecycle does once it is woken: settles and writes until nothing is due; minutes pass after trouble. */
async function carryOn(orderId: number): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const settled = await settle(side, orderId);
    if (settled.due === null && settled.dueAt === null) return;
    if (settled.due !== null) {
      const done = await write(side, orderId, settled.due.writeBackId, attempt).then(
        () => true,
        () => false,
      );
      if (done) continue;
    }
    side.clockOffsetMs += 61_000;
    await side.db.sql`update quotas set blocked_until = null`;
  }
  throw new Error(`order ${String(orderId)} does not come to rest`);
}

async function happen(world: World, step: Step): Promise<void> {
  const { orderId } = world;
  switch (step.do) {
    case 'fault': {
      const path = `/orders/${String(orderId)}(/|$)`;
      side.store.setFaults([
        { match: { method: 'POST', path }, fault: step.fault, times: step.times, resetMs: 1 },
        { match: { method: 'PUT', path }, fault: step.fault, times: step.times, resetMs: 1 },
      ]);
      return;
    }
    case 'person':
      side.store.editOrder(orderId, { status_id: step.status });
      await importAll(side, { orderIds: [orderId] });
      return carryOn(orderId);
    case 'tell': {
      const now = side.deps.clock();
      const heard = await recordDelivery(side.db, {
        ...{ channelId: CHANNEL, source: 'http' as const, body: '{}', deliveryId: randomUUID(), now },
        facts: [{ orderId, fact: factOf(world, step.told) }],
      });
      // Only an event that wakes the order may change the store: the wake rule is part of what is tried here.
      if (heard.wake.some((one) => one.orderId === orderId)) await carryOn(orderId);
    }
  }
}

describe.runIf(LONG).each(CHANNELS)('a channel: $name', ({ rules, settings }) => {
  it(`ends right after ${String(RUNS)} random histories`, async () => {
    await setFulfillment(side, settings);
    await fc.assert(
      fc.asyncProperty(history, async ({ units, steps }) => {
        side.store.clearFaults();
        const quantity = units.reduce((sum, one) => sum + one, 0);
        const orderId = await takeOrder(quantity);
        const lineId = side.store.state.order(orderId)?.lines[0]?.id ?? 0;
        const world: World = { orderId, lineId, units, began: Date.now() };
        const model = new StoreModel(
          rules,
          units,
          units.map((_, parcel) => `P${String(parcel)}`),
        );
        let own = 0;
        for (const step of steps) {
          if (step.do === 'person' && step.status !== storeStatus(side, orderId)) own += 1;
          await happen(world, step);
          if (step.do === 'tell') model.hear(step.told);
          if (step.do === 'person') model.personSets(step.status);
        }
        const shipments = shipmentsIn(side, orderId).map((one) => ({
          number: one.tracking_number,
          units: one.items.reduce((sum, item) => sum + item.quantity, 0),
        }));
        const byNumber = (a: { number: string }, b: { number: string }): number =>
          a.number < b.number ? -1 : 1;
        const mails = side.store.state.ledger.mails().list.filter((mail) => mail.orderId === orderId);
        expect({
          status: storeStatus(side, orderId),
          shipments: shipments.sort(byNumber),
          mails: mails.length,
        }).toEqual({
          status: model.status,
          shipments: model.shipments
            .map((one) => ({ number: numberOf(orderId, one.number), units: one.units }))
            .sort(byNumber),
          mails: model.mails + own,
        });
      }),
      { numRuns: RUNS },
    );
  }, 7_200_000);
});
