// The grids of without a hole: every setting with every situation, and the exact requests that reach
// the store, over HTTP. Letters stand for cells, so that a grid can be read as a whole.
import { describe, expect, it } from 'vitest';
import {
  approve,
  callsOf,
  shopOfFile,
  statusTo,
  say,
  setFulfillment,
  storeStatus,
  writesOf,
} from './write-back-side.ts';

const ORDERS = 170;

const shop = shopOfFile(import.meta.url, ORDERS);

const off = { shipped_on_writeback: false, shipped_on_trackable: false, shipped_on_possession: false };
const RULES = {
  none: off,
  writeback: { ...off, shipped_on_writeback: true },
  trackable: { ...off, shipped_on_trackable: true },
  possession: { ...off, shipped_on_possession: true },
} as const;
const ship = (orderId: number, units = 2) => `POST shipment T${String(orderId)} x${String(units)}`;
const lineOf = (orderId: number): number => shop.side.store.state.order(orderId)?.lines[0]?.id ?? 0;

type Fact = 'label.created' | 'shipment.manifested' | 'shipment.external' | 'trackable' | 'picked_up';

/** `label: S` for the shipment, `2` and the like for a status, in the order in which they were made. */
async function live(orderId: number, facts: readonly Fact[], units = 2): Promise<string> {
  const told: string[] = [];
  let before = 0;
  for (const fact of facts) {
    const lines = units === 2 ? {} : { lines: [{ orderProductId: lineOf(orderId), quantity: units }] };
    await say(shop.side, orderId, fact, lines);
    const writes = writesOf(shop.side, orderId);
    const made = writes.slice(before).map((write) => {
      if (write === ship(orderId, units)) return 'S';
      return /^PUT order \{"status_id":(\d+)\}$/.exec(write)?.[1] ?? write;
    });
    if (made.length > 0) told.push(`${fact.replace(/^(label|shipment)\./, '')}: ${made.join(' ')}`);
    before = writes.length;
  }
  // Nothing was refused and nothing was tried twice.
  expect(callsOf(shop.side, orderId)).toBe(before);
  return told.join(', ');
}

describe('each trigger with each rule (X-2)', () => {
  const printed = ['label.created', 'shipment.manifested', 'picked_up'] as const;
  it.each([
    // trigger, rule, a printed label's life, the life of a parcel that was shipped elsewhere
    ['label.created', 'none', 'created: S', 'external: S'],
    ['label.created', 'writeback', 'created: S', 'external: S'],
    ['label.created', 'trackable', 'manifested: S', 'external: S'],
    ['label.created', 'possession', 'picked_up: S', 'external: S'],
    ['shipment.manifested', 'none', 'manifested: S', ''],
    ['shipment.manifested', 'writeback', 'manifested: S', ''],
    ['shipment.manifested', 'trackable', 'manifested: S', 'external: 2'],
    ['shipment.manifested', 'possession', 'picked_up: S', 'external: 2'],
    ['tracking.trackable', 'none', 'manifested: S', 'external: S'],
    ['tracking.trackable', 'writeback', 'manifested: S', 'external: S'],
    ['tracking.trackable', 'trackable', 'manifested: S', 'external: S'],
    ['tracking.trackable', 'possession', 'picked_up: S', 'external: S'],
    ['tracking.possession', 'none', 'picked_up: S', 'external: S'],
    ['tracking.possession', 'writeback', 'picked_up: S', 'external: S'],
    ['tracking.possession', 'trackable', 'manifested: 2, picked_up: S', 'external: S'],
    ['tracking.possession', 'possession', 'picked_up: S', 'external: S'],
    ['shipment.external', 'none', '', 'external: S'],
    ['shipment.external', 'writeback', '', 'external: S'],
    ['shipment.external', 'trackable', 'manifested: 2', 'external: S'],
    ['shipment.external', 'possession', 'picked_up: 2', 'external: S'],
  ] as const)('%s with %s writes "%s", of a foreign parcel "%s"', async (trigger, rule, life, foreign) => {
    const [orderId, other] = [shop.next(), shop.next()];
    await setFulfillment(shop.side, { trigger: [trigger], status: RULES[rule] });
    expect([await live(orderId, printed), await live(other, ['shipment.external'])]).toEqual([life, foreign]);
  });
});

