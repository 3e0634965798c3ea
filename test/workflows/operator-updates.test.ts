// What an operator may say of a running order by update: recorded before it is answered, refused with a sentence, and a
// retry that cuts short the waiting of a write.
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLifecycle, wakeLifecycle } from '../../client/orders.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { approve, override, pause, resend, retry, state, type OrderState } from '../../workflows/contract.ts';
import { FakeOrders } from './fake-orders.ts';
import { eventually, withoutTheServersOwn, type WorkflowWorld } from './test-workers.ts';
import { workflowWorld } from './workflow-world.ts';

/** The world may be as slow as a machine with eight others on it. */
const PATIENCE_MS = 60_000;

const orders = new FakeOrders();
let world: WorkflowWorld;
beforeAll(async () => {
  world = await workflowWorld(import.meta.url, orders.activities());
});
afterAll(() => world.close());

let lastOrderId = 2000;
async function followed(changes: Parameters<FakeOrders['row']>[1] = {}) {
  const orderId = ++lastOrderId;
  const row = orders.row(orderId, changes);
  const address = { channelId: 'acme', orderId };
  const workflowId = orderLifecycleId('acme', orderId);
  await openLifecycle(world.client, address);
  await eventually(
    () => expect(orders.settlements.some((question) => question.orderId === orderId)).toBe(true),
    PATIENCE_MS,
  );
  return { orderId, row, address, workflowId, handle: world.client.workflow.getHandle(workflowId) };
}

/** The sentence of a refusal, without the wrappers around it. */
async function refusalOf(update: Promise<unknown>): Promise<string> {
  const error: unknown = await update.then(
    () => null,
    (caught: unknown) => caught,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error('was not refused', { cause: error });
  return error.cause instanceof Error ? error.cause.message : '';
}

describe('an override', () => {
  test('is recorded before it is answered', async () => {
    const { handle, orderId } = await followed();
    const args = { stage: 'shipped', reason: 'told by phone', by: 'ana' } as const;
    expect(await handle.executeUpdate(override, { args: [args] })).toMatchObject({ stage: 'shipped' });
    expect(orders.words).toContain(`override ${String(orderId)} shipped by ana: told by phone`);
  });

  test('to an end ends the run', async () => {
    const { handle } = await followed();
    const args = { stage: 'cancelled', reason: 'the shopper called' } as const;
    await handle.executeUpdate(override, { args: [args] });
    expect(await handle.result()).toMatchObject({ stage: 'cancelled' });
  });

  test.each([
    ['a word that is no stage', { stage: 'in transit', reason: 'x' }, /one of imported, trackable/],
    ['no reason', { stage: 'shipped' }, /Say why/],
  ])('is refused for %s, and leaves no event', async (_name, word, sentence) => {
    let before: string[] = [];
    const after = await withoutTheServersOwn(async () => {
      const { handle, workflowId } = await followed();
      await world.idle(workflowId);
      before = await world.eventTypes(workflowId);
      // By name, as a person types it: nothing checks the words before the run does.
      const typed = handle.executeUpdate<OrderState, [object]>('override', { args: [word] });
      expect(await refusalOf(typed)).toMatch(sentence);
      return world.eventTypes(workflowId);
    });
    expect(after).toEqual(before);
  });
});

describe('an approval', () => {
  test('needs no words at all', async () => {
    const { handle, orderId } = await followed();
    await handle.executeUpdate<OrderState, []>('approve', { args: [] });
    expect(orders.words).toContain(`approve ${String(orderId)} by an operator, by update: `);
  });

  test('is refused while the order is paused', async () => {
    const { handle } = await followed();
    await handle.executeUpdate(pause, { args: [{ reason: 'address check' }] });
    expect(await refusalOf(handle.executeUpdate(approve, { args: [{}] }))).toMatch(/paused/);
  });
});

describe('a resend', () => {
  test('is recorded with what it names', async () => {
    const { handle, orderId } = await followed();
    await handle.executeUpdate(resend, { args: [{ step: 'NR-1', by: 'ana' }] });
    expect(orders.words.filter((word) => word.startsWith(`resend ${String(orderId)} `))).toHaveLength(1);
  });

  test('is refused while the order is paused', async () => {
    const { handle } = await followed();
    await handle.executeUpdate(pause, { args: [{ reason: 'address check' }] });
    expect(await refusalOf(handle.executeUpdate(resend, { args: [{}] }))).toMatch(/paused/);
  });
});

describe('a retry', () => {
  test('that the database refuses is answered with its sentence, and the run goes on', async () => {
    const { handle } = await followed();
    const refusal = await refusalOf(handle.executeUpdate(retry, { args: [{ step: 'no-such' }] }));
    expect(refusal).toBe('No such write-back.');
    expect(await handle.query(state)).toMatchObject({ stage: 'imported' });
  });

  test('cuts short the wait for the next attempt of a write', async () => {
    let failing = true;
    orders.beforeWrite = async (id) => {
      if (id === 'stubborn' && failing) {
        throw ApplicationFailure.create({
          type: 'BigCommerceUnavailable',
          message: 'The store is away.',
          nextRetryDelay: '2 h',
        });
      }
    };
    const { handle, row } = await followed({ steps: [{ id: 'stubborn', notBefore: 0 }] });
    await eventually(() => expect(orders.writeAttempts).toContain('stubborn'), PATIENCE_MS);
    failing = false;
    await handle.executeUpdate(retry, { args: [{ by: 'ana' }] });
    await eventually(() => expect(row.written).toEqual(['stubborn']), PATIENCE_MS);
    // The first attempt, and the one that was asked for.
    expect(orders.writeAttempts.filter((id) => id === 'stubborn')).toHaveLength(2);
  });

  test('reaches the run by any wake, not only by its own message', async () => {
    let failing = true;
    orders.beforeWrite = async (id) => {
      if (id === 'elsewhere' && failing)
        throw ApplicationFailure.create({ message: 'The store is away.', nextRetryDelay: '2 h' });
    };
    const step = { id: 'elsewhere', notBefore: 0, retryAt: '2026-01-01T00:00:00.000Z' };
    const { row, address } = await followed({ steps: [step] });
    await eventually(() => expect(orders.writeAttempts).toContain('elsewhere'), PATIENCE_MS);
    failing = false;
    step.retryAt = '2026-01-01T00:00:01.000Z';
    await wakeLifecycle(world.client, { ...address, reason: 'sweep' });
    await eventually(() => expect(row.written).toEqual(['elsewhere']), PATIENCE_MS);
  });

  test('never starts a second attempt beside one that is at work', async () => {
    let atWork = 0;
    let mostAtWork = 0;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    orders.beforeWrite = async (id) => {
      if (id !== 'slow') return;
      atWork += 1;
      mostAtWork = Math.max(mostAtWork, atWork);
      await held;
      atWork -= 1;
    };
    const { handle, row } = await followed({ steps: [{ id: 'slow', notBefore: 0 }] });
    await eventually(() => expect(orders.writeAttempts).toContain('slow'), PATIENCE_MS);
    await handle.executeUpdate(retry, { args: [{}] });
    await handle.executeUpdate(retry, { args: [{}] });
    expect(orders.writeAttempts.filter((id) => id === 'slow')).toHaveLength(1);
    release();
    await eventually(() => expect(row.written).toContain('slow'), PATIENCE_MS);
    expect(mostAtWork).toBe(1);
  });
});
