// Rules between settings: which documents are refused, at which setting and how to get on; what is only warned about.
import { describe, expect, test } from 'vitest';
import { editSettings, setSetting, unsetSetting } from '../../settings/change-settings.ts';
import type { SettingsDocument } from '../../settings/channel-settings.ts';
import { valueAt, withValue } from '../../settings/document-paths.ts';
import { parseSettings, readSettings } from '../../settings/parse-settings.ts';
import { applyPreset, PRESETS } from '../../settings/presets.ts';
import { SettingsCache } from '../../settings/settings-cache.ts';

const DOC: SettingsDocument = { channel: { name: 'Acme' }, connection: { store_hash: 'abc123' } };

function docOf(values: Readonly<Record<string, unknown>>): SettingsDocument {
  return Object.entries(values).reduce((doc, [name, value]) => withValue(doc, name.split('.'), value), DOC);
}

const WRITING = { 'channel.profile': 'import_and_writeback' };
const SELLING = { 'channel.profile': 'catalog_and_push', 'catalog.sync.enabled': true };

describe('is refused with a sentence', () => {
  test.each<[string, Record<string, unknown>, string, string]>([
    [
      'one status in include and exclude (X-1)',
      { 'orders.import.statuses.include': [2, 11], 'orders.import.statuses.exclude': [11] },
      'orders.import.statuses.exclude',
      '11 (Awaiting Fulfillment)',
    ],
    [
      'stale after the closing',
      { 'lifecycle.stale_after_days': 90 },
      'lifecycle.stale_after_days',
      'below lifecycle.close_after_days (90)',
    ],
    [
      'push without a profile that may write (P-11)',
      { 'fulfillment.push_enabled': true },
      'fulfillment.push_enabled',
      'set channel.profile to import_and_writeback',
    ],
    [
      'initial sales without a profile that may create orders',
      { ...WRITING, 'orders.push.initial': true },
      'orders.push.initial',
      'catalog_and_push or custom',
    ],
    [
      'renewals without one',
      { 'orders.push.renewal': true },
      'orders.push.renewal',
      'catalog_and_push or custom',
    ],
    [
      'an app without its id (X-9)',
      { 'connection.auth_mode': 'app_oauth' },
      'connection.client_id',
      'is required with connection.auth_mode app_oauth',
    ],
    [
      'a hand-off to nowhere (C-36)',
      { 'handoff.enabled': true },
      'handoff.target_url',
      'is required while handoff.enabled is on',
    ],
    [
      'a script by a channel that may not write (C-40)',
      {
        'handoff.enabled': true,
        'handoff.target_url': 'https://pay.example',
        'handoff.install': 'script',
      },
      'handoff.install',
      'catalog_and_push or custom',
    ],
    [
      'the old B2B login without who logs in (I-49)',
      { 'b2b.enabled': true, 'b2b.auth_mode': 'legacy_login' },
      'b2b.legacy.email',
      'is required',
    ],
    [
      'an e-mail address that nobody uses (X-17)',
      { 'b2b.legacy.email': 'a@shop.example' },
      'b2b.legacy.email',
      'only for b2b.auth_mode legacy_login',
    ],
    [
      'a token name that nobody uses (I-50)',
      { 'b2b.legacy.token_name': 'Waybill' },
      'b2b.legacy.token_name',
      'only for b2b.auth_mode legacy_login',
    ],
    [
      'an option that fills two fields (S-37)',
      { 'orders.import.product_options': { size: ['Size'], width: ['size'] } },
      'orders.import.product_options.width',
      'fills size already',
    ],
    [
      'pickup points that are looked for nowhere (Q-38)',
      { 'pudo.enabled': true },
      'pudo.sources',
      'is required while pudo.enabled is on',
    ],
    [
      'an inbound limit over no time (I-64)',
      { 'throttle.inbound_limit': 5, 'throttle.inbound_window_seconds': 0 },
      'throttle.inbound_window_seconds',
      'a second at least',
    ],
    [
      'a shipped status that is protected',
      { 'fulfillment.protected_statuses': [2] },
      'fulfillment.status.shipped_target',
      '2 (Shipped)',
    ],
    [
      'a delivered status that is protected, while it is set',
      { 'fulfillment.protected_statuses': [10], 'fulfillment.status.on_delivered': true },
      'fulfillment.status.delivered_target',
      '10 (Completed)',
    ],
    [
      'a pickup status that is protected, while pickups are on',
      { 'fulfillment.protected_statuses': [8], 'fulfillment.pickup.enabled': true },
      'fulfillment.pickup.target_status',
      '8 (Awaiting Pickup)',
    ],
    [
      'a status after a void that is protected',
      { 'fulfillment.void_restore_status': 12 },
      'fulfillment.void_restore_status',
      '12 (Manual Verification Required)',
    ],
  ])('%s', (_name, values, setting, words) => {
    const parsed = parseSettings(docOf(values));
    expect(parsed).toMatchObject({ ok: false, problems: [{ setting }] });
    expect(parsed.ok ? '' : parsed.problems[0]?.message).toContain(words);
  });
});

