// Reconciliation of a window of creations: counts first, pages only where they differ.
import { afterEach, describe, expect, it } from 'vitest';
import { reconcileWindow } from '../../activities/reconcile-window.ts';
import { asAttempt, CHANNEL, importAll, openStoreSide, type StoreSide } from './store-side.ts';

let side: StoreSide;
afterEach(async () => {
  await side.close();
});

const DAY_MS = 86_400_000;
const second = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const reconcile = () =>
  asAttempt(() =>
    reconcileWindow(side.deps, {
      channelId: CHANNEL,
      from: second(Date.now() - DAY_MS),
      to: second(Date.now() + 60_000),
    }),
  );

describe('a window', () => {
  it('that agrees costs one call', async () => {
    side = await openStoreSide(import.meta.url);
    side.store.addOrders([{ kind: 'plain' }, { kind: 'plain' }, { kind: 'plain', statusId: 5 }]);
    await importAll(side);
    expect(await reconcile()).toEqual({ differs: false, ordersRead: 0, repaired: 0, apiCalls: 1 });
  });

  it('that lost an order gets it back', async () => {
    side = await openStoreSide(import.meta.url);
    const [id = 0] = side.store.addOrders([{ kind: 'plain' }, { kind: 'plain' }]);
    await importAll(side);
    await side.db.sql`delete from orders where order_id = ${id}`;
    expect(await reconcile()).toEqual({ differs: true, ordersRead: 2, repaired: 1, apiCalls: 2 });
    expect(await reconcile()).toMatchObject({ differs: false });
  });

  it('with an order that changed its status unseen is brought up to date', async () => {
    side = await openStoreSide(import.meta.url);
    const [id = 0] = side.store.addOrders([{ kind: 'plain', statusId: 11 }]);
    await importAll(side);
    side.store.editOrder(id, { status_id: 5 });
    expect(await reconcile()).toMatchObject({ differs: true, repaired: 1 });
    const [row] = await side.db.sql<
      { status: number }[]
    >`select status_id as status from orders where order_id = ${id}`;
    expect(row?.status).toBe(5);
  });

  it('leaves orders alone that the channel does not admit', async () => {
    side = await openStoreSide(import.meta.url);
    side.store.addOrders([
      { kind: 'plain', statusId: 0 },
      { kind: 'plain', statusId: 2 },
      { kind: 'plain', channelId: 2 },
    ]);
    await importAll(side);
    expect(await reconcile()).toMatchObject({ differs: false });
  });
});

const goneOf = async (orderId: number): Promise<string | null | undefined> => {
  const [row] = await side.db.sql<{ gone: string | null }[]>`
    select gone from orders where order_id = ${orderId}`;
  return row?.gone;
};

describe('an order that the store lists no more', () => {
  /** Another order that is missing here, so that the window is listed at all. */
  async function archived(): Promise<number> {
    side = await openStoreSide(import.meta.url);
    const [id = 0, other = 0] = side.store.addOrders([{ kind: 'plain' }, { kind: 'plain' }]);
    await importAll(side);
    side.store.editOrder(id, { is_deleted: true });
    await side.db.sql`delete from orders where order_id = ${other}`;
    return id;
  }

  it('is read once, marked with a decision, and makes no window differ again', async () => {
    const id = await archived();
    expect(await reconcile()).toMatchObject({ differs: true, ordersRead: 2, repaired: 2 });
    expect(await goneOf(id)).toBe('archived');
    const told = await side.db.sql`
      select outcome from decisions where order_id = ${id} and outcome like 'gone:%'`;
    expect([...told]).toEqual([{ outcome: 'gone:archived' }]);
    expect(await reconcile()).toEqual({ differs: false, ordersRead: 0, repaired: 0, apiCalls: 1 });
  });

  it('asks for a person while it is not at its end', async () => {
    const id = await archived();
    await reconcile();
    const [row] = await side.db.sql`
      select attention, attention_reason as reason from orders where order_id = ${id}`;
    expect(row).toEqual({
      attention: 'changed',
      reason: 'The order was archived in the store, although it is not at its end.',
    });
  });

  it('loses its mark when it is read as listed again', async () => {
    const id = await archived();
    await reconcile();
    side.store.editOrder(id, { is_deleted: false });
    await importAll(side, { orderIds: [id] });
    expect(await goneOf(id)).toBeNull();
  });
});
