// Lanes on which random histories happen: one database and one simulator with a store, a channel and a clock of its own
// for each lane, so that lanes run beside each other and a fault strikes one order only. Ingress, ledger and executor are
// the real ones; what Temporal would do in between (wake, settle, carry out, come again later) is `carryOn`.
import { MockActivityEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { asActivity } from '../../activities/attempt.ts';
import { DEFAULT_TIMING, type ActivityDeps } from '../../activities/deps.ts';
import { rowRules } from '../../activities/import-slice.ts';
import { readMissing } from '../../activities/missing-orders.ts';
import { runWriteBack } from '../../activities/run-write-back.ts';
import { openStoreSession } from '../../activities/store-calls.ts';
import { approveOrder } from '../../db/approve-steps.ts';
import { recordDelivery } from '../../db/carrier-events.ts';
import { addChannel, setEnabled } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { createSecretBox } from '../../db/secrets.ts';
import { settleOrder } from '../../db/settle-order.ts';
import type { CarrierFact } from '../../domain/carrier-event.ts';
import type { Stage } from '../../domain/facts.ts';
import { startSimulator, type SimulatedStore } from '../../simulator/server.ts';
import { StoreModel, type Edit, type Rules } from '../model/store-model.ts';
import type { Deed, History, Step } from '../model/histories.ts';
import { covers, total } from '../model/units.ts';
import type { Broken, Outcome } from './history-findings.ts';
import { carrierFactOf, linesOf, numberOf, type Place } from './history-facts.ts';

/** A channel's settings and what they mean to the model. */
export interface Kind {
  name: string;
  rules: Rules;
  settings: object;
  /** Orders that the shopper collects in the shop. */
  counter?: boolean;
}

const DELIVERY_TOLD = { status: { on_delivered: true }, delivered_marker: 'none' };

export const KINDS: readonly Kind[] = [
  { name: 'written on print', rules: { due: 'label', onVoid: 'leave', delivered: null }, settings: {} },
  {
    name: 'written on print, delivery told',
    rules: { due: 'label', onVoid: 'leave', delivered: 10 },
    settings: DELIVERY_TOLD,
  },
  {
    name: 'written when the carrier has it, delivery told',
    rules: { due: 'scan', onVoid: 'leave', delivered: 10 },
    settings: { ...DELIVERY_TOLD, trigger: ['tracking.possession'] },
  },
  {
    name: 'written on the manifest, delivery told',
    rules: { due: 'manifest', onVoid: 'leave', delivered: 10 },
    settings: { ...DELIVERY_TOLD, trigger: ['shipment.manifested'] },
  },
  {
    name: 'voided labels deleted',
    rules: { due: 'label', onVoid: 'delete', delivered: 10 },
    settings: { ...DELIVERY_TOLD, on_void: 'delete_shipment' },
  },
  {
    name: 'collected in the shop',
    rules: { due: 'label', onVoid: 'leave', delivered: null },
    settings: { pickup: { enabled: true } },
    counter: true,
  },
];

/** Of the histories of the second sort (`more-histories.ts`). */
export const MORE_KINDS: readonly Kind[] = [
  ...KINDS.filter((kind) => kind.counter !== true && kind.rules.due !== 'manifest'),
  {
    name: 'trouble goes back to waiting',
    rules: { due: 'label', onVoid: 'leave', delivered: 10, onException: 9, onReturned: 11 },
    settings: { ...DELIVERY_TOLD, status: { on_delivered: true, on_exception: 9, on_returned: 11 } },
  },
  {
    name: 'trouble is for a person',
    rules: { due: 'label', onVoid: 'delete', delivered: 10, onException: 12, onReturned: 12 },
    settings: {
      ...{ ...DELIVERY_TOLD, on_void: 'delete_shipment' },
      status: { on_delivered: true, on_exception: 12, on_returned: 12 },
    },
  },
  {
    name: 'a person is asked',
    rules: { due: 'label', onVoid: 'leave', delivered: 10, asks: true },
    settings: { ...DELIVERY_TOLD, on_conflict: 'ask' },
  },
];

/** What stands in for ingress and lifecycle where histories go through HTTP and Temporal. */
export interface Hands {
  /** Tells a fact as upstream does; `orderId` null: by its number. */
  tell(orderId: number | null, fact: CarrierFact): Promise<void>;
  /** Waits until the order's lifecycle waits for news only, which `by` brings; answers the stage. */
  rest(orderId: number, by: 'ingress' | 'import'): Promise<Stage | null>;
}

export interface LaneOptions {
  temporal?: ActivityDeps['temporal'];
  /** Time passes by itself, because a worker has a clock of its own. */
  realTime?: boolean;
  hands?: (lane: Lane) => Hands;
}

export interface Lane {
  /** Null: ingress and executor are called in this process. */
  hands: Hands | null;
  kind: Kind;
  channelId: string;
  db: Database;
  store: SimulatedStore;
  deps: ActivityDeps;
  /** Passes time on the lane's clock, and lets a store that asked for a pause be called again. */
  pass(ms: number): Promise<void>;
  /** Imported orders that no history used yet, by what is ordered. */
  pool: Map<string, number[]>;
}

export interface Lanes {
  lanes: Lane[];
  /** Tells the planner how big the tables have become; without it each history is slower than the one before. */
  analyze(): Promise<void>;
  close(): Promise<void>;
}

const TOKEN = 'token-of-the-tests';
/** Between two tries where time passes by itself. */
const PAUSE_MS = 50;
const silence = (): void => undefined;
const SILENT = { log: silence, trace: silence, debug: silence, info: silence, warn: silence, error: silence };

/** Runs a body as an attempt of an activity; what fails on purpose is not told on the screen. */
export function asAttempt<T>(body: () => Promise<T>, attempt = 1): Promise<T> {
  return new MockActivityEnvironment({ attempt, startToCloseTimeoutMs: 60_000 }, { logger: SILENT }).run(
    body,
  );
}

/** One lane for each kind that is given, on a migrated database; the same kind may be given twice. */
export async function openLanes(
  url: string,
  kinds: readonly Kind[],
  options: LaneOptions = {},
): Promise<Lanes> {
  const db = openDatabase(url, { max: kinds.length * 2 });
  const hashOf = (index: number): string => `store${String(index)}`;
  const simulator = await startSimulator({
    stores: kinds.map((_, index) => ({ storeHash: hashOf(index), token: TOKEN, quota: null })),
  });
  const secrets = createSecretBox([{ id: 'k1', key: Buffer.alloc(32, 7) }]);
  const lanes: Lane[] = [];
  for (const [index, kind] of kinds.entries()) {
    let offsetMs = 0;
    const clock = (): string => new Date(Date.now() + offsetMs).toISOString();
    const channelId = `lane-${String(index)}`;
    const storeHash = hashOf(index);
    await addChannel(db, secrets, {
      id: channelId,
      doc: {
        channel: { name: `${kind.name} ${String(index)}`, profile: 'import_and_writeback' },
        connection: { store_hash: storeHash, api_base_url: simulator.url },
        throttle: { limit: 10_000, max_concurrency: 50 },
        fulfillment: { push_enabled: true, ...kind.settings },
      },
      secrets: { access_token: TOKEN },
      by: 'test',
      now: clock(),
    });
    await setEnabled(db, { id: channelId, enabled: true, by: 'test', now: clock() });
    const lane: Lane = {
      ...{ hands: null, kind, channelId, db, store: simulator.store(storeHash), pool: new Map() },
      deps: {
        ...{ db, secrets, clock, logger: SILENT, publicUrl: null, timing: DEFAULT_TIMING },
        temporal: options.temporal ?? {
          open: async () => undefined,
          wake: async () => undefined,
          wakeHints: async () => undefined,
        },
        storeAccess: {
          allowLoopback: true,
          extraHosts: [],
          timeoutMs: PATIENCE_MS,
          userAgent: 'Waybill/test',
        },
      },
      pass: async (ms) => {
        if (options.realTime === true) await pause(PAUSE_MS);
        else offsetMs += ms;
        await db.sql`update quotas set blocked_until = null where store_hash = ${storeHash}`;
      },
    };
    lane.hands = options.hands?.(lane) ?? null;
    lanes.push(lane);
  }
  return {
    lanes,
    analyze: async () => {
      await db.sql`analyze`;
    },
    close: async () => {
      await simulator.close();
      await db.close();
    },
  };
}

export interface Played {
  store: Outcome;
  model: Outcome;
  /** Rules that were broken on the way; empty when all is well. */
  broken: Broken[];
}

/** Lets a history happen to an order of its own and tells how it ended, for the store and for the model. */
export async function play(lane: Lane, history: History): Promise<Played> {
  const met = !history.steps.some((step) => step.do === 'meet');
  const { lines, parcels } = history;
  const orderId = met ? await takeOrder(lane, lines) : makeOrders(lane, lines, 1)[0];
  if (orderId === undefined) throw new Error('the store made no order');
  lane.store.clearFaults();
  const late = history.steps.some((step) => step.do === 'fault' && step.fault.startsWith('late-'));
  const timeoutMs = late ? TIME_OUT_MS : PATIENCE_MS;
  lane.deps = { ...lane.deps, storeAccess: { ...lane.deps.storeAccess, timeoutMs } };
  const model = new StoreModel(
    lane.kind.rules,
    { lines, parcels, numbers: parcels.map((_, parcel) => `P${String(parcel)}`) },
    met,
  );
  const place: Place = {
    orderId,
    lineIds: lane.store.state.order(orderId)?.lines.map((line) => line.id) ?? [],
    parcels,
    unnamed: history.unnamed,
    beganMs: Date.now(),
    replaced: new Set(),
  };
  const voids = new Set(
    history.steps.flatMap((step) =>
      step.do === 'tell' && step.told.fact.kind === 'void' ? [step.told.parcel] : [],
    ),
  );
  const life: Life = {
    voids: history.bold ? new Set() : voids,
    bold: history.bold,
    lane,
    place,
    model,
    met,
    own: 0,
    broken: [],
    writes: lane.store.state.ledger.writes.length,
    stage: null,
    stageNow: null,
    voided: false,
    status: 11,
    reopened: false,
  };
  for (const step of history.steps) {
    await happen(life, step);
    watch(life, step);
  }
  const order = lane.store.state.order(orderId);
  const inOrder = (some: Outcome['shipments']): Outcome['shipments'] =>
    some.sort(
      (a, b) =>
        (a.number < b.number ? -1 : a.number > b.number ? 1 : 0) ||
        a.address - b.address ||
        total(a.units) - total(b.units),
    );
  return {
    store: {
      status: order?.statusId ?? -1,
      shipments: inOrder(
        (order?.shipments ?? []).map(({ trackingNumber, addressId, items }) => ({
          number: trackingNumber,
          address: addressesOf(lane, orderId).indexOf(addressId),
          units: place.lineIds.map((id) =>
            items.reduce((sum, item) => sum + (item.lineId === id ? item.quantity : 0), 0),
          ),
        })),
      ),
      mails: mailsOf(lane, orderId) - life.own,
    },
    model: {
      status: model.status,
      shipments: inOrder(
        model.shipments.map(({ number, address, units }) => ({
          ...{ number: numberOf(orderId, number), address, units },
        })),
      ),
      mails: model.mails,
    },
    broken: life.broken,
  };
}

/** The order's shipping addresses in the store's words. */
function addressesOf(lane: Lane, orderId: number): number[] {
  return lane.store.state.order(orderId)?.shipping.map((one) => one.id) ?? [];
}

/** Imported in batches: one by one would take most of the time. */
const POOL_SIZE = 25;
/** Of orders that few histories are about. */
const POOL_SIZE_RARE = 4;
/** Each starts a workflow there. */
const POOL_SIZE_TEMPORAL = 3;

function makeOrders(lane: Lane, lines: History['lines'], count: number): number[] {
  const several = lines.some((line) => line.address > 0);
  const spec = {
    kind: lane.kind.counter === true ? 'store_pickup' : several ? 'two_addresses' : 'plain',
    statusId: 11,
    lines: lines.map(({ quantity }) => ({ sku: 'MUG', quantity })),
  };
  const made = lane.store.addOrders(Array.from({ length: count }, () => spec));
  if (several) for (const orderId of made) sendTo(lane, orderId, lines);
  return made;
}

/** Puts each line under its address; nobody has seen the order yet. */
function sendTo(lane: Lane, orderId: number, lines: History['lines']): void {
  const addresses = addressesOf(lane, orderId);
  for (const [at, line] of (lane.store.state.order(orderId)?.lines ?? []).entries())
    line.addressId = addresses[lines[at]?.address ?? 0] ?? 0;
}

async function takeOrder(lane: Lane, lines: History['lines']): Promise<number> {
  const what = JSON.stringify(lines);
  const left = lane.pool.get(what) ?? [];
  if (left.length === 0) {
    lane.store.clearFaults();
    const simple = lines.length === 1;
    left.push(
      ...makeOrders(
        lane,
        lines,
        lane.hands !== null ? POOL_SIZE_TEMPORAL : simple ? POOL_SIZE : POOL_SIZE_RARE,
      ),
    );
    await readAgain(lane, left);
    // Their lifecycles are started now; where there is no Temporal, nobody does that.
    if (lane.hands === null) await lane.db.sql`delete from outbox where channel_id = ${lane.channelId}`;
    else await lane.hands.rest(left[0] ?? 0, 'import');
    lane.pool.set(what, left);
  }
  return left.shift() ?? 0;
}

/** Reads orders one by one and stores them, as the comparison with the store does it. */
function readAgain(lane: Lane, orderIds: readonly number[]): Promise<unknown> {
  const { deps, channelId } = lane;
  return asAttempt(() =>
    asActivity(deps, { heartbeats: false }, async (attempt) => {
      const session = await openStoreSession(deps, { channelId, purpose: 'bulk', attempt });
      const rules = rowRules(session, { mode: 'ids' });
      const { read } = await readMissing(deps, { session, rules, orderIds, attempt: 1 });
      if (read < orderIds.length) throw new Error('the quota ended before all orders were read');
    }),
  );
}

// ---- one order's life

interface Life {
  lane: Lane;
  place: Place;
  model: StoreModel;
  met: boolean;
  /** Mails of a person's own doing. */
  own: number;
  broken: Broken[];
  /** Writes of the store that were looked at. */
  writes: number;
  stage: Stage | null;
  /** As the lifecycle was told last. */
  stageNow: Stage | null;
  /** Parcels whose label is voided at some time. */
  voids: ReadonlySet<number>;
  bold: boolean;
  /** A label was voided or replaced by now. */
  voided: boolean;
  /** Of the store, after the last step. */
  status: number;
  /** The last deed took the order out of refunded, cancelled or declined. */
  reopened: boolean;
}

const CLOSING = [4, 5, 6];
const PROTECTED = [4, 5, 6, 12, 13];

function isClosing({ lane, place }: Life): boolean {
  return CLOSING.includes(lane.store.state.order(place.orderId)?.statusId ?? -1);
}

const TRIES_MAX = 60;
/** For an answer, where none comes late. */
const PATIENCE_MS = 10_000;
/** Nobody waits longer for an answer that comes late; it is real time that passes, so it is short. */
const TIME_OUT_MS = 1_500;
const LATE_MS = TIME_OUT_MS + 500;
/** Longer than an unclear outcome is waited for. */
const LATER_MS = 61_000;

/** Whether the order's lifecycle was to be told, by the outbox; the word counts as told then. */
async function isWoken({ lane, place }: Life): Promise<boolean> {
  const told = await lane.db.sql`
    delete from outbox where channel_id = ${lane.channelId} and order_id = ${place.orderId} returning 1`;
  return told.length > 0;
}

/** What a lifecycle does that was woken: settles and writes until nothing is due; minutes pass after trouble. */
async function carryOn(life: Life): Promise<void> {
  const { lane, place } = life;
  const { db, channelId, deps } = lane;
  const { orderId } = place;
  for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
    const settled = await settleOrder(db, {
      ...{ channelId, orderId, events: [], watchdog: false, now: deps.clock() },
    });
    life.stageNow = settled.stage;
    const { due } = settled;
    if (due === null && settled.dueAt === null) return;
    if (due !== null) {
      const { writeBackId } = due;
      const done = await asAttempt(
        () => runWriteBack(deps, { channelId, orderId, writeBackId }),
        attempt,
      ).then(
        () => true,
        () => false,
      );
      if (done) continue;
    }
    await lane.pass(LATER_MS);
  }
  throw new Error(`order ${String(orderId)} of ${channelId} does not come to rest`);
}

