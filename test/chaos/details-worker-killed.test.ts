/**
 * The worker is killed in the middle of the details of one page, under a quota that does not let them through at once: what
 * was answered is not asked again. Only a call that was under way when the process died may be made once more, because
 * nobody can know whether it was answered; calls go one after the other, so that is at most one a death. Real processes.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandResult, eventually } from '../support/programs.ts';
import { NO_SCHEDULED_IMPORT, openProgramWorld, type ProgramWorld } from './program-world.ts';

const CHANNEL = 'details';
const STORE_HASH = 'details01';
const TOKEN = 'details-token';
const ORDERS = 250;
/** The API's window of 30 s, made short: only the proportion of 100 calls a window counts. */
const WINDOW_SECONDS = 5;
const LIMIT = 100;
/** So that a kill hits a call under way more often than the time between two. */
const SLOW_CALL_MS = 30;
/** How many payments were asked for when the worker dies: in the middle of a slice, which asks for 25. */
const KILL_AT = [37, 112, 190];
/** A dead worker is noticed by the heartbeat that does not come (30 s), and three of them die. */
const DEADLINE_MS = 900_000;

let world: ProgramWorld;

beforeAll(async () => {
  world = await openProgramWorld(import.meta.url, {
    ...{ storeHash: STORE_HASH, token: TOKEN },
    stock: (store) => {
      store.addOrders(
        Array.from({ length: ORDERS }, () => ({ kind: 'cod', paymentMethod: 'Contanti alla consegna' })),
      );
      store.setFaults([{ match: { path: 'transactions' }, fault: 'latency', latencyMs: SLOW_CALL_MS }]);
    },
  });
  await world.addChannel(CHANNEL, [
    'channel.profile=import_only',
    `throttle.limit=${String(LIMIT)}`,
    `throttle.window_seconds=${String(WINDOW_SECONDS)}`,
    ...NO_SCHEDULED_IMPORT,
  ]);
});

afterAll(() => world?.close());

/** Calls for payments in the sequence in which the store was asked, by order. */
const asked = (): string[] =>
  world.store
    .requests()
    .list.map((call) => /\/orders\/(\d+)\/transactions/.exec(call.path)?.[1])
    .filter((id) => id !== undefined);

it(
  'a page whose details need 250 calls is finished, and no answered call is made again',
  async () => {
    world.store.resetRequests();
    await commandResult(['import', CHANNEL, '--detach'], world.environment);
    for (const count of KILL_AT) {
      await eventually(
        `${String(count)} payments are asked for`,
        async () => (asked().length >= count ? true : null),
        DEADLINE_MS,
        5,
      );
      await world.nextWorker();
    }
    const counts = await eventually(
      'the import ends',
      async () => {
        const [run] = await world.db.sql<{ counts: { seen: number; created: number } }[]>`
          select counts from import_runs where channel_id = ${CHANNEL} and state = 'done'`;
        return run?.counts ?? null;
      },
      DEADLINE_MS,
    );
    expect(counts).toMatchObject({ seen: ORDERS, created: ORDERS });
    const calls = asked();
    const again = calls.filter((id, at) => calls.indexOf(id) !== at);
    // Calls go one after the other, so what was under way at a death is what the next worker begins with.
    const begunWith = calls.filter((id, at) => calls[at - 1] === id);
    process.stderr.write(
      `  ${String(calls.length)} calls for ${String(ORDERS)} orders; ${String(again.length)} made again after ${String(KILL_AT.length)} deaths\n`,
    );
    expect(new Set(calls).size).toBe(ORDERS);
    expect(again).toEqual(begunWith);
    expect(again.length).toBeLessThanOrEqual(KILL_AT.length);
    const [rows] = await world.db.sql<{ paid: number }[]>`
      select count(*)::int as paid from orders
      where channel_id = ${CHANNEL} and jsonb_array_length(canonical -> 'payments') > 0`;
    expect(rows?.paid).toBe(ORDERS);
  },
  DEADLINE_MS,
);
