import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { SettingsDocument } from '../../settings/channel-settings.ts';
import { mergeSettings, setSetting, unsetSetting } from '../../settings/change-settings.ts';
import { nearestName } from '../../settings/nearest-name.ts';
import { parseSettings, readSettings, SETTING_NAMES, SETTINGS } from '../../settings/parse-settings.ts';
import { applyPreset, PRESETS } from '../../settings/presets.ts';
import { gateRules, writeBackRules } from '../../settings/rules.ts';
import { group, listSettings } from '../../settings/setting.ts';
import { renderSettingsPage, settingsJsonSchema } from '../../settings/settings-page.ts';

const DOC: SettingsDocument = { channel: { name: 'Acme' }, connection: { store_hash: 'abc123' } };

function settingsOf(doc: SettingsDocument) {
  const parsed = parseSettings(doc);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed;
}

function problemsOf(doc: unknown) {
  const parsed = parseSettings(doc);
  return parsed.ok ? [] : parsed.problems;
}

function withSetting(name: string, value: unknown): SettingsDocument {
  const doc = name
    .split('.')
    .reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as SettingsDocument; // built from dotted keys
  const merged: SettingsDocument = { ...DOC };
  for (const [key, inner] of Object.entries(doc)) merged[key] = { ...(DOC[key] ?? {}), ...(inner as object) };
  return merged;
}

describe('defaults', () => {
  test('are those of the settings table', () => {
    const { settings, warnings } = settingsOf(DOC);
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({
      channel: { name: 'Acme', client_ref: null, profile: 'import_only' },
      connection: { api_base_url: 'https://api.bigcommerce.com', store_hash: 'abc123', bc_channel_ids: null },
      orders: {
        import: {
          mode: 'automatic',
          interval_minutes: 60,
          align_to_clock: true,
          hold_minutes: 0,
          statuses: { include: null, exclude: [], default_exclude: [0, 1, 2, 4, 5, 6, 7, 10, 12, 13] },
          cod: { payment_methods: ['Cash on Delivery'], bypass_statuses: [7] },
        },
      },
      fulfillment: {
        push_enabled: false,
        dry_run: false,
        trigger: ['label.created', 'shipment.external'],
        tracking: { write: true, require_number: true },
        shipment: { status_side_effect: 'auto' },
        status: {
          shipped_on_writeback: true,
          shipped_on_trackable: false,
          shipped_on_possession: false,
          shipped_target: 2,
          on_delivered: false,
          delivered_target: 10,
        },
        possession_states: ['picked_up', 'in_transit', 'out_for_delivery'],
        protected_statuses: [4, 5, 6, 13],
        respect_manual_change: true,
        on_conflict: 'skip',
      },
      lifecycle: { stale_after_days: 30, close_after_days: 90, horizon_days: 365 },
      retention: { deliveries_days: 90, decisions_days: 365, parked_days: 30 },
      throttle: { limit: 120, window_seconds: 30, max_concurrency: 4 },
    });
  });

  test('every setting is described, and every default is allowed', () => {
    for (const entry of SETTINGS) {
      expect(entry.description, entry.name).toMatch(/\.$/);
      if (!entry.required) expect(entry.schema.safeParse(entry.byDefault).success, entry.name).toBe(true);
    }
    expect(SETTINGS.filter((entry) => entry.required).map((entry) => entry.name)).toEqual([
      'channel.name',
      'connection.store_hash',
    ]);
  });

  test('a setting that is not described cannot be declared', () => {
    expect(() => listSettings(group({ silent: z.boolean() }))).toThrow('silent');
  });
});

