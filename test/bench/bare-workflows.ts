// The plain way to follow an order in Temporal: one handler, one condition. What our lifecycles are measured against.
import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';

export const moved = defineSignal<[string]>('moved');
export const seen = defineQuery<number>('seen');

export async function bareOrder(until: number): Promise<number> {
  let count = 0;
  setHandler(moved, () => {
    count += 1;
  });
  setHandler(seen, () => count);
  await condition(() => count >= until);
  return count;
}