describe('each side effect with each rule (X-3)', () => {
  const facts = ['label.created', 'trackable', 'picked_up'] as const;

  it.each([
    // effect, rule, what is written of one of two units, where the store ends. A status asks about all units, so that
    // one that was put back stays until the other half has left.
    ['auto', 'none', 'created: S', 3],
    ['auto', 'writeback', 'created: S', 3],
    ['auto', 'trackable', 'trackable: S', 3],
    ['auto', 'possession', 'picked_up: S', 3],
    ['accept', 'none', 'created: S', 3],
    ['accept', 'writeback', 'created: S', 3],
    ['accept', 'trackable', 'created: S', 3],
    ['accept', 'possession', 'created: S', 3],
    ['defer', 'none', '', 11],
    ['defer', 'writeback', 'created: S', 3],
    ['defer', 'trackable', 'trackable: S', 3],
    ['defer', 'possession', 'picked_up: S', 3],
    ['restore', 'none', 'created: S 11', 11],
    ['restore', 'writeback', 'created: S', 3],
    ['restore', 'trackable', 'created: S 11', 11],
    ['restore', 'possession', 'created: S 11', 11],
  ] as const)('%s with %s writes "%s" of half an order', async (effect, rule, expected, end) => {
    const orderId = shop.next();
    await setFulfillment(shop.side, { shipment: { status_side_effect: effect }, status: RULES[rule] });
    expect([await live(orderId, facts, 1), storeStatus(shop.side, orderId)]).toEqual([expected, end]);
  });

  it.each([
    // The same of a store that does not move the status by itself.
    ['auto', 'none', 'created: S', 11],
    ['auto', 'writeback', 'created: S 2', 2],
    ['auto', 'trackable', 'trackable: S 2', 2],
    ['auto', 'possession', 'picked_up: S 2', 2],
    ['accept', 'none', 'created: S', 11],
    ['accept', 'writeback', 'created: S 2', 2],
    ['accept', 'trackable', 'created: S, trackable: 2', 2],
    ['accept', 'possession', 'created: S, picked_up: 2', 2],
    ['defer', 'none', '', 11],
    ['defer', 'writeback', 'created: S 2', 2],
    ['defer', 'trackable', 'trackable: S 2', 2],
    ['defer', 'possession', 'picked_up: S 2', 2],
    ['restore', 'none', 'created: S', 11],
    ['restore', 'writeback', 'created: S 2', 2],
    ['restore', 'trackable', 'created: S, trackable: 2', 2],
    ['restore', 'possession', 'created: S, picked_up: 2', 2],
  ] as const)('%s with %s writes "%s" to a store that moves nothing', async (effect, rule, expected, end) => {
    const orderId = shop.next();
    await setFulfillment(shop.side, { shipment: { status_side_effect: effect }, status: RULES[rule] });
    shop.side.store.configure({ shipmentMovesStatus: false });
    try {
      expect([await live(orderId, facts), storeStatus(shop.side, orderId)]).toEqual([expected, end]);
    } finally {
      shop.side.store.configure({ shipmentMovesStatus: true });
    }
  });
});

describe('each status that a person sets with each answer to it (X-25)', () => {
  const ANSWERS = ['skip', 'ask', 'overwrite'] as const;
  /** `w` written by itself, `a` once approved, `-` neither. */
  const letter = (itself: boolean, approved: boolean): string => (itself ? 'w' : approved ? 'a' : '-');

  it.each([
    // status, what becomes of Completed after it was set on a shipped order: with skip, ask, overwrite
    [0, '-aw'],
    [1, '-aw'],
    [2, 'www'],
    [3, 'www'],
    [4, '---'],
    [5, '---'],
    [6, '---'],
    [7, '-aw'],
    [8, '-aw'],
    [9, '-aw'],
    [10, '---'],
    [11, '-aw'],
    [12, '---'],
    [13, '---'],
    [14, '---'],
  ] as const)('%i after the shipment: %s', async (personal, expected) => {
    let cells = '';
    for (const on_conflict of ANSWERS) {
      const orderId = shop.next();
      const rules = { shipped_on_writeback: true, on_delivered: true };
      await setFulfillment(shop.side, { status: rules, delivered_marker: 'none', on_conflict });
      await say(shop.side, orderId, 'label.created');
      shop.side.store.editOrder(orderId, { status_id: personal });
      await say(shop.side, orderId, 'delivered');
      const itself = writesOf(shop.side, orderId).includes(statusTo(10));
      await approve(shop.side, orderId);
      const approved = writesOf(shop.side, orderId).includes(statusTo(10));
      expect(writesOf(shop.side, orderId)).toEqual([ship(orderId), ...(approved ? [statusTo(10)] : [])]);
      expect(storeStatus(shop.side, orderId)).toBe(approved ? 10 : personal);
      cells += letter(itself, approved);
    }
    expect(cells).toBe(expected);
  });

  it.each([
    // status, what becomes of the shipment whose label came after it
    [0, '-aw'],
    [1, '-aw'],
    [2, '-aw'],
    [3, 'www'],
    [4, '---'],
    [5, '---'],
    [6, '---'],
    [7, 'www'],
    [8, 'www'],
    [9, 'www'],
    [10, '---'],
    [11, 'www'],
    [12, '---'],
    [13, '---'],
    [14, 'www'],
  ] as const)('%i before the label: %s', async (personal, expected) => {
    let cells = '';
    for (const on_conflict of ANSWERS) {
      const orderId = shop.next();
      await setFulfillment(shop.side, { on_conflict });
      shop.side.store.editOrder(orderId, { status_id: personal });
      await say(shop.side, orderId, 'label.created');
      const itself = writesOf(shop.side, orderId).includes(ship(orderId));
      await approve(shop.side, orderId);
      const approved = writesOf(shop.side, orderId).includes(ship(orderId));
      if (!approved) expect(storeStatus(shop.side, orderId)).toBe(personal);
      cells += letter(itself, approved);
    }
    expect(cells).toBe(expected);
  });
});