/** Lets the lifecycle do what it would do now. */
async function follow(life: Life, by: 'ingress' | 'import'): Promise<void> {
  const { lane, place } = life;
  if (lane.hands !== null) life.stageNow = await lane.hands.rest(place.orderId, by);
  else if (await isWoken(life)) await carryOn(life);
}

async function happen(life: Life, step: Step): Promise<void> {
  const { lane, place, model } = life;
  const { orderId } = place;
  switch (step.do) {
    case 'fault': {
      const { fault, method, times } = step;
      const path = `/orders/${String(orderId)}(/|\\?|$)`;
      const match = { method, path };
      if (fault === 'late-after' || fault === 'late-before')
        lane.store.setFaults([
          { match, fault: fault === 'late-after' ? 'late-answer' : 'cut-before', times, latencyMs: LATE_MS },
        ]);
      else lane.store.setFaults([{ match, fault, times, resetMs: 1 }]);
      return;
    }
    case 'meet':
      if (life.met) return;
      life.met = true;
      await readUntilRead(life);
      model.meet();
      return follow(life, 'import');
    case 'person': {
      if (!life.met) return;
      const edit = editOf(life, step.deed);
      if (edit === null) return;
      const before = mailsOf(lane, orderId);
      const closing = isClosing(life);
      if (edit.kind === 'approve') {
        await approveOrder(lane.db, {
          ...{
            channelId: lane.channelId,
            orderId,
            step: null,
            reason: '',
            by: 'test',
            now: lane.deps.clock(),
          },
        });
        model.person(edit);
        return follow(life, 'import');
      }
      apply(life, edit);
      life.reopened = closing && !isClosing(life);
      life.own += mailsOf(lane, orderId) - before;
      await readUntilRead(life);
      model.person(edit);
      return follow(life, 'import');
    }
    case 'tell': {
      const { told } = step;
      const fact = carrierFactOf(place, told, lane.deps.clock());
      if (lane.hands !== null) {
        await lane.hands.tell(told.byNumber ? null : orderId, fact);
        model.hear(told);
        return follow(life, 'ingress');
      }
      const { wake } = await recordDelivery(lane.db, {
        ...{ channelId: lane.channelId, source: 'http', body: '{}', deliveryId: randomUUID() },
        now: lane.deps.clock(),
        facts: [{ orderId: told.byNumber ? null : orderId, fact }],
      });
      model.hear(told);
      if (wake.some((one) => one.orderId === orderId)) await follow(life, 'ingress');
    }
  }
}