describe('a document with', () => {
  test.each([
    ['channel.name', ''],
    ['channel.profile', 'everything'],
    ['connection.store_hash', 'https://api.bigcommerce.com/stores/abc123/v2'],
    ['connection.api_base_url', 'http://api.bigcommerce.com'],
    ['connection.api_base_url', 'https://api.bigcommerce.com/stores/abc'],
    ['connection.bc_channel_ids', []],
    ['orders.import.interval_minutes', 4],
    ['orders.import.interval_minutes', 1441],
    ['orders.import.interval_minutes', '60'],
    ['orders.import.hold_minutes', -1],
    ['fulfillment.trigger', []],
    ['fulfillment.trigger', ['label.printed']],
    ['fulfillment.status.shipped_target', 5],
    ['fulfillment.status.delivered_target', 14],
    ['fulfillment.status.delivered_target', 13],
    ['fulfillment.possession_states', ['in_transit']],
    ['fulfillment.protected_statuses', [15]],
    ['fulfillment.on_conflict', 'fight'],
    ['throttle.limit', 0],
    ['retention.parked_days', 6],
  ])('%s set to %j is refused at that setting', (name, value) => {
    expect(problemsOf(withSetting(name, value)).map((problem) => problem.setting)).toEqual([name]);
  });

  test('a loopback address for the simulated store is accepted', () => {
    expect(problemsOf(withSetting('connection.api_base_url', 'http://127.0.0.1:8490'))).toEqual([]);
  });

  test('an entry of the carrier map that leads nowhere is refused at that entry', () => {
    const [problem] = problemsOf(withSetting('fulfillment.carrier_map', { acme: 'acme' }));
    expect(problem?.setting).toBe('fulfillment.carrier_map.acme');
    expect(problem?.message).toContain('{number}');
  });

  test('a name that nobody declared is answered with the nearest one', () => {
    expect(problemsOf({ ...DOC, orders: { import: { interval: 5 } } })).toEqual([
      {
        setting: 'orders.import.interval',
        message: 'is not a setting; did you mean orders.import.interval_minutes?',
      },
    ]);
    expect(problemsOf({ ...DOC, fulfillment: { pushenabled: true } })[0]?.message).toContain(
      'fulfillment.push_enabled',
    );
    expect(problemsOf({ ...DOC, nonsense: 1 })).toMatchObject([{ setting: 'nonsense' }]);
  });

  test('several faults has a problem for each', () => {
    expect(
      problemsOf({ channel: { name: '' }, throttle: { limit: 0 } })
        .map((problem) => problem.setting)
        .sort(),
    ).toEqual(['channel.name', 'connection.store_hash', 'throttle.limit']);
  });

  test.each([null, [], 'text', 5])('%j instead of a document is refused', (doc) => {
    expect(problemsOf(doc)).toHaveLength(1);
  });
});

describe('rules between settings', () => {
  test('the same status in include and exclude is refused (X-1)', () => {
    const doc = { ...DOC, orders: { import: { statuses: { include: [2, 11], exclude: [11] } } } };
    expect(problemsOf(doc)).toMatchObject([{ setting: 'orders.import.statuses.exclude' }]);
  });

  test('bypass statuses are of 0, 1 and 7 (X-23)', () => {
    expect(problemsOf({ ...DOC, orders: { import: { cod: { bypass_statuses: [5] } } } })).toHaveLength(1);
  });

  test('stale comes before closed', () => {
    expect(problemsOf({ ...DOC, lifecycle: { stale_after_days: 90 } })).toMatchObject([
      { setting: 'lifecycle.stale_after_days' },
    ]);
  });

  test('a target must not be protected', () => {
    expect(problemsOf({ ...DOC, fulfillment: { protected_statuses: [2] } })).toMatchObject([
      { setting: 'fulfillment.status.shipped_target' },
    ]);
  });

  test.each([
    [{ status: { shipped_target: 9 } }, 'fulfillment.status.shipped_target'],
    [{ status: { shipped_target: 10, on_delivered: true } }, 'fulfillment.status.on_delivered'],
    [
      { status: { shipped_on_writeback: false }, shipment: { status_side_effect: 'defer' } },
      'fulfillment.shipment.status_side_effect',
    ],
  ])('%j is accepted with a warning about %s', (fulfillment, setting) => {
    expect(settingsOf({ ...DOC, fulfillment }).warnings).toMatchObject([{ setting }]);
  });
});

