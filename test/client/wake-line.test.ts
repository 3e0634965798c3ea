// Who is told, and how often: news of one order is joined while it waits, failures are repeated, nothing waits for ever.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createWakeLine, type WakeLine } from '../../client/http/wake-line.ts';

interface Told {
  channelId: string;
  orderId: number;
  words: string;
}

const LINGER_MS = 500;
const LINGER_MAX_MS = 1_200;
let told: string[];
let failures: { words: string; last: boolean }[];
/** What the other side answers next; by default it takes everything at once. */
let answer: (news: Told) => Promise<void>;
let line: WakeLine<Told>;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  failures = [];
  answer = async () => undefined;
  line = createWakeLine<Told>({
    tell: async (news) => {
      told.push(`${String(news.orderId)}:${news.words}`);
      await answer(news);
    },
    join: (older, newer) => ({ ...newer, words: `${older.words}+${newer.words}` }),
    onFailure: (_, { words }, last) => failures.push({ words, last }),
    lingerMs: LINGER_MS,
    lingerMaxMs: LINGER_MAX_MS,
    concurrentMax: 2,
    lengthMax: 4,
  });
});
afterEach(() => {
  vi.useRealTimers();
});

function add(orderId: number, words: string, atOnce = false): void {
  line.add({ channelId: 'shop', orderId, words }, atOnce);
}
const after = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('a line of orders to be told', () => {
  test('tells an order once when nothing more came for a moment', async () => {
    add(1, 'label');
    await after(LINGER_MS - 1);
    add(1, 'scan');
    add(2, 'label');
    await after(LINGER_MS - 1);
    expect(told).toEqual([]);
    await after(1);
    expect(told).toEqual(['1:label+scan', '2:label']);
    expect(line.length).toBe(0);
  });

  test('does not wait for the end of news that does not end', async () => {
    for (let n = 0; n < 6; n += 1) {
      add(1, String(n));
      await after(LINGER_MAX_MS / 6);
    }
    expect(told).toEqual(['1:0+1+2+3+4+5']);
  });

  test('keeps orders of two channels with one number apart', async () => {
    add(1, 'a');
    line.add({ channelId: 'other', orderId: 1, words: 'b' }, false);
    await after(LINGER_MS);
    expect(told).toEqual(['1:a', '1:b']);
  });

  test('does not wait where somebody waits for it, and takes along what waited', async () => {
    add(1, 'scan');
    add(1, 'word', true);
    await after(0);
    expect(told).toEqual(['1:scan+word']);
    await after(LINGER_MS);
    expect(told).toHaveLength(1);
  });

  test('tells an order again when news comes after it was told, also while that is on its way', async () => {
    let arrive = (): void => undefined;
    answer = () => new Promise((resolve) => (arrive = resolve));
    add(1, 'first', true);
    await after(0);
    add(1, 'second');
    arrive();
    await after(LINGER_MS);
    expect(told).toEqual(['1:first', '1:second']);
    arrive();
  });

  test('joins news of an order that waits for its turn', async () => {
    const arrivals: (() => void)[] = [];
    answer = () => new Promise((resolve) => arrivals.push(resolve));
    for (const id of [1, 2, 3]) add(id, 'a', true);
    await after(0);
    expect(told).toEqual(['1:a', '2:a']);
    add(3, 'b');
    arrivals[0]?.();
    await after(0);
    expect(told).toEqual(['1:a', '2:a', '3:a+b']);
    for (const arrive of arrivals) arrive();
    await after(0);
    expect(line.length).toBe(0);
  });

  test('repeats what failed after growing pauses, and gives up in the end', async () => {
    answer = () => Promise.reject(new Error('away'));
    add(1, 'a', true);
    await after(0);
    for (const seconds of [1, 2, 4, 8, 16]) {
      const before = told.length;
      await after(seconds * 1_000 - 1);
      expect(told).toHaveLength(before);
      await after(1);
      expect(told).toHaveLength(before + 1);
    }
    await after(600_000);
    expect(told).toHaveLength(6);
    expect(failures.map(({ last }) => last)).toEqual([false, false, false, false, false, true]);
    expect(line.length).toBe(0);
  });

  test('joins what failed with news that came meanwhile', async () => {
    answer = () => Promise.reject(new Error('away'));
    add(1, 'a', true);
    add(1, 'b');
    await after(0);
    answer = async () => undefined;
    await after(LINGER_MS);
    expect(told).toEqual(['1:a', '1:a+b']);
    await after(60_000);
    expect(told).toHaveLength(2);
  });

  test('forgets what does not fit, but never news of an order that waits', async () => {
    for (const id of [1, 2, 3, 4, 5]) add(id, 'a');
    add(4, 'b');
    await after(LINGER_MS);
    expect(told).toEqual(['1:a', '2:a', '3:a', '4:a+b']);
  });

  test('tells what waits when it is stopped, and takes nothing more', async () => {
    for (const id of [1, 2, 3]) add(id, 'a');
    await line.stop(5_000);
    expect(told).toEqual(['1:a', '2:a', '3:a']);
    add(4, 'a');
    await after(LINGER_MS);
    expect(told).toHaveLength(3);
  });

  test('is stopped after the deadline although nobody answers', async () => {
    answer = () => new Promise(() => undefined);
    for (const id of [1, 2, 3]) add(id, 'a');
    let stopped = false;
    const stopping = line.stop(5_000).then(() => (stopped = true));
    await after(4_999);
    expect(stopped).toBe(false);
    await after(1);
    await stopping;
    expect(told).toEqual(['1:a', '2:a']);
  });
});