async function readUntilRead({ lane, place }: Life): Promise<void> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
    const done = await readAgain(lane, [place.orderId]).then(
      () => true,
      () => false,
    );
    if (done) return;
    await lane.pass(LATER_MS);
  }
  throw new Error(`order ${String(place.orderId)} of ${lane.channelId} cannot be read`);
}

/** The deed as it can be done now; null where it makes no sense. */
function editOf({ lane, place, model, voids, bold }: Life, deed: Deed): Edit | null {
  const order = lane.store.state.order(place.orderId);
  if (order === undefined) return null;
  switch (deed.kind) {
    case 'status': {
      // Shipped and Partially Shipped are one value after a shipment of ours (design section 6): nobody can tell whose.
      const moved = [2, 3].includes(deed.status) && [2, 3].includes(order.statusId);
      return (moved && !bold) || deed.status === order.statusId ? null : deed;
    }
    case 'ship': {
      const like = deed.like === null ? null : `P${String(deed.like)}`;
      const wanted =
        deed.like === null
          ? place.lineIds.map((_, line) => (line === deed.line ? deed.units : 0))
          : (place.parcels[deed.like] ?? []);
      const address = model.addressOf(wanted);
      const units = model.at(address, wanted);
      const number = like ?? `H${String(order.shipments.length)}`;
      const taken = order.shipments.some((one) => one.trackingNumber === numberOf(place.orderId, number));
      return taken || !covers(model.room(), units) ? null : { kind: 'ship', address, units, number };
    }
    case 'unship': {
      const shipment = model.shipments[deed.which];
      // Who deletes the shipment of a label that is voided and made anew may have meant either of them.
      if (shipment === undefined || (shipment.parcel !== null && voids.has(shipment.parcel))) return null;
      return { kind: 'unship', address: shipment.address, number: shipment.number };
    }
    case 'refund': {
      const line = order.lines[deed.line];
      return line === undefined || line.refunded + deed.units > line.quantity ? null : deed;
    }
    case 'approve':
      return deed;
  }
}