describe('setting one by its name', () => {
  const set = (name: string, text: string) => {
    const changed = setSetting(DOC, name, text);
    return changed.ok ? changed.doc : changed.problems;
  };

  test.each([
    ['fulfillment.dry_run', 'true', { fulfillment: { dry_run: true } }],
    ['fulfillment.push_enabled', 'off', { fulfillment: { push_enabled: false } }],
    ['orders.import.interval_minutes', ' 15 ', { orders: { import: { interval_minutes: 15 } } }],
    ['orders.import.statuses.include', '2, 10', { orders: { import: { statuses: { include: [2, 10] } } } }],
    ['orders.import.statuses.include', 'null', { orders: { import: { statuses: { include: null } } } }],
    ['orders.import.statuses.exclude', '[]', { orders: { import: { statuses: { exclude: [] } } } }],
    [
      'orders.import.cod.bypass_statuses',
      '0,7',
      { orders: { import: { cod: { bypass_statuses: [0, 7] } } } },
    ],
    [
      'orders.import.cod.payment_methods',
      '["A, B"]',
      { orders: { import: { cod: { payment_methods: ['A, B'] } } } },
    ],
    ['fulfillment.trigger', 'shipment.manifested', { fulfillment: { trigger: ['shipment.manifested'] } }],
    ['fulfillment.carrier_map', '{"acme":"ups"}', { fulfillment: { carrier_map: { acme: 'ups' } } }],
    [
      'fulfillment.carrier_map.acme',
      'carrier:dhl',
      { fulfillment: { carrier_map: { acme: 'carrier:dhl' } } },
    ],
    ['channel.client_ref', 'x-1', { channel: { name: 'Acme', client_ref: 'x-1' } }],
  ])('%s = %s', (name, text, expected) => {
    expect(set(name, text)).toEqual({ ...DOC, ...expected });
  });

  test.each([
    ['fulfillment.push_enabled', 'maybe', 'expected true or false'],
    ['orders.import.interval_minutes', 'hourly', 'expected a number'],
    ['orders.import.interval_minutes', '1', 'must be 5 or more'],
    ['orders.import.interval_minutes', 'null', 'must be a number'],
    ['orders.import.statuses.include', '2,x', 'expected a number'],
    ['orders.import.statuses.include', '[2', 'JSON list'],
    ['fulfillment.carrier_map', 'acme', 'JSON object'],
    ['interval_minutes', '5', 'did you mean orders.import.interval_minutes?'],
    ['fulfilment.push_enabled', 'true', 'did you mean fulfillment.push_enabled?'],
    ['channel.name', ' ', 'must not be empty'],
  ])('%s = %s is refused', (name, text, message) => {
    const changed = setSetting(DOC, name, text);
    expect(changed.ok ? '' : changed.problems.map((problem) => problem.message).join()).toContain(message);
  });

  test('leaves the given document as it was', () => {
    const before = JSON.stringify(DOC);
    setSetting(DOC, 'channel.client_ref', 'x');
    expect(JSON.stringify(DOC)).toBe(before);
  });

  test('unsetting brings the default back and clears emptied sections', () => {
    const changed = setSetting(DOC, 'orders.import.interval_minutes', '15');
    expect(unsetSetting(changed.ok ? changed.doc : {}, 'orders.import.interval_minutes')).toMatchObject({
      ok: true,
      doc: DOC,
    });
    expect(unsetSetting(DOC, 'channel.name')).toMatchObject({
      ok: false,
      problems: [{ setting: 'channel.name' }],
    });
    expect(unsetSetting(DOC, 'nothing.here')).toMatchObject({
      ok: false,
      problems: [{ message: 'is not a setting' }],
    });
  });

  test('laying a document over another replaces lists whole', () => {
    const merged = mergeSettings(
      { ...DOC, fulfillment: { dry_run: true, trigger: ['label.created'] } },
      { fulfillment: { trigger: ['shipment.external'] } },
    );
    expect(merged).toMatchObject({
      ok: true,
      doc: { fulfillment: { dry_run: true, trigger: ['shipment.external'] } },
    });
  });
});

test.each([
  ['interval_minutes', 'orders.import.interval_minutes'],
  ['fulfillment.push-enabled', 'fulfillment.push_enabled'],
  ['orders.import.intervall_minutes', 'orders.import.interval_minutes'],
  ['xyzzy', null],
])('the nearest name of %s is %s', (typed, expected) => {
  expect(nearestName(typed, SETTING_NAMES)).toBe(expected);
});

