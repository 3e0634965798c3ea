// Setting × situation → the exact requests that reach the store, through ingress, ledger and executor over HTTP
// (capabilities ). `2` stands for the status that a rule sets, where the store does not move it itself.
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../settings/presets.ts';
import {
  approve,
  callsOf,
  shopOfFile,
  statusTo,
  shipmentOf,
  say,
  setFulfillment,
  storeStatus,
  writesOf,
} from './write-back-side.ts';

const ORDERS = 110;

const shop = shopOfFile(import.meta.url, ORDERS);

const off = { shipped_on_writeback: false, shipped_on_trackable: false, shipped_on_possession: false };

/** The facts of a parcel's life, in order; each row says after which of them which requests were made. */
const LIFE = ['label.created', 'shipment.manifested', 'trackable', 'picked_up', 'delivered'] as const;
type Life = (typeof LIFE)[number];

async function live(orderId: number, facts: readonly Life[]): Promise<Partial<Record<Life, string[]>>> {
  const made: Partial<Record<Life, string[]>> = {};
  let before = 0;
  for (const fact of facts) {
    await say(shop.side, orderId, fact);
    const writes = writesOf(shop.side, orderId);
    if (writes.length > before) made[fact] = writes.slice(before);
    before = writes.length;
  }
  // Nothing was refused and nothing was tried twice.
  expect(callsOf(shop.side, orderId)).toBe(before);
  return made;
}

describe('fulfillment.trigger decides when the shipment is made, fulfillment.status.* when the status moves (X-2)', () => {
  // Each trigger alone: the fact that makes the shipment. A later fact implies the earlier ones of the carrier.
  it.each([
    ['label.created', 'label.created'],
    ['shipment.manifested', 'shipment.manifested'],
    ['tracking.trackable', 'shipment.manifested'],
    ['tracking.possession', 'picked_up'],
    ['shipment.external', null],
  ] as const)('trigger %s: the shipment is made at %s, and only once', async (trigger, at) => {
    const orderId = shop.next();
    await setFulfillment(shop.side, { trigger: [trigger] });
    expect(await live(orderId, LIFE)).toEqual(at === null ? {} : { [at]: [shipmentOf(orderId)] });
  });

  it('trigger shipment.external: a parcel that was shipped elsewhere is written without a label', async () => {
    const orderId = shop.next();
    await setFulfillment(shop.side, { trigger: ['shipment.external'] });
    await say(shop.side, orderId, 'shipment.external');
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);
  });

  it.each([
    // trigger, rules, what happens at which fact
    [['label.created'], { shipped_on_writeback: true }, { 'label.created': ['ship'] }],
    [['label.created'], off, { 'label.created': ['ship'] }],
    [['label.created'], { ...off, shipped_on_trackable: true }, { 'shipment.manifested': ['ship'] }],
    [['label.created'], { ...off, shipped_on_possession: true }, { picked_up: ['ship'] }],
    [['shipment.manifested'], { ...off, shipped_on_trackable: true }, { 'shipment.manifested': ['ship'] }],
    [['shipment.manifested'], { ...off, shipped_on_possession: true }, { picked_up: ['ship'] }],
    [
      ['tracking.possession'],
      { ...off, shipped_on_trackable: true },
      { 'shipment.manifested': ['2'], picked_up: ['ship'] },
    ],
    [
      ['tracking.trackable'],
      { shipped_on_writeback: true, on_delivered: true },
      { 'shipment.manifested': ['ship'], delivered: ['10'] },
    ],
  ] as const)('trigger %j with %j writes %j', async (trigger, rules, expected) => {
    const orderId = shop.next();
    await setFulfillment(shop.side, { trigger, status: rules, delivered_marker: 'none' });
    expect(await live(orderId, LIFE)).toEqual(inFull(orderId, expected));
  });

  it.each([
    ['Starshipit-print', { 'label.created': ['ship'] }],
    ['Starshipit-manifest', { 'shipment.manifested': ['ship'] }],
    ['ParcelPilot', { 'label.created': ['ship'] }],
    ['Qapla-trackable', { 'shipment.manifested': ['ship'], delivered: ['10', 'marker'] }],
    ['Qapla-possession', { picked_up: ['ship'], delivered: ['10', 'marker'] }],
    ['import-only', {}],
  ] as const)('preset %s writes %j', async (name, expected) => {
    const orderId = shop.next();
    const preset = PRESETS.find((one) => one.name === name);
    const given = preset?.settings['fulfillment'];
    await setFulfillment(shop.side, typeof given === 'object' && given !== null ? given : {});
    expect(await live(orderId, LIFE)).toEqual(inFull(orderId, expected));
  });

  it.each([
    [{ push_enabled: false }, 'push is off'],
    [{ dry_run: true }, 'dry run is on'],
  ])(
    '%j: nothing leaves, and after it is switched on only what a person approves',
    async (settings, _what) => {
      const orderId = shop.next();
      await setFulfillment(shop.side, settings);
      expect(await live(orderId, LIFE)).toEqual({});
      await setFulfillment(shop.side, {});
      await say(shop.side, orderId, 'delivered');
      expect(writesOf(shop.side, orderId)).toEqual([]);
      await approve(shop.side, orderId);
      expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);
    },
  );
});

