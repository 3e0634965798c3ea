// What an importer written with a usual client library does: a page of orders, then products, shipping addresses and
// coupons of each order, one call after the other. It keeps nothing.
import { z } from 'zod';

const PAGE_SIZE = 250;
/** Calls for each order beside its page. */
export const PLAIN_CALLS_PER_ORDER = ['products', 'shipping_addresses', 'coupons'] as const;

const page = z.array(z.looseObject({ id: z.number() }));

/** Reads all orders of the store; answers how many and with how many calls. */
export async function plainImport(store: {
  url: string;
  storeHash: string;
  token: string;
}): Promise<{ orders: number; calls: number }> {
  let calls = 0;
  const get = async (path: string): Promise<unknown> => {
    calls += 1;
    const answer = await fetch(`${store.url}/stores/${store.storeHash}/v2${path}`, {
      headers: { 'x-auth-token': store.token, accept: 'application/json' },
    });
    return answer.status === 204 ? [] : answer.json();
  };
  let orders = 0;
  for (let number = 1; ; number += 1) {
    const found = page.parse(await get(`/orders?limit=${String(PAGE_SIZE)}&page=${String(number)}`));
    for (const { id } of found) {
      for (const part of PLAIN_CALLS_PER_ORDER) await get(`/orders/${String(id)}/${part}`);
    }
    orders += found.length;
    if (found.length < PAGE_SIZE) return { orders, calls };
  }
}
