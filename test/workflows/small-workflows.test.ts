import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WAYBILL_QUEUE, type WaybillWorkflows } from '../../workflows/contract.ts';
import { FakeImport } from './fake-import.ts';
import { FakeRest } from './fake-rest.ts';
import type { WorkflowWorld } from './test-workers.ts';
import { workflowWorld } from './workflow-world.ts';

const rest = new FakeRest();
const imports = new FakeImport();
let world: WorkflowWorld;
beforeAll(async () => {
  world = await workflowWorld(import.meta.url, { ...rest.activities(), ...imports.activities() });
});
afterAll(() => world.close());

/** A busy machine takes its time over a workflow that starts another one. */
const TWO_WORKFLOWS_MS = 120_000;
let runs = 0;
function execute<Name extends 'checkChannel' | 'reconcileChannel' | 'sweep' | 'watchWebhooks'>(
  type: Name,
  input: unknown,
) {
  return world.client.workflow.execute<WaybillWorkflows[Name]>(type, {
    workflowId: `${type}-${String(++runs)}`,
    taskQueue: WAYBILL_QUEUE,
    args: [input] as Parameters<WaybillWorkflows[Name]>, // whatever a person may type
  });
}
const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return (error as WorkflowFailedError).cause?.message ?? '';
};

describe('a check', () => {
  test('answers what the store said', async () => {
    expect(await execute('checkChannel', { channelId: 'acme' })).toMatchObject({
      ok: true,
      storeName: 'A shop',
    });
  });
  test('refuses a channel id that is none', async () => {
    expect(await refusal(execute('checkChannel', { channelId: '' }))).toMatch(/lower-case letters/);
  });
});

describe('a comparison', () => {
  test('offers open orders page by page, then compares windows that touch and do not overlap', async () => {
    const result = await execute('reconcileChannel', { channelId: 'acme', days: 12 });
    expect(result).toMatchObject({
      comparedWindows: 4,
      differingWindows: 1,
      ordersRead: 3,
      ordersRepaired: 1,
      shipmentsLost: 3,
      lifecyclesOffered: 4,
      apiCalls: 4,
    });
    const windows = rest.compared.slice(-4);
    for (const [index, window] of windows.entries()) {
      expect(window.from < window.to).toBe(true);
      if (index > 0) expect(window.to).toBe(windows[index - 1]?.from);
    }
    const days = (Date.parse(windows[0]?.to ?? '') - Date.parse(windows[3]?.from ?? '')) / 86_400_000;
    expect(days).toBeCloseTo(12, 3);
    // Once for the lost lifecycles, once for what was repaired.
    expect(imports.handedOver).toEqual(['acme', 'acme']);
  });
  test.each([0, 1.5, '7', -1, 100_000])('refuses %s days', async (days) => {
    expect(await refusal(execute('reconcileChannel', { channelId: 'acme', days }))).toMatch(/"days" must be/);
  });
});

describe('a look after webhooks', () => {
  test('that misses nothing imports nothing', async () => {
    const result = await execute('watchWebhooks', { channelId: 'quiet' });
    expect(result).toMatchObject({ inPlace: 3, silentSince: null });
    expect(imports.begun.filter(({ input }) => input.channelId === 'quiet')).toEqual([]);
  });

  test(
    'imports what changed since an hour before the silence, once',
    async () => {
      rest.missed.set('silent', '2026-03-01T07:00:00.000Z');
      await execute('watchWebhooks', { channelId: 'silent' });
      const child = world.client.workflow.getHandle('import:silent:manual:missed-2026-03-01T07:00:00.000Z');
      await child.result();
      expect(imports.begun.filter(({ input }) => input.channelId === 'silent')).toMatchObject([
        { input: { channelId: 'silent', from: '2026-03-01T06:00:00Z', basis: 'modified' } },
      ]);
      expect(await execute('watchWebhooks', { channelId: 'silent' })).toMatchObject({ silentSince: null });
    },
    TWO_WORKFLOWS_MS,
  );

  test('takes them away when it is told to', async () => {
    await execute('watchWebhooks', { channelId: 'gone', remove: true });
    expect(rest.looks.at(-1)).toEqual({ channelId: 'gone', remove: true });
  });

  test('refuses a channel id that is none', async () => {
    expect(await refusal(execute('watchWebhooks', { channelId: 'A B' }))).toMatch(/lower-case letters/);
  });
});

describe('a sweep', () => {
  test('takes all channels, or one', async () => {
    await execute('sweep', {});
    await execute('sweep', { channelId: 'acme' });
    await world.client.workflow.execute('sweep', {
      workflowId: 'sweep-bare',
      taskQueue: WAYBILL_QUEUE,
      args: [],
    });
    expect(rest.sweeps).toEqual([{}, { channelId: 'acme' }, {}]);
  });
  test('refuses a channel id that is none', async () => {
    expect(await refusal(execute('sweep', { channelId: 'A B' }))).toMatch(/lower-case letters/);
  });
});