describe('presets', () => {
  test.each(PRESETS.map((preset) => preset.name))('%s is a valid document without warnings', (name) => {
    const changed = applyPreset(DOC, name);
    expect(changed).toMatchObject({ ok: true, warnings: [] });
  });

  test('are those of the table', () => {
    const table = PRESETS.map(({ name }) => {
      const changed = applyPreset(DOC, name);
      const rules = writeBackRules(settingsOf(changed.ok ? changed.doc : {}).settings);
      if (rules.profile === 'import_only') return [name, rules.profile];
      return [
        name,
        rules.profile,
        rules.trigger.join(),
        rules.shippedOnWriteback,
        rules.shippedOnTrackable,
        rules.shippedOnPossession,
        rules.onDelivered,
      ];
    });
    expect(table).toEqual([
      ['import-only', 'import_only'],
      [
        'Starshipit-print',
        'import_and_writeback',
        'label.created,shipment.external',
        true,
        false,
        false,
        false,
      ],
      [
        'Starshipit-manifest',
        'import_and_writeback',
        'shipment.manifested,shipment.external',
        true,
        false,
        false,
        false,
      ],
      [
        'Qapla-trackable',
        'import_and_writeback',
        'tracking.trackable,shipment.external',
        false,
        true,
        false,
        true,
      ],
      [
        'Qapla-possession',
        'import_and_writeback',
        'tracking.possession,shipment.external',
        false,
        false,
        true,
        true,
      ],
      ['ParcelPilot', 'import_and_writeback', 'label.created,shipment.external', true, false, false, false],
    ]);
  });

  test('an unknown one is refused with the nearest', () => {
    const changed = applyPreset(DOC, 'starshipit-prnt');
    expect(changed.ok ? '' : changed.problems[0]?.message).toContain('Starshipit-print');
  });
});

describe('the rules that other rooms read', () => {
  test('of an import-only channel hold nothing to write with', () => {
    const stored = readSettings(withSetting('fulfillment.push_enabled', true));
    expect(stored.ok ? writeBackRules(stored.settings) : null).toEqual({ profile: 'import_only' });
  });

  test('take the names over and add the common carriers', () => {
    const doc = {
      ...DOC,
      channel: { name: 'A', profile: 'custom' },
      fulfillment: { carrier_map: { usps: 'carrier:usps', acme: 'ups' } },
    };
    expect(writeBackRules(settingsOf(doc).settings)).toMatchObject({
      carrierMap: { usps: 'carrier:usps', acme: 'ups', fedex: 'fedex' },
    });
  });

  test('of the gate', () => {
    expect(gateRules(settingsOf(withSetting('connection.bc_channel_ids', [1])).settings)).toMatchObject({
      storefrontIds: [1],
      include: null,
      exclude: [],
      defaultExclude: [0, 1, 2, 4, 5, 6, 7, 10, 12, 13],
      holdMinutes: 0,
      codBypassStatuses: [7],
    });
  });
});

describe('the published forms', () => {
  test('the page names every setting with its default', () => {
    const page = renderSettingsPage();
    for (const name of SETTING_NAMES) expect(page).toContain(`\`${name}\``);
    expect(page).toContain('Starshipit-manifest');
  });

  test('the JSON Schema describes them', () => {
    const text = JSON.stringify(settingsJsonSchema());
    expect(text).toContain('interval_minutes');
    expect(text).toContain('Minutes between two automatic imports.');
  });
});

describe('a value that is not allowed', () => {
  test.each([
    ['orders.import.interval_minutes', '3', 'must be 5 or more'],
    ['orders.import.interval_minutes', '1441', 'must be 1440 or less'],
    ['orders.import.mode', 'sometimes', 'must be one of automatic, manual'],
    ['orders.import.statuses.exclude', '[99]', 'entry 1: must be 14 or less'],
    ['fulfillment.trigger', '[]', 'must have at least 1 entry'],
    ['fulfillment.carrier_map', '5', 'must be a map as a JSON object, such as {"name":"value"}'],
    ['channel.name', '', 'must not be empty'],
  ])('%s=%s is told what is: %s', (name, text, message) => {
    expect(setSetting(DOC, name, text)).toMatchObject({
      ok: false,
      problems: [{ setting: name, message }],
    });
  });

  test('is told so without a word of the library, for whatever setting and text', () => {
    for (const name of SETTING_NAMES) {
      for (const text of ['-1', '99999999', 'x y', '[]', '{}', '[{}]', 'true', '0.5', 'null', '"']) {
        const changed = setSetting(DOC, name, text);
        const told = changed.ok ? '' : changed.problems.map((problem) => problem.message).join('\n');
        expect([name, text, told]).toEqual([name, text, expect.not.stringMatching(/Too |Invalid |>=|<=/)]);
      }
    }
  });
});
