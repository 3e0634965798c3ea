// The line that webhooks of stores stand in: nobody is refused, and what finds no room is left to the poll.
import { expect, test, vi } from 'vitest';
import { createWebhookLine, LEFT_TO_POLL } from '../../client/http/store-webhook-line.ts';

/** Work that ends when it is told to, in the sequence in which it was begun. */
function workshop() {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  return {
    begun,
    work: (n: number) => async (): Promise<number> => {
      begun.push(n);
      await new Promise<void>((resolve) => ends.push(resolve));
      return n;
    },
    endOne: () => ends.shift()?.(),
  };
}
const PATIENT_MS = 600_000;
/** What is waited for is there in a moment; a busy machine may take its time. */
const SOON = { timeout: 60_000 };

test('as many are at work as may be, and the others follow in the sequence of their arrival', async () => {
  const line = createWebhookLine({ atOnce: 2, waitingMax: 10, waitMs: PATIENT_MS });
  const shop = workshop();
  const answers = Promise.all([1, 2, 3, 4, 5].map((n) => line.take(shop.work(n))));
  await vi.waitFor(() => expect(shop.begun).toEqual([1, 2]), SOON);
  shop.endOne();
  await vi.waitFor(() => expect(shop.begun).toEqual([1, 2, 3]), SOON);
  for (const expected of [4, 5]) {
    shop.endOne();
    await vi.waitFor(() => expect(shop.begun).toHaveLength(expected), SOON);
  }
  shop.endOne();
  shop.endOne();
  expect(await answers).toEqual([1, 2, 3, 4, 5]);
});

test('one more than may wait is left to the poll at once, without being looked at', async () => {
  const line = createWebhookLine({ atOnce: 1, waitingMax: 1, waitMs: PATIENT_MS });
  const shop = workshop();
  const taken = [1, 2].map((n) => line.take(shop.work(n)));
  expect(await line.take(shop.work(3))).toBe(LEFT_TO_POLL);
  await vi.waitFor(() => expect(shop.begun).toEqual([1]), SOON);
  shop.endOne();
  await vi.waitFor(() => expect(shop.begun).toEqual([1, 2]), SOON);
  shop.endOne();
  expect(await Promise.all(taken)).toEqual([1, 2]);
});

test('whoever waits for too long is left to the poll, and its place is free again', async () => {
  const line = createWebhookLine({ atOnce: 1, waitingMax: 1, waitMs: 20 });
  const shop = workshop();
  const first = line.take(shop.work(1));
  expect(await line.take(shop.work(2))).toBe(LEFT_TO_POLL);
  expect(await line.take(shop.work(3))).toBe(LEFT_TO_POLL);
  await vi.waitFor(() => expect(shop.begun).toEqual([1]), SOON);
  shop.endOne();
  expect(await first).toBe(1);
});

test('work that fails tells its own caller, and gives its place on', async () => {
  const line = createWebhookLine({ atOnce: 1, waitingMax: 5, waitMs: PATIENT_MS });
  const failing = line.take(() => Promise.reject(new Error('away')));
  const next = line.take(() => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('away');
  expect(await next).toBe('done');
  expect(await line.take(() => Promise.resolve('again'))).toBe('again');
});
