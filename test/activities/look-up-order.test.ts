// Asking the store about one order for `waybill explain`: judged by the gate as if it were new, and nothing is stored.
import { afterEach, describe, expect, it } from 'vitest';
import { lookUpOrder } from '../../activities/look-up-order.ts';
import { asAttempt, CHANNEL, importAll, openStoreSide, type StoreSide } from './store-side.ts';

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
