// Decisions are kept where a verdict changed; the audit keeps who did what by hand.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { listAudit, recordAudit } from '../../db/audit.ts';
import type { Database } from '../../db/database.ts';
import { listDecisions, recordChangedDecisions, recordDecision, type Decision } from '../../db/decisions.ts';
import { at, CHANNEL, emptyAll, openTestDatabase } from './order-life.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(() => emptyAll(db));

const gate = (orderId: number, outcome: string, detail = 'because', minute = 0): Decision => ({
  channelId: CHANNEL,
  orderId,
  at: at(minute),
  kind: 'gate',
  outcome,
  detail,
});

it('a verdict that stays the same is kept once, however often it is reached', async () => {
  expect(await recordChangedDecisions(db, [gate(1, 'rejected:exclude'), gate(2, 'admitted')])).toBe(2);
  expect(
    await recordChangedDecisions(db, [gate(1, 'rejected:exclude', 'because', 5), gate(2, 'admitted')]),
  ).toBe(0);
  expect(await recordChangedDecisions(db, [gate(1, 'rejected:exclude', 'another reason')])).toBe(1);
  expect(await recordChangedDecisions(db, [gate(1, 'admitted')])).toBe(1);
  expect(await recordChangedDecisions(db, [gate(1, 'rejected:exclude')])).toBe(1);
  expect(await recordChangedDecisions(db, [])).toBe(0);

  const outcomes = (await listDecisions(db, { channelId: CHANNEL, orderId: 1 })).map((row) => row.outcome);
  expect(outcomes).toEqual(['rejected:exclude', 'rejected:exclude', 'admitted', 'rejected:exclude']);
});

it('verdicts of another kind, order or channel are not compared', async () => {
  const rows = [
    gate(1, 'x'),
    { ...gate(1, 'x'), kind: 'lifecycle' as const },
    gate(2, 'x'),
    { ...gate(1, 'x'), channelId: 'other' },
  ];
  expect(await recordChangedDecisions(db, rows)).toBe(4);
  expect(await listDecisions(db, { channelId: CHANNEL, orderId: 1, kind: 'lifecycle' })).toHaveLength(1);
});

it('a single decision is always appended, and characters that cannot be stored do not stop it', async () => {
  await recordDecision(db, gate(1, 'x', 'a\0b'));
  await recordDecision(db, gate(1, 'x', 'a\0b'));

  const rows = await listDecisions(db, { channelId: CHANNEL, orderId: 1 });
  expect(rows.map((row) => [row.at, row.detail, row.runId])).toEqual([
    [at(0), 'a\uFFFDb', null],
    [at(0), 'a\uFFFDb', null],
  ]);
});

it('the audit lists the newest first, by channel and order', async () => {
  const entry = {
    at: at(0),
    by: 'ada',
    channelId: CHANNEL,
    orderId: 1,
    action: 'order.pause',
    detail: { reason: 'wait' },
  };
  await recordAudit(db, entry);
  await recordAudit(db, { ...entry, at: at(1), action: 'order.resume' });
  await recordAudit(db, { ...entry, orderId: null, action: 'channel.settings' });

  expect((await listAudit(db, { channelId: CHANNEL, orderId: 1 })).map((row) => row.action)).toEqual([
    'order.resume',
    'order.pause',
  ]);
  expect(await listAudit(db, { limit: 1 })).toMatchObject([{ action: 'channel.settings', by: 'ada' }]);
  expect(await listAudit(db, { channelId: 'other' })).toEqual([]);
});