describe('the side effect of a shipment on the status (X-3)', () => {
  const rules = {
    none: off,
    writeback: { ...off, shipped_on_writeback: true },
    trackable: { ...off, shipped_on_trackable: true },
    possession: { ...off, shipped_on_possession: true },
  } as const;
  const facts = ['label.created', 'trackable', 'picked_up', 'delivered'] as const;

  it.each([
    ['auto', 'none', { 'label.created': ['ship'] }, 2],
    ['auto', 'writeback', { 'label.created': ['ship'] }, 2],
    ['auto', 'trackable', { trackable: ['ship'] }, 2],
    ['auto', 'possession', { picked_up: ['ship'] }, 2],
    ['accept', 'none', { 'label.created': ['ship'] }, 2],
    ['accept', 'writeback', { 'label.created': ['ship'] }, 2],
    ['accept', 'trackable', { 'label.created': ['ship'] }, 2],
    ['accept', 'possession', { 'label.created': ['ship'] }, 2],
    ['defer', 'none', {}, 11],
    ['defer', 'writeback', { 'label.created': ['ship'] }, 2],
    ['defer', 'trackable', { trackable: ['ship'] }, 2],
    ['defer', 'possession', { picked_up: ['ship'] }, 2],
    ['restore', 'none', { 'label.created': ['ship', '11'] }, 11],
    ['restore', 'writeback', { 'label.created': ['ship'] }, 2],
    ['restore', 'trackable', { 'label.created': ['ship', '11'], trackable: ['2'] }, 2],
    ['restore', 'possession', { 'label.created': ['ship', '11'], picked_up: ['2'] }, 2],
  ] as const)('%s with rule %s writes %j', async (effect, rule, expected, end) => {
    const orderId = shop.next();
    await setFulfillment(shop.side, { shipment: { status_side_effect: effect }, status: rules[rule] });
    expect(await live(orderId, facts)).toEqual(inFull(orderId, expected));
    expect(storeStatus(shop.side, orderId)).toBe(end);
  });

  it('restore puts back what was there before, also where that is not 11', async () => {
    const orderId = shop.next();
    shop.side.store.editOrder(orderId, { status_id: 9 });
    await setFulfillment(shop.side, {
      shipment: { status_side_effect: 'restore' },
      status: rules.possession,
    });
    await say(shop.side, orderId, 'label.created');
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), statusTo(9)]);
  });

  it('restore undoes nothing that a person did in between', async () => {
    const orderId = shop.next();
    await setFulfillment(shop.side, {
      shipment: { status_side_effect: 'restore' },
      status: rules.possession,
    });
    // The person completes the order between the shipment and the restore.
    const before = shop.side.deps.faultPoint;
    shop.side.deps.faultPoint = (point) => {
      if (point === 'called') shop.side.store.editOrder(orderId, { status_id: 10 });
    };
    await say(shop.side, orderId, 'label.created');
    if (before === undefined) delete shop.side.deps.faultPoint;
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);
    expect(storeStatus(shop.side, orderId)).toBe(10);
  });
});

