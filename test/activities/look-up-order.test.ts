// Asking the store about one order for `waybill explain`: judged by the gate as if it were new, and nothing is stored.
import { afterEach, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { lookUpOrder } from '../../activities/look-up-order.ts';
import { dropOldTraces, takeTrace, TRACE_KEPT_MS } from '../../db/look-up-traces.ts';
import { asAttempt, CHANNEL, importAll, openStoreSide, TOKEN, type StoreSide } from './store-side.ts';

let side: StoreSide;
afterEach(async () => {
  await side.close();
});

const ask = (orderId: number) => asAttempt(() => lookUpOrder(side.deps, { channelId: CHANNEL, orderId }));

describe('an order of the store', () => {
  it('that the gate would stop is answered with the rule and the setting, and is not stored', async () => {
    side = await openStoreSide(import.meta.url);
    const [id = 0] = side.store.addOrders([{ kind: 'plain', statusId: 7 }]);
    expect(await ask(id)).toMatchObject({
      found: true,
      orderId: id,
      statusId: 7,
      admitted: false,
      rule: 'default_exclude',
      setting: 'orders.import.statuses.default_exclude',
    });
    for (const table of ['orders', 'decisions', 'hints', 'import_runs'])
      expect(await side.db.sql`select 1 from ${side.db.sql(table)} limit 1`, table).toHaveLength(0);
  });

  it('that would be taken in says so, and names nobody', async () => {
    side = await openStoreSide(import.meta.url);
    const [id = 0] = side.store.addOrders([{ kind: 'plain', statusId: 11 }]);
    const answer = await ask(id);
    expect(answer).toMatchObject({ found: true, admitted: true, rule: null, followed: true });
    await importAll(side);
    const [row] = await side.db.sql<{ email: string }[]>`
      select canonical->'billingAddress'->>'email' as email from orders where order_id = ${id}`;
    expect(row?.email).not.toBe('');
    expect(JSON.stringify(answer)).not.toContain(row?.email);
  });

  it('that is not there is an answer and no failure', async () => {
    side = await openStoreSide(import.meta.url);
    expect(await ask(999_999)).toEqual({ found: false, channelId: CHANNEL, orderId: 999_999 });
  });
});

describe('a record of what went over the wire', () => {
  const traced = (orderId: number, id: string) =>
    asAttempt(() => lookUpOrder(side.deps, { channelId: CHANNEL, orderId, trace: id }));
  const take = (id: string) => takeTrace(side.db, side.deps.secrets, { channelId: CHANNEL, id });
  const kept = () => side.db.sql<{ answer: object }[]>`select answer from import_details`;

  it('is kept sealed, is taken once, and holds request, answer and what was made of it (I-71)', async () => {
    side = await openStoreSide(import.meta.url);
    const [orderId = 0] = side.store.addOrders([{ statusId: 7, billing: { email: 'ada@example.com' } }]);
    const id = randomUUID();
    const answer = await traced(orderId, id);
    expect(JSON.stringify([answer, await kept()])).not.toContain('ada@example.com');

    const seen = await take(id);
    const [exchange] = seen?.exchanges ?? [];
    expect(exchange).toMatchObject({ method: 'GET', status: 200, sent: null });
    expect(exchange?.path).toContain(`/v2/orders/${String(orderId)}`);
    expect(exchange?.answer).toMatchObject({ id: orderId, billing_address: { email: 'ada@example.com' } });
    expect(seen?.understood?.order.billingAddress.email).toBe('ada@example.com');
    expect(seen?.understood?.verdict).toMatchObject({ admitted: false, rule: 'default_exclude' });
    expect(JSON.stringify(seen)).not.toContain(TOKEN);
    expect(await take(id)).toBeNull();
    expect(JSON.stringify(side.log)).not.toContain('ada@example.com');
  });

  it('is kept of a question that failed, as of its last attempt', async () => {
    side = await openStoreSide(import.meta.url);
    const [orderId = 0] = side.store.addOrders([{ statusId: 11 }]);
    const id = randomUUID();
    side.store.setFaults([{ fault: 'html', times: 2 }]);
    await expect(traced(orderId, id)).rejects.toThrow();
    await expect(traced(orderId, id)).rejects.toThrow();
    const seen = await take(id);
    expect(seen?.exchanges).toHaveLength(1);
    expect(seen?.understood).toBeNull();
    expect(seen?.exchanges[0]?.answer).toEqual(expect.stringContaining('<'));
  });

  it('that nobody takes is gone after a quarter of an hour', async () => {
    side = await openStoreSide(import.meta.url);
    const [orderId = 0] = side.store.addOrders([{ statusId: 11 }]);
    await traced(orderId, randomUUID());
    const later = (ms: number) => new Date(Date.now() + ms).toISOString();
    await dropOldTraces(side.db, later(0));
    expect(await kept()).toHaveLength(1);
    await dropOldTraces(side.db, later(TRACE_KEPT_MS + 60_000));
    expect(await kept()).toHaveLength(0);
  });

  it('belongs to its channel and to nobody who has another key', async () => {
    side = await openStoreSide(import.meta.url);
    const [orderId = 0] = side.store.addOrders([{ statusId: 11 }]);
    const id = randomUUID();
    await traced(orderId, id);
    await expect(takeTrace(side.db, side.deps.secrets, { channelId: 'other', id })).rejects.toThrow();
  });
});
