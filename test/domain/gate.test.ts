import { describe, expect, test } from 'vitest';
import { gate, wantsLifecycle, type GateRules } from '../../domain/gate.ts';
import { lineItem, order } from './examples.ts';

const RULES: GateRules = {
  storefrontIds: null,
  include: null,
  exclude: [],
  defaultExclude: [0, 1, 2, 4, 5, 6, 7, 10, 12, 13],
  holdMinutes: 0,
  codBypassStatuses: [7],
  ownOrders: 'link',
  ownSource: 'waybill',
};
const COD = { isCod: true, codReason: 'payment method "Cash on Delivery"' } as const;
const NOW = '2026-01-02T00:00:00.000Z';

function verdict(over: Parameters<typeof order>[0], rules: Partial<GateRules> = {}, firstImport = true) {
  return gate(order(over), { ...RULES, ...rules }, NOW, firstImport);
}

describe('statuses (X-1)', () => {
  test('of a fresh channel exactly 3, 8, 9, 11 and 14 are admitted', () => {
    const admitted = Array.from({ length: 15 }, (_, statusId) => statusId).filter(
      (statusId) => verdict({ statusId }).admitted,
    );
    expect(admitted).toEqual([3, 8, 9, 11, 14]);
  });

  test('a refusal names rule, setting and status', () => {
    expect(verdict({ statusId: 5 })).toEqual({
      admitted: false,
      kind: 'rejected',
      rule: 'default_exclude',
      setting: 'orders.import.statuses.default_exclude',
      detail: 'Status 5 (Cancelled) is in orders.import.statuses.default_exclude.',
    });
  });

  test('include admits what it names only, also what is excluded by default', () => {
    expect(verdict({ statusId: 2 }, { include: [2] }).admitted).toBe(true);
    expect(verdict({ statusId: 11 }, { include: [2] })).toMatchObject({ rule: 'include' });
  });

  test('exclude wins over everything', () => {
    expect(verdict({ statusId: 11 }, { exclude: [11], include: [11] })).toMatchObject({ rule: 'exclude' });
  });

  test('a known order is refreshed in every status (X-24)', () => {
    expect(verdict({ statusId: 5, archived: true }, { holdMinutes: 60 }, false)).toEqual({ admitted: true });
  });
});

describe('cash on delivery (X-23)', () => {
  test('passes the default exclusion in status 7, and says by which rule', () => {
    expect(verdict({ statusId: 7, ...COD })).toEqual({
      admitted: true,
      because:
        'Status 7 (Awaiting Payment) is in orders.import.statuses.default_exclude, but the order is cash on delivery by payment method "Cash on Delivery" (orders.import.cod.bypass_statuses).',
    });
  });

  test('does not when it is cancelled, when the bypass is empty, or when nothing is left to collect', () => {
    expect(verdict({ statusId: 5, ...COD }).admitted).toBe(false);
    expect(verdict({ statusId: 7, ...COD }, { codBypassStatuses: [] }).admitted).toBe(false);
    expect(verdict({ statusId: 7, codReason: 'gateway "cod", but nothing is left' })).toMatchObject({
      rule: 'default_exclude',
      detail: expect.stringContaining('It is no exemption: gateway "cod", but nothing is left') as string,
    });
  });

  test('stays out where its status is excluded by name', () => {
    expect(verdict({ statusId: 7, ...COD }, { exclude: [7] })).toMatchObject({ rule: 'exclude' });
  });
});