describe("a person's status (X-25)", () => {
  const delivered = { shipped_on_writeback: true, on_delivered: true };
  /** Written by us as shipped, then changed by a person, then delivered. */
  async function afterShipping(personal: number, settings: object): Promise<number> {
    const orderId = shop.next();
    await setFulfillment(shop.side, { status: delivered, delivered_marker: 'none', ...settings });
    await say(shop.side, orderId, 'label.created');
    shop.side.store.editOrder(orderId, { status_id: personal });
    await say(shop.side, orderId, 'delivered');
    return orderId;
  }

  it.each([
    // person's status, on_conflict, written without a word, written once approved
    [11, 'skip', false, false],
    [11, 'ask', false, true],
    [11, 'overwrite', true, true],
    [9, 'skip', false, false],
    [9, 'ask', false, true],
    [9, 'overwrite', true, true],
    [8, 'skip', false, false],
    [8, 'ask', false, true],
    [8, 'overwrite', true, true],
    [10, 'overwrite', false, false],
    [4, 'overwrite', false, false],
    [5, 'overwrite', false, false],
    [6, 'overwrite', false, false],
    [12, 'overwrite', false, false],
    [13, 'overwrite', false, false],
    [14, 'overwrite', false, false],
    [4, 'ask', false, false],
    [13, 'ask', false, false],
  ] as const)(
    '%i with on_conflict %s: written by itself %s, once approved %s',
    async (personal, onConflict, itself, approved) => {
      const orderId = await afterShipping(personal, { on_conflict: onConflict });
      expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), ...(itself ? [statusTo(10)] : [])]);
      await approve(shop.side, orderId);
      expect(writesOf(shop.side, orderId)).toEqual([
        shipmentOf(orderId),
        ...(approved ? [statusTo(10)] : []),
      ]);
      expect(storeStatus(shop.side, orderId)).toBe(approved ? 10 : personal);
    },
  );

  it('is overwritten where respect_manual_change is off, but never when it is protected', async () => {
    const overwritten = await afterShipping(9, { respect_manual_change: false });
    expect(writesOf(shop.side, overwritten)).toEqual([shipmentOf(overwritten), statusTo(10)]);
    const kept = await afterShipping(9, { respect_manual_change: false, protected_statuses: [9] });
    expect(writesOf(shop.side, kept)).toEqual([shipmentOf(kept)]);
    expect(storeStatus(shop.side, kept)).toBe(9);
  });

  it.each([
    // set before the label: does the shipment still go out?
    [9, 'skip', true],
    [8, 'skip', true],
    [2, 'skip', false],
    [2, 'overwrite', true],
    [10, 'overwrite', false],
    [4, 'overwrite', false],
    [5, 'overwrite', false],
    [6, 'overwrite', false],
    [12, 'overwrite', false],
    [13, 'overwrite', false],
    [14, 'skip', true],
  ] as const)(
    '%i before the label with on_conflict %s: the shipment is made %s',
    async (personal, onConflict, made) => {
      const orderId = shop.next();
      await setFulfillment(shop.side, { on_conflict: onConflict });
      shop.side.store.editOrder(orderId, { status_id: personal });
      await say(shop.side, orderId, 'label.created');
      expect(writesOf(shop.side, orderId).slice(0, 1)).toEqual(made ? [shipmentOf(orderId)] : []);
      if (!made) expect(storeStatus(shop.side, orderId)).toBe(personal);
    },
  );

  it('a shipment that waits for approval goes out when a person says so', async () => {
    const orderId = shop.next();
    await setFulfillment(shop.side, { on_conflict: 'ask' });
    shop.side.store.editOrder(orderId, { status_id: 2 });
    await say(shop.side, orderId, 'label.created');
    expect(writesOf(shop.side, orderId)).toEqual([]);
    await approve(shop.side, orderId);
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);
  });
});

/** The words of a row in full: `ship`, `marker`, or the number of a status. */
function inFull(
  orderId: number,
  row: Readonly<Partial<Record<Life, readonly string[]>>>,
): Partial<Record<Life, string[]>> {
  const word = (short: string): string => {
    if (short === 'ship') return shipmentOf(orderId);
    return short === 'marker' ? 'POST metafield waybill.delivered_at' : statusTo(Number(short));
  };
  return Object.fromEntries(Object.entries(row).map(([fact, shorts]) => [fact, shorts.map(word)]));
}
