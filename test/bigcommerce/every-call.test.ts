// The list of all calls is whole, and all of them succeed against the simulated store.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyCall, makePlace, type NamedCall } from './every-call.ts';
import { simulatedSide, type SimulatedSide } from './simulated.ts';

let side: SimulatedSide;
let calls: NamedCall[];
beforeAll(async () => {
  side = await simulatedSide();
  calls = everyCall(await makePlace(side.bench, side.client));
});
afterAll(() => side.bench.close());

describe('the client', () => {
  it('has no call that the list of all calls leaves out', () => {
    expect([...new Set(calls.map((call) => call.name))].sort()).toEqual(Object.keys(side.client).sort());
  });

  it('makes each of its calls in one request, which the store takes', async () => {
    for (const call of calls) {
      side.bench.store.resetRequests();
      await call.run(side.client);
      expect([call.name, side.bench.store.requests().total]).toEqual([call.name, 1]);
    }
  });

  it('sends to an order a status or staff notes, alone, and nothing else ever', () => {
    const orderWrites = side.bench.store
      .writes()
      .filter((write) => write.method === 'PUT' && /^\/v2\/orders\/\d+$/.test(write.path));
    expect(orderWrites.map((write) => write.body)).toEqual([{ status_id: 9 }, { staff_notes: 'Packed' }]);
  });
});