describe('orders that Waybill created (X-13)', () => {
  const own = { externalSource: ' Waybill ', externalOrderId: 'sale-7' };

  test('are linked in every status, also held ones', () => {
    const created = { ...own, statusId: 1, createdAt: '2026-01-01T23:59:00Z' };
    expect(verdict(created, { holdMinutes: 60 })).toMatchObject({
      admitted: true,
      because: expect.stringContaining('sale-7') as string,
    });
  });

  test('are left out, or judged like any other, where the channel says so', () => {
    expect(verdict(own, { ownOrders: 'ignore' })).toMatchObject({
      rule: 'own_orders',
      setting: 'orders.import.own_orders',
    });
    expect(verdict({ ...own, statusId: 1 }, { ownOrders: 'import' })).toMatchObject({
      rule: 'default_exclude',
    });
  });

  test('are known by the mark and a sale number together', () => {
    expect(verdict({ ...own, externalOrderId: null, statusId: 1 }).admitted).toBe(false);
    expect(verdict({ ...own, externalSource: 'M-MIG', statusId: 1 }).admitted).toBe(false);
    expect(verdict({ ...own, externalSource: 'M-MIG' }, { ownOrders: 'ignore' }).admitted).toBe(true);
  });
});

describe('a run that was asked for a past range', () => {
  const since = '2026-01-01T12:00:00Z';

  test('creates nothing older than its beginning', () => {
    const lookback = { basis: 'created', since } as const;
    expect(verdict({ createdAt: '2026-01-01T11:59:59Z' }, { lookback })).toMatchObject({
      rule: 'lookback',
      setting: 'orders.import.lookback_days',
    });
    expect(verdict({ createdAt: since }, { lookback }).admitted).toBe(true);
  });

  test('counts from the last change where it is asked to', () => {
    const lookback = { basis: 'modified', since } as const;
    expect(
      verdict({ createdAt: '2020-01-01T00:00:00Z', modifiedAt: '2026-01-01T13:00:00Z' }, { lookback })
        .admitted,
    ).toBe(true);
  });

  test('takes orders in every status where a person named them (P-26)', () => {
    expect(verdict({ statusId: 5 }, { everyStatus: true })).toMatchObject({ admitted: true });
    expect(verdict({ statusId: 5, archived: true }, { everyStatus: true })).toMatchObject({
      rule: 'archived',
    });
  });
});

describe('the rest of the gate', () => {
  test('other storefronts and archived orders stay out', () => {
    expect(verdict({ storefrontId: 2 }, { storefrontIds: [1] })).toMatchObject({
      rule: 'storefront',
      setting: 'connection.bc_channel_ids',
    });
    expect(verdict({ storefrontId: 1 }, { storefrontIds: [1] }).admitted).toBe(true);
    expect(verdict({ archived: true })).toMatchObject({ rule: 'archived' });
  });

  test('a new order is held until its time is over', () => {
    expect(verdict({ createdAt: '2026-01-01T23:30:00Z' }, { holdMinutes: 60 })).toMatchObject({
      kind: 'held',
      until: '2026-01-02T00:30:00.000Z',
      setting: 'orders.import.hold_minutes',
    });
    expect(verdict({ createdAt: '2026-01-01T23:00:00Z' }, { holdMinutes: 60 }).admitted).toBe(true);
  });

  test('a rejected order is not held', () => {
    expect(verdict({ createdAt: '2026-01-01T23:30:00Z', statusId: 5 }, { holdMinutes: 60 })).toMatchObject({
      kind: 'rejected',
    });
  });
});

describe('the wish for a lifecycle', () => {
  test('an order in flight wants one', () => {
    expect(wantsLifecycle(order(), 'imported', 365, NOW)).toEqual({ wants: true });
  });

  test('a digital one, one at its end and one beyond the horizon do not', () => {
    const digital = order({
      lineItems: [lineItem({ orderProductId: 1, kind: 'digital', orderAddressId: null })],
    });
    expect(wantsLifecycle(digital, 'imported', 365, NOW)).toMatchObject({ reason: 'digital_only' });
    expect(wantsLifecycle(order(), 'delivered', 365, NOW)).toMatchObject({ reason: 'end_stage' });
    expect(wantsLifecycle(order({ createdAt: '2024-01-01T00:00:00Z' }), 'imported', 365, NOW)).toMatchObject({
      reason: 'beyond_horizon',
    });
  });
});
