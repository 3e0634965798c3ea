// The list pages of a simulated store as files, each the bytes of one answer to the import's own question.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { listParameters } from '../../bigcommerce/list-filter.ts';
import { readIdentity } from '../../bigcommerce/translate.ts';

export const PAGE_SIZE = 250;

/** Writes all of them into the folder, named in their sequence. */
export async function writePages(
  store: { url: string; storeHash: string; token: string },
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  let minId = 1;
  for (let number = 1; ; number += 1) {
    const query = listParameters({ sort: 'id:asc', limit: PAGE_SIZE, minId });
    const answer = await fetch(`${store.url}/stores/${store.storeHash}/v2/orders?${query.toString()}`, {
      headers: { 'x-auth-token': store.token, accept: 'application/json' },
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (bytes.length === 0) return;
    const orders = JSON.parse(bytes.toString('utf8')) as unknown[]; // the simulator answers lists
    await writeFile(path.join(folder, `${String(number).padStart(6, '0')}.json`), bytes);
    minId = (readIdentity(orders.at(-1)).orderId ?? 0) + 1;
    if (orders.length < PAGE_SIZE) return;
  }
}
