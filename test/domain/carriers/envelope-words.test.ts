// Words of other services in our own envelope: every cell of the published table, and what is in none of them.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readCarrierEnvelope, type ReadEnvelope } from '../../../domain/carrier-envelope.ts';
import type { CarrierFact } from '../../../domain/carrier-event.ts';
import {
  ENVELOPE_PROVIDERS,
  ENVELOPE_WORDS,
  type EnvelopeProvider,
} from '../../../domain/carriers/envelope-words.ts';

type Row = { state: string } & Record<EnvelopeProvider, string[]>;
const { table, unknown } = JSON.parse(
  readFileSync(new URL('../../fixtures/envelope-words.json', import.meta.url), 'utf8'),
) as { table: Row[]; unknown: Record<EnvelopeProvider, string[]> }; // our own file: a wrong one fails below

const CONTEXT = { receivedAt: '2026-01-02T12:00:00.000Z', bodyHash: 'h', nowMs: Date.UTC(2026, 0, 2, 12) };
const read = (tracking: object): ReadEnvelope =>
  readCarrierEnvelope({ type: 'tracking.updated', orderId: 5, tracking }, CONTEXT);

/** What the envelope makes of `word` or `word|detail`. */
function tracked(provider: string, code: string): CarrierFact['tracking'] {
  const [providerStatus, providerSubstatus = null] = code.split('|');
  const envelope = read({ provider, providerStatus, providerSubstatus });
  return envelope.ok ? (envelope.orders[0]?.fact.tracking ?? null) : null;
}
const meant = (provider: string, code: string): string => {
  const tracking = tracked(provider, code);
  return [tracking?.status, tracking?.reason].filter((part) => part !== null).join(' ');
};
/** Rows are in rising rank: a word of several rows stands for the least of them. */
const leastOf = (provider: EnvelopeProvider, code: string): string | undefined =>
  table.find((row) => row[provider].includes(code))?.state;

describe.each(ENVELOPE_PROVIDERS)('words of %s', (provider) => {
  const cells = table.flatMap((row) => row[provider].map((code) => [code, row.state] as const));

  test.each(cells)(
    '%s, which the table has for %s, is read as that or as the least it stands for',
    (code, state) => {
      const found = meant(provider, code);
      expect(found).toBe(leastOf(provider, code));
      const several = cells.filter(([other]) => other === code).map(([, of]) => of);
      expect(several).toContain(state);
      if (several.length === 1) expect(found).toBe(state);
      expect(tracked(provider, code)).toMatchObject({ provider, providerStatus: code.split('|')[0] });
    },
  );

  test('are all in the table of cells, each with its origin and the day it was read', () => {
    const known = ENVELOPE_WORDS[provider].map(({ status, detail }) =>
      detail === null ? status : `${status}|${detail}`,
    );
    expect([...new Set(cells.map(([code]) => code))].sort()).toEqual(known.sort());
    for (const fact of ENVELOPE_WORDS[provider]) {
      expect(fact.origin.length).toBeGreaterThan(10);
      expect(fact.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  });

  test.each(unknown[provider])('%s is in no cell, and is kept as unknown with its own word', (code) => {
    expect(tracked(provider, code)).toMatchObject({ status: 'unknown', providerStatus: code });
  });
});

describe('a word of another service', () => {
  test.each([
    ['IN_TRANSIT', 'in_transit'],
    ['in-transit', 'in_transit'],
    ['  out FOR delivery ', 'out_for_delivery'],
    ['LabelCreated', 'label_created'],
  ])('%s is the published word, however it is spelled', (word, status) => {
    expect(tracked('ParcelPilot', word)).toMatchObject({ status, providerStatus: word.trim() });
  });

  test('gives way to a status that stands beside it', () => {
    expect(
      read({ provider: 'parcelpilot', providerStatus: 'Delivered', status: 'in_transit' }),
    ).toMatchObject({
      orders: [{ fact: { tracking: { status: 'in_transit', providerStatus: 'Delivered' } } }],
    });
  });

  test.each(['shipstation', 'parcel pilot', ''])(
    'of %j, whose words are not known here, is no status',
    (provider) => {
      expect(read({ provider, providerStatus: 'Delivered' })).toMatchObject({
        ok: false,
        problems: [{ field: 'tracking.status' }],
      });
    },
  );

  test('that is missing is no status', () => {
    expect(read({ provider: 'parcelpilot' })).toMatchObject({ ok: false });
  });
});