function apply({ lane, place }: Life, edit: Exclude<Edit, { kind: 'approve' }>): void {
  const { orderId, lineIds } = place;
  const order = lane.store.state.order(orderId);
  switch (edit.kind) {
    case 'status':
      lane.store.editOrder(orderId, { status_id: edit.status });
      return;
    case 'ship':
      lane.store.shipInControlPanel(orderId, {
        order_address_id: addressesOf(lane, orderId)[edit.address] ?? 0,
        tracking_number: numberOf(orderId, edit.number),
        items: linesOf(lineIds, edit.units).map(({ orderProductId, quantity }) => ({
          ...{ order_product_id: orderProductId, quantity },
        })),
      });
      return;
    case 'unship': {
      const number = numberOf(orderId, edit.number);
      const addressId = addressesOf(lane, orderId)[edit.address];
      const found = order?.shipments.find(
        (one) => one.trackingNumber === number && one.addressId === addressId,
      );
      // A store that differs from the model already is told at the end.
      if (found !== undefined) lane.store.deleteShipment(orderId, found.id);
      return;
    }
    case 'refund': {
      const lines = order?.lines ?? [];
      const refunded = (lines[edit.line]?.refunded ?? 0) + edit.units;
      const all = lines.every((line, at) => (at === edit.line ? refunded : line.refunded) >= line.quantity);
      lane.store.editOrder(orderId, {
        status_id: all ? 4 : 14,
        lines: [{ id: lineIds[edit.line] ?? 0, refunded }],
      });
    }
  }
}