test('a protected status that no rule would set is allowed', () => {
  expect(parseSettings(docOf({ 'fulfillment.protected_statuses': [4, 5, 6, 8, 10, 13] }))).toMatchObject({
    ok: true,
  });
});

describe('is taken with a warning', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'a store in which no status is left',
      { 'orders.import.statuses.exclude': [3, 8, 9, 11, 14] },
      'orders.import.statuses.exclude',
    ],
    [
      'a bypass that is excluded (X-23)',
      { 'orders.import.statuses.exclude': [7] },
      'orders.import.cod.bypass_statuses',
    ],
    ['webhooks about nothing', { 'webhooks.scopes': [] }, 'webhooks.scopes'],
    [
      'a default weight that is none',
      { 'orders.import.weight.apply': 'always' },
      'orders.import.weight.apply',
    ],
    [
      'a default code that is never asked',
      { 'orders.import.hs_code.default': '610910', 'orders.import.hs_code.sources': ['option'] },
      'orders.import.hs_code.default',
    ],
    [
      'a source without its option',
      { 'orders.import.product_options': { size: ['Size'] } },
      'orders.import.hs_code.sources',
    ],
    [
      'an unusual shipped status (S-28)',
      { 'fulfillment.status.shipped_target': 9 },
      'fulfillment.status.shipped_target',
    ],
    [
      'one status for shipped and delivered (X-4)',
      { 'fulfillment.status.shipped_target': 10, 'fulfillment.status.on_delivered': true },
      'fulfillment.status.on_delivered',
    ],
    [
      'a status from which only a person moves on (Q-45)',
      { 'fulfillment.status.on_exception': 12 },
      'fulfillment.status.on_exception',
    ],
    [
      'a shipment that waits for ever',
      {
        'fulfillment.shipment.status_side_effect': 'defer',
        'fulfillment.status.shipped_on_writeback': false,
      },
      'fulfillment.shipment.status_side_effect',
    ],
    [
      'two e-mails (X-3)',
      { 'fulfillment.shipment.status_side_effect': 'restore' },
      'fulfillment.shipment.status_side_effect',
    ],
    [
      'pickup records without pickups',
      { 'fulfillment.pickup.write_pickup_record': true },
      'fulfillment.pickup.write_pickup_record',
    ],
    ['a trusted stranger', { 'carriers.ship24.trust': true }, 'carriers.ship24.trust'],
    [
      'a status that the own import leaves out (X-14)',
      { ...SELLING, 'orders.push.initial': true, 'orders.push.status': 10 },
      'orders.push.status',
    ],
    [
      'own orders that nobody follows (X-13)',
      { ...SELLING, 'orders.push.renewal': true, 'orders.import.own_orders': 'ignore' },
      'orders.import.own_orders',
    ],
    [
      'sales without a catalog (C-10)',
      { 'channel.profile': 'custom', 'orders.push.initial': true },
      'orders.push.initial',
    ],
    ['a timer without its sync', { 'catalog.sync.auto_minutes': 60 }, 'catalog.sync.auto_minutes'],
    ['ids that may not be written (X-20)', { 'catalog.sync.enabled': true }, 'catalog.writeback.target'],
    [
      'a hand-off without a catalog',
      { 'handoff.enabled': true, 'handoff.target_url': 'https://pay.example' },
      'handoff.enabled',
    ],
    ['more than any plan allows (X-18)', { 'throttle.limit': 451 }, 'throttle.limit'],
    [
      'more at once than in all',
      { 'throttle.limit': 3, 'throttle.max_concurrency': 4 },
      'throttle.max_concurrency',
    ],
    ['the old B2B login (X-17)', { 'b2b.auth_mode': 'legacy_login' }, 'b2b.auth_mode'],
  ])('%s', (_name, values, setting) => {
    const parsed = parseSettings(docOf(values));
    expect(parsed).toMatchObject({ ok: true, warnings: [{ setting }] });
  });

  test('nothing that is a default', () => {
    expect(parseSettings(DOC)).toMatchObject({ ok: true, warnings: [] });
  });
});

