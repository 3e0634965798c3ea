// What the pool promises: values in the shapes everybody expects, transactions whole or not at all, deadlocks survived.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inTransaction, type Database, type Tx } from '../../db/database.ts';
import { sqlStateOf } from '../../db/errors.ts';
import { jsonText, storableText } from '../../db/json-text.ts';
import { audit } from '../../db/schema.ts';
import { openTestDatabase } from './order-life.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
  await db.sql`create table numbers (id int primary key, value int not null)`;
  await db.sql`insert into numbers values (1, 0), (2, 0)`;
});
afterAll(() => db.close());

describe('values', () => {
  it('come back as ISO times, numbers and parsed documents from raw SQL', async () => {
    const [row] = await db.sql`
      select '2026-03-02 10:00:00.12+02'::timestamptz as at, 9007199254740991::bigint as id,
        ${jsonText({ a: [1] })}::jsonb as doc`;

    expect(row).toEqual({ at: '2026-03-02T08:00:00.120Z', id: 9_007_199_254_740_991, doc: { a: [1] } });
  });

  it('refuse a number that JavaScript cannot keep', async () => {
    await expect(db.sql`select 9007199254740993::bigint as id`).rejects.toThrow(RangeError);
  });

  it('come back the same through drizzle', async () => {
    const at = '2026-03-02T08:00:00.120Z';
    const entry = { at, by: 'ada', channelId: null, orderId: 7, action: 'test', detail: { deep: ['x'] } };
    const [row] = await db.orm.insert(audit).values(entry).returning();

    expect(row).toMatchObject(entry);
  });
});

describe('text that Postgres cannot store', () => {
  it('is stored with the replacement character, in keys too', async () => {
    const text = jsonText({ 'a\0': ['x\0y', '\uD83D', 'ok 😀 \\u0000'] });
    const [row] = await db.sql`select ${text}::jsonb as doc, ${storableText('p\0q')}::text as word`;

    expect(row).toEqual({ doc: { 'a\uFFFD': ['x\uFFFDy', '\uFFFD', 'ok 😀 \\u0000'] }, word: 'p\uFFFDq' });
  });

  it('leaves every other document as it was', () => {
    expect(jsonText({ a: '\u0001\n"\\u0000"' })).toBe(JSON.stringify({ a: '\u0001\n"\\u0000"' }));
    expect(jsonText(undefined)).toBe('null');
  });
});

describe('a transaction', () => {
  it('leaves nothing behind when its work throws', async () => {
    const failing = inTransaction(db, async (tx) => {
      await tx.sql`update numbers set value = 99 where id = 1`;
      await tx.orm.insert(audit).values({
        at: '2026-03-02T08:00:00.000Z',
        by: 'nobody',
        channelId: null,
        orderId: null,
        action: 'undone',
        detail: {},
      });
      throw new Error('on second thought');
    });

    await expect(failing).rejects.toThrow('on second thought');
    const [row] = await db.sql`
      select (select value from numbers where id = 1) as value, (select count(*)::int from audit where by = 'nobody') as audits`;
    expect(row).toEqual({ value: 0, audits: 0 });
  });

  it('is done again after a deadlock, until both of two have gone through', async () => {
    await db.sql`update numbers set value = 0`;
    let attempts = 0;
    let arrived = 0;
    let bothHoldOne = (): void => undefined;
    const meet = new Promise<void>((resolve) => {
      bothHoldOne = resolve;
    });
    const crossing = (first: number, second: number) => async (tx: Tx) => {
      attempts += 1;
      await tx.sql`update numbers set value = value + 1 where id = ${first}`;
      arrived += 1;
      if (arrived === 2) bothHoldOne();
      await meet;
      await tx.sql`update numbers set value = value + 1 where id = ${second}`;
    };

    await Promise.all([inTransaction(db, crossing(1, 2)), inTransaction(db, crossing(2, 1))]);

    expect(attempts).toBe(3);
    expect((await db.sql`select value from numbers order by id`).map((row) => Number(row['value']))).toEqual([
      2, 2,
    ]);
  });

  it('is not done again after a refusal of another kind', async () => {
    let attempts = 0;
    const failing = inTransaction(db, async (tx) => {
      attempts += 1;
      await tx.sql`insert into numbers values (1, 1)`;
    });

    const error = await failing.catch((thrown: unknown) => thrown);
    expect(sqlStateOf(error)).toBe('23505');
    expect(attempts).toBe(1);
  });

  it('whose connection is lost is refused, ends no process, and the next ones go through', async () => {
    const valueOf2 = async (): Promise<number | undefined> =>
      (await db.sql<{ value: number }[]>`select value from numbers where id = 2`)[0]?.value;
    const before = await valueOf2();
    const lost = Array.from({ length: 20 }, (_, n) =>
      inTransaction(db, async (tx) => {
        // Several statements travel together, as in the ingress; the connection ends under one of them.
        await Promise.all([
          tx.sql`select pg_sleep(${n / 1_000})`.execute(),
          tx.sql`select pg_terminate_backend(pg_backend_pid())`.execute(),
          tx.sql`update numbers set value = value + 1 where id = 2`.execute(),
        ]);
      }),
    );
    const outcomes = await Promise.allSettled(lost);

    expect(outcomes.map(({ status }) => status)).toEqual(Array(20).fill('rejected'));
    // What the client does behind its answers would end this process within a turn or two.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    // Connections that were still closing may refuse one more.
    await vi.waitFor(
      async () => {
        const values = await Promise.all(
          Array.from({ length: 20 }, () =>
            inTransaction(db, (tx) => tx.sql<{ value: number }[]>`select value from numbers where id = 2`),
          ),
        );
        expect(values.map(([row]) => row?.value)).toEqual(Array(20).fill(before));
      },
      { timeout: 60_000, interval: 50 },
    );
  });

  it('tells the state of a refusal that drizzle has wrapped', async () => {
    const entry = { at: 'not a time', by: 'x', channelId: null, orderId: null, action: 'x', detail: {} };
    const error = await db.orm
      .insert(audit)
      .values(entry)
      .catch((thrown: unknown) => thrown);

    expect(sqlStateOf(error)).toBe('22007');
    expect(sqlStateOf(new Error('ours'))).toBeNull();
  });
});
