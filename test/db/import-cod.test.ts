// A change of the rules of cash on delivery: counted before it is saved, then applied to orders that are not shipped yet.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeSettings, requireChannel } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { listDecisions } from '../../db/decisions.ts';
import { previewCod } from '../../db/import-cod.ts';
import { codRules } from '../../settings/import-rules.ts';
import { parseSettings } from '../../settings/parse-settings.ts';
import { databaseFor } from '../support/servers.ts';
import { addTestChannel, addTestOrder, CHANNEL, orderRow } from './order-life.ts';

const NOW = '2026-03-02T12:00:00.000Z';
let db: Database;
beforeAll(async () => {
  const { url } = await databaseFor(import.meta.url);
  db = openDatabase(url, { max: 4 });
});
afterAll(async () => {
  await db.close();
});
beforeEach(async () => {
  await db.sql`truncate orders, channels, decisions, outbox cascade`;
  await addTestChannel(db);
  await addTestOrder(db, 1);
  await addTestOrder(db, 2);
  await addTestOrder(db, 3);
  await addTestOrder(db, 4);
  await db.sql`update orders set canonical = canonical || '{"paymentMethod": "Contrassegno"}' where order_id in (1, 2)`;
  await db.sql`update orders set canonical = canonical || '{"paymentMethod": "Contrassegno POS"}' where order_id = 3`;
  await db.sql`update orders set stage = 'shipped' where order_id = 2`;
});

async function withMethods(payment_methods: string[]) {
  const { document } = await requireChannel(db, CHANNEL);
  const doc = { ...document, orders: { import: { cod: { payment_methods } } } };
  const parsed = parseSettings(doc);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { doc, rules: codRules(parsed.settings) };
}

describe('a preview (Q-23, K-17)', () => {
  it('counts what would change, names near misses, and changes nothing', async () => {
    const { rules } = await withMethods(['Contrassegno']);
    expect(await previewCod(db, { channelId: CHANNEL, rules })).toMatchObject({
      judged: 3,
      shipped: 1,
      becomeCod: 1,
      stopBeingCod: 0,
      examples: [
        {
          orderId: 1,
          from: 'not cash on delivery',
          to: 'cash on delivery by payment method "Contrassegno"',
        },
      ],
      similar: [{ orders: 1, text: expect.stringContaining('"Contrassegno POS" is similar') as string }],
    });
    expect((await orderRow(db, 1)).canonical.isCod).toBe(false);
  });
});

describe('saving the rules', () => {
  it('judges orders not shipped yet anew, with a decision each, and leaves shipped ones', async () => {
    const { doc } = await withMethods(['Contrassegno']);
    const changed = await changeSettings(db, { id: CHANNEL, doc, by: 'ann', now: NOW });
    expect(changed.cod).toEqual({ becameCod: 1, stoppedBeingCod: 0 });
    expect((await orderRow(db, 1)).canonical).toMatchObject({
      isCod: true,
      codReason: 'payment method "Contrassegno"',
      codAmount: '10.0000',
    });
    expect((await orderRow(db, 2)).canonical.isCod).toBe(false);
    expect((await orderRow(db, 3)).canonical.warnings).toMatchObject([{ code: 'cod_similar' }]);
    const [decision] = (await listDecisions(db, { channelId: CHANNEL, orderId: 1 })).filter(
      ({ outcome }) => outcome === 'cod:yes',
    );
    expect(decision?.detail).toContain(
      'not cash on delivery → cash on delivery by payment method "Contrassegno"',
    );
  });

  it('takes it back with the rule, and does nothing for other settings', async () => {
    const { doc } = await withMethods(['Contrassegno']);
    await changeSettings(db, { id: CHANNEL, doc, by: 'ann', now: NOW });
    const back = await withMethods(['Cash on Delivery']);
    const changed = await changeSettings(db, { id: CHANNEL, doc: back.doc, by: 'ann', now: NOW });
    expect(changed.cod).toEqual({ becameCod: 0, stoppedBeingCod: 1 });
    expect((await orderRow(db, 1)).canonical).toMatchObject({
      isCod: false,
      codReason: null,
      codAmount: null,
    });
    const other = { ...back.doc, lifecycle: { stale_after_days: 31 } };
    expect((await changeSettings(db, { id: CHANNEL, doc: other, by: 'ann', now: NOW })).cod).toBeNull();
  });
});