test('a document that is stored is read without the rules between settings', () => {
  const doc = docOf({ 'fulfillment.push_enabled': true });
  expect(readSettings(doc)).toMatchObject({ ok: true });
  expect(parseSettings(doc)).toMatchObject({ ok: false });
});

describe('changes of one command', () => {
  test('are judged together, in whatever order they are typed', () => {
    for (const names of [
      ['fulfillment.push_enabled', 'channel.profile'],
      ['channel.profile', 'fulfillment.push_enabled'],
    ]) {
      const texts = { 'fulfillment.push_enabled': 'true', 'channel.profile': 'import_and_writeback' };
      const edits = names.map((name) => ({ name, text: texts[name as keyof typeof texts] })); // the two keys
      expect(editSettings(DOC, edits)).toMatchObject({ ok: true });
    }
  });

  test('tell every problem at once', () => {
    const edited = editSettings(DOC, [
      { name: 'throttle.limit', text: 'many' },
      { name: 'thottle.window_seconds', text: '30' },
      { name: 'channel.name', text: 'Acme' },
    ]);
    expect(edited).toMatchObject({
      ok: false,
      problems: [{ setting: 'throttle.limit' }, { setting: 'thottle.window_seconds' }],
    });
  });

  test.each([
    ['throttle.limit', 50, 120],
    ['orders.import.align_to_clock', false, true],
    ['catalog.sync.auto_minutes', 60, null],
    ['channel.client_ref', 'x', null],
    ['fulfillment.void_restore_status', 'none', 'previous'],
  ])('an empty text takes %s back: never unlimited, never half set (I-58)', (name, given, byDefault) => {
    const changed = setSetting(docOf({ [name]: given }), name, '');
    const parsed = parseSettings(changed.ok ? changed.doc : {});
    expect(valueAt(parsed.ok ? parsed.settings : {}, name.split('.'))).toBe(byDefault);
  });

  test.each([
    ['alerts.stuck_after_hours.11', '72', { '0': 24, '7': 72, '9': 48, '11': 72, '12': 24 }],
    ['alerts.stuck_after_hours.0', '', { '7': 72, '9': 48, '11': 48, '12': 24 }],
    [
      'orders.import.product_options.size',
      'Size, Taglia',
      { size: ['Size', 'Taglia'], hs_code: ['HS Code'], color: ['Color', 'Colour'] },
    ],
    [
      'mappings.match.customers',
      'external_id',
      {
        orders: 'order_number',
        products: 'sku',
        variants: 'sku',
        categories: 'external_id',
        customers: 'external_id',
        customer_groups: 'name',
      },
    ],
    ['fulfillment.carrier_map.acme', 'carrier:dhl', { acme: 'carrier:dhl' }],
  ])('%s = %j changes that entry and leaves the others', (name, text, expected) => {
    const changed = setSetting(DOC, name, text);
    const path = name.split('.').slice(0, -1);
    expect(valueAt(changed.ok ? changed.doc : changed.problems, path)).toEqual(expected);
  });

  test('one entry is taken out again', () => {
    const changed = unsetSetting(DOC, 'orders.import.product_options.color');
    expect(valueAt(changed.ok ? changed.doc : {}, ['orders', 'import', 'product_options'])).toEqual({
      size: ['Size'],
      hs_code: ['HS Code'],
    });
  });

  test('a name that is no entry of an object is refused', () => {
    expect(setSetting(DOC, 'fulfillment.carrier_map.__proto__', 'ups')).toMatchObject({ ok: false });
  });

  test.each([
    ['fulfillment.void_restore_status', '11', 11],
    ['fulfillment.void_restore_status', 'none', 'none'],
    ['orders.import.weight.default', '0.75', 0.75],
    ['orders.import.cod.payment_statuses', '["pending",""]', ['pending', '']],
    [
      'pudo.sources',
      '[{"where":"order_metafield","key":"point"}]',
      [{ where: 'order_metafield', key: 'point' }],
    ],
    ['connection.api_base_url', 'https://api.bigcommerce.com/', 'https://api.bigcommerce.com/'],
  ])('%s is typed %s', (name, text, value) => {
    const changed = setSetting(DOC, name, text);
    expect(valueAt(changed.ok ? changed.doc : changed.problems, name.split('.'))).toEqual(value);
  });

  test.each([
    ['pudo.sources', 'order_metafield', 'expected a JSON list'],
    ['fulfillment.void_restore_status', 'before', 'expected none, previous, or a status'],
    ['fulfillment.void_restore_status', '5', 'never written'],
    ['orders.import.product_options.Size', 'Size', 'small letters'],
    ['alerts.stuck_after_hours.15', '5', 'is not a setting'],
    ['carriers.dhl.trust', 'true', 'is not a setting'],
  ])('%s = %s is refused', (name, text, message) => {
    const changed = setSetting(DOC, name, text);
    expect(changed.ok ? '' : changed.problems.map((problem) => problem.message).join()).toContain(message);
  });
});

