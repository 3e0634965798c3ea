// What the store changes of an order after a label was made: noticed when it is read again, shown, and dealt with.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { approveOrder } from '../../db/approve-steps.ts';
import type { Database } from '../../db/database.ts';
import { storeSingleReads } from '../../db/import-slice.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  canonicalOrder,
  CHANNEL,
  clearOutbox,
  deliver,
  emptyAll,
  fact,
  openTestDatabase,
  orderRow,
  outboxRows,
} from './order-life.ts';

let db: Database;
beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await addTestChannel(db);
  await addTestOrder(db, 1001, { quantities: [2] });
});

/** The store's next version of the order, as an import reads it. */
async function readAgain(quantity: number, minute: number): Promise<void> {
  const order = {
    ...canonicalOrder(1001, { quantities: [quantity] }),
    modifiedAt: at(minute).replace('.000', ''),
  };
  await storeSingleReads(db, {
    channelId: CHANNEL,
    rows: [
      {
        kind: 'order',
        order,
        contentHash: `changed-${String(minute)}`,
        readAt: at(minute),
        verdict: { admitted: true },
        wantsLifecycle: { wants: true },
      },
    ],
    now: at(minute),
  });
}

test('a change before any label asks for nobody', async () => {
  await readAgain(3, 10);
  expect(await orderRow(db, 1001)).toMatchObject({ storeChange: null, attention: null });
});

test('a change after a label is shown with what changed, and tells the lifecycle', async () => {
  await deliver(db, 1001, fact('label.created', { minute: 5 }));
  await clearOutbox(db);
  await readAgain(3, 10);
  expect(await orderRow(db, 1001)).toMatchObject({
    attention: 'changed',
    attentionReason: 'After a label was made the store changed line 10010 (2 → 3).',
    storeChange: { at: at(10), what: 'line 10010 (2 → 3)' },
  });
  expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
});

test('a label that replaces the old one clears it', async () => {
  await deliver(db, 1001, fact('label.created', { minute: 5 }));
  await readAgain(3, 10);
  await deliver(db, 1001, fact('label.replaced', { minute: 20, number: 'TRACK-2', replaces: 'TRACK-1' }));
  expect((await orderRow(db, 1001)).attention).toBeNull();
});

test('a person who has seen it clears it, with the word change or without', async () => {
  await deliver(db, 1001, fact('label.created', { minute: 5 }));
  await readAgain(3, 10);
  const word = { channelId: CHANNEL, orderId: 1001, step: 'change', reason: 'fits', by: 'ana', now: at(12) };
  expect(await approveOrder(db, word)).toMatchObject({ ok: true, changed: true, steps: [] });
  expect(await orderRow(db, 1001)).toMatchObject({ attention: null, storeChange: null });
  expect(await approveOrder(db, word)).toMatchObject({ ok: false, code: 'nothing_waits' });
});