function mailsOf(lane: Lane, orderId: number): number {
  return lane.store.mails().byOrder[orderId] ?? 0;
}

const STAGES: readonly Stage[] = ['imported', 'trackable', 'shipped', 'delivered', 'returned'];

/** What must hold after each step, whatever the model says. */
function watch(life: Life, step: Step): void {
  const { lane, place } = life;
  if (step.do === 'fault') return;
  const order = lane.store.state.order(place.orderId);
  const numbers = (order?.shipments ?? []).map(
    ({ trackingNumber, addressId }) => `${trackingNumber} to ${String(addressId)}`,
  );
  const tell = (rule: Broken['rule'], why: string): void => void life.broken.push({ rule, why });
  if (new Set(numbers).size < numbers.length) tell('a second shipment for one parcel', numbers.join(', '));
  const early = statusBeforeShipment(life);
  if (early !== null) tell('a status went before its shipment', early);
  const status = order?.statusId ?? -1;
  if (step.do !== 'person' && PROTECTED.includes(life.status) && status !== life.status)
    tell('a protected status was changed', `${String(life.status)} became ${String(status)}`);
  life.status = status;
  // A voided label that the stage rested on may take effect later, when something else moves.
  if (step.do === 'tell' && step.told.fact.kind === 'void') life.voided = true;
  const before = life.stage;
  const now = life.stageNow;
  life.stage = now;
  if (before === null || now === null || now === 'cancelled') return;
  const reopens = step.do === 'person' && life.reopened;
  // What came back and is labelled anew goes out once more.
  const sentAgain = before === 'returned' && step.do === 'tell' && step.told.fact.kind === 'replace';
  if (STAGES.indexOf(now) < STAGES.indexOf(before) && !life.voided && !reopens && !sentAgain)
    tell('the stage fell', `from ${before} to ${now} without a reason`);
}

/** Of what was written since the last step: a status that a shipment came after, or null. */
function statusBeforeShipment(life: Life): string | null {
  const { writes } = life.lane.store.state.ledger;
  const ours = new RegExp(`^/v2/orders/${String(life.place.orderId)}(/shipments)?$`);
  const since = writes.slice(life.writes).filter(({ path }) => ours.test(path));
  life.writes = writes.length;
  const status = since.findIndex(({ method }) => method === 'PUT');
  const shipment = since.findLastIndex(({ method }) => method === 'POST');
  return status >= 0 && status < shipment
    ? since.map(({ method, effect }) => `${method}: ${effect}`).join('; ')
    : null;
}