describe('a preset', () => {
  test.each(PRESETS.map(({ name }) => name))('%s leaves what it does not name', (name) => {
    const doc = docOf({ 'throttle.limit': 50, 'orders.import.hold_minutes': 15 });
    const changed = applyPreset(doc, name);
    expect(changed.ok ? changed.doc : {}).toMatchObject({
      throttle: { limit: 50 },
      orders: { import: { hold_minutes: 15 } },
    });
  });

  test.each(PRESETS.map(({ name }) => name))('%s can follow every other one', (name) => {
    for (const before of PRESETS) {
      const first = applyPreset(DOC, before.name);
      expect(applyPreset(first.ok ? first.doc : {}, name)).toMatchObject({ ok: true });
    }
  });
});

describe('the cache of readings', () => {
  test('answers a changed document anew, and an equal one with the same reading', () => {
    const cache = new SettingsCache();
    const first = cache.read(docOf({ 'throttle.limit': 1 }));
    expect(cache.read(docOf({ 'throttle.limit': 1 }))).toBe(first);
    expect(cache.read(docOf({ 'throttle.limit': 2 }))).toMatchObject({
      settings: { throttle: { limit: 2 } },
    });
    expect(cache.misses).toBe(2);
  });

  test('hands out nothing that one reader could change for another', () => {
    const read = new SettingsCache().read(DOC);
    expect(() => {
      if (read.ok) read.settings.orders.import.statuses.default_exclude.push(3);
    }).toThrow(TypeError);
  });

  test('forgets the least used first and never grows without end', () => {
    const cache = new SettingsCache();
    const busy = docOf({ 'channel.client_ref': 'busy' });
    for (let n = 0; n < 1_200; n += 1) {
      cache.read(docOf({ 'channel.client_ref': `c-${String(n)}` }));
      cache.read(busy);
    }
    const before = cache.misses;
    cache.read(busy);
    expect(cache.misses).toBe(before);
    cache.read(docOf({ 'channel.client_ref': 'c-1' }));
    expect(cache.misses).toBe(before + 1);
  });
});
