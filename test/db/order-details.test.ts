// What Temporal's UI shows of an order, and what its history therefore keeps: lines that read as a list, no number of a
// parcel, nothing that a sender wrote freely.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import {
  addTestChannel,
  addTestOrder,
  deliver,
  emptyAll,
  fact,
  openTestDatabase,
  orderRow,
  settle,
} from './order-life.ts';

const NUMBER = 'TRACK-1';

let db: Database;
beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await addTestChannel(db);
  await addTestOrder(db, 1001);
});

describe('the details of an order', () => {
  test('are a line, an empty one, and a list: the UI draws no list without it', async () => {
    await deliver(db, 1001, fact('label.created'));
    const { details } = await settle(db, 1001);
    const [first, second, ...others] = details.split('\n');
    expect(first).toMatch(/^\*\*imported\*\* · /);
    expect(second).toBe('');
    expect(others.length).toBeGreaterThan(1);
    for (const line of others) expect(line).toMatch(/^- \S/);
  });

  test.each([
    ['damaged', 'Parcel met an exception (damaged).'],
    ['given to the neighbour J. Doe', 'Parcel met an exception.'],
    [null, 'Parcel met an exception.'],
  ])('tell an exception for %j without the parcel’s number', async (reason, told) => {
    await deliver(db, 1001, fact('label.created'));
    const trouble = fact('exception');
    await deliver(db, 1001, {
      ...trouble,
      tracking: trouble.tracking === null ? null : { ...trouble.tracking, reason },
    });
    const settled = await settle(db, 1001);
    expect(settled).toMatchObject({ attention: 'exception', attentionReason: told });
    expect(settled.details).toContain(`attention: **exception** (${told})`);
    expect(JSON.stringify(settled)).not.toContain(NUMBER);
    expect(JSON.stringify(settled)).not.toContain('Doe');
    // Whoever asks Waybill itself is told all of it.
    expect((await orderRow(db, 1001)).attentionReason).toContain(NUMBER);
  });

  test.each(['expired', 'unknown'] as const)('tell %s without the parcel’s number', async (status) => {
    await deliver(db, 1001, fact('label.created'));
    await deliver(db, 1001, fact(status));
    const settled = await settle(db, 1001);
    expect(settled.attention).toBe('unknown');
    expect(settled.attentionReason).toMatch(/parcel (any more|is not understood)\.$/);
    expect(JSON.stringify(settled)).not.toContain(NUMBER);
  });

  test.each([
    ['refused', 'awaited: a person, then `waybill retry`'],
    ['auth', 'awaited: a person, then `waybill channel rotate`'],
  ])('of one with attention %s name what a person must do', async (attention, awaited) => {
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    await db.sql`update write_backs set
      state = ${attention === 'refused' ? 'refused' : 'planned'}, blocked = ${attention === 'auth' ? 'auth' : null}`;
    const settled = await settle(db, 1001);
    expect(settled.attention).toBe(attention);
    expect(settled.details).toContain(awaited);
  });
});
