// Every published word of every provider, sent through that provider's own reader.
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CarrierFact } from '../../../domain/carrier-event.ts';
import { ANY_STATUS } from '../../../domain/carriers/code-facts.ts';
import { PROVIDER_IDS } from '../../../domain/carriers/provider-ids.ts';
import { PROVIDERS } from '../../../domain/carriers/registry.ts';
import { SETTING_NAMES } from '../../../settings/parse-settings.ts';
import { factsOf, fill, readFixture } from '../../fixtures/carriers/read-fixture.ts';

/** Files of the folder that are no provider. */
const SHARED = [
  'code-facts',
  'envelope-words',
  'history',
  'provider',
  'provider-facts',
  'provider-ids',
  'registry',
  'scan-time',
];

const folder = new URL('../../../domain/carriers/', import.meta.url);
const fixtures = new URL('../../fixtures/carriers/', import.meta.url);

/** As the fixtures write it. */
function wordsOf([fact, ...more]: CarrierFact[]): string {
  const { tracking } = fact ?? { tracking: null };
  if (tracking === null) return 'nothing';
  const alert = more.find((one) => one.eventId === `${fact?.eventId ?? ''}:alert`);
  return [
    tracking.status,
    tracking.reason,
    tracking.returning ? '+returning' : null,
    tracking.cod === null ? null : `+cod:${tracking.cod}`,
    alert === undefined ? null : `+alert:${alert.tracking?.reason ?? ''}`,
  ]
    .filter((part) => part !== null)
    .join(' ');
}

describe('the registry', () => {
  test('lists every provider file, and every provider has fixtures', () => {
    const files = readdirSync(folder)
      .map((file) => file.replace(/\.ts$/, ''))
      .filter((file) => !SHARED.includes(file));
    expect(files.sort()).toEqual([...PROVIDER_IDS].sort());
    const samples = readdirSync(fixtures).filter((file) => file.endsWith('.json'));
    expect(samples.map((file) => file.replace(/\.json$/, '')).sort()).toEqual([...PROVIDER_IDS].sort());
    for (const id of PROVIDER_IDS) expect(PROVIDERS[id].id).toBe(id);
  });

  test('is what the settings know of', () => {
    const named = SETTING_NAMES.filter((name) => name.startsWith('carriers.'));
    expect(named.sort()).toEqual(PROVIDER_IDS.map((id) => `carriers.${id}.trust`).sort());
  });

  test('gives every word once, with its origin and the day it was read', () => {
    for (const id of PROVIDER_IDS) {
      const { codes } = PROVIDERS[id];
      const keys = codes.map((code) => `${code.status}|${String(code.detail)}`);
      expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
      for (const code of codes) {
        expect(code.origin.length).toBeGreaterThan(10);
        expect(code.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
      }
    }
  });
});

describe.each(PROVIDER_IDS)('every status of %s', (id) => {
  const fixture = readFixture(id);
  const rows = Object.entries(fixture.words).flatMap(([meant, codes]) =>
    codes.map((code) => [code, meant] as const),
  );

  test.each(rows)('%s means %s', (code, meant) => {
    expect(wordsOf(factsOf(id, fill(fixture, code)))).toBe(meant);
  });

  test('is in the fixture', () => {
    const sent = new Set([...rows.map(([code]) => code), ...(fixture.elsewhere ?? [])]);
    const details = new Set([...sent].map((code) => code.split('|')[1]));
    const missing = PROVIDERS[id].codes.filter(({ status, detail }) =>
      status === ANY_STATUS
        ? !details.has(detail ?? '')
        : !sent.has(detail === null ? status : `${status}|${detail}`),
    );
    expect(missing).toEqual([]);
  });

  test.each(fixture.unknown)('%s, which nobody publishes, is kept as unknown with its own word', (code) => {
    const [fact] = factsOf(id, fill(fixture, code));
    expect(fact?.tracking?.status).toBe('unknown');
    expect(fact?.tracking?.providerStatus).toBe(code.split('|')[0]);
  });

  test('its published body is read in full', () => {
    const [status, detail] = fixture.example.fill;
    const facts = factsOf(id, fill(fixture, detail === null ? status : `${status}|${detail}`));
    expect(
      facts.map((fact) => ({
        number: fact.shipment.trackingNumber,
        carrier: fact.shipment.carrier,
        word: fact.tracking?.status,
        at: fact.occurredAt,
        precision: fact.sent?.precision,
        location: fact.location,
        providerStatus: fact.tracking?.providerStatus,
        providerSubstatus: fact.tracking?.providerSubstatus,
        description: fact.tracking?.description,
      })),
    ).toEqual(fixture.example.facts);
    if (fixture.example.keys !== undefined) {
      expect(facts.map((fact) => fact.eventId)).toEqual(fixture.example.keys);
    }
    for (const fact of facts) expect(fact.tracking?.provider).toBe(id);
  });
});
