// Write-backs of a channel whose token cannot be had at all: the step waits for credentials as after a refusal, a person
// is asked, and what waits goes out once they are there again.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ActivityDeps } from '../../activities/deps.ts';
import { recordCheck, rotateSecret } from '../../db/channels.ts';
import { createSecretBox } from '../../db/secrets.ts';
import { getWriteBack } from '../../db/write-backs.ts';
import { CHANNEL, failureOf, settle, TOKEN, write, writeAll } from './store-side.ts';
import { factOnly, openShop, shipmentsIn, type Shop } from './write-back-side.ts';

let shop: Shop;
let box: ActivityDeps['secrets'];
beforeAll(async () => {
  shop = await openShop(import.meta.url, 3);
  box = shop.side.deps.secrets;
}, 120_000);
afterAll(() => shop.side.close());

/** A worker that was started with another key than the one the token was sealed with. */
const loseKey = (): void => {
  shop.side.deps.secrets = createSecretBox([{ id: 'k2', key: Buffer.alloc(32, 9) }]);
};
const labelled = async (): Promise<{ orderId: number; writeBackId: string }> => {
  const orderId = shop.next();
  await factOnly(shop.side, orderId, 'label.created');
  return { orderId, writeBackId: (await settle(shop.side, orderId)).due?.writeBackId ?? '' };
};
const rowOf = async (id: string) => (await getWriteBack(shop.side.db, id))?.row;

it('a token that no key opens blocks the step, and a good check lets it go on', async () => {
  const { orderId, writeBackId } = await labelled();
  loseKey();
  expect(await write(shop.side, orderId, writeBackId)).toEqual({ outcome: 'blocked:auth' });
  expect(await rowOf(writeBackId)).toMatchObject({
    ...{ state: 'planned', blocked: 'auth' },
    outcome: expect.stringContaining('WAYBILL_SECRET_KEYS') as string,
  });
  expect(await settle(shop.side, orderId)).toMatchObject({ due: null, attention: 'auth' });
  shop.side.deps.secrets = box;
  const now = shop.side.deps.clock();
  const checked = await recordCheck(shop.side.db, {
    ...{ id: CHANNEL, ok: true, report: {}, clockSkewMs: null, now },
  });
  expect(checked.offered).toBe(1);
  expect(await writeAll(shop.side, orderId)).toEqual(['create_shipment confirmed']);
  expect(await settle(shop.side, orderId)).toMatchObject({ attention: null });
});

it('a token that is not there blocks the step, and storing one lets it go on', async () => {
  const { orderId, writeBackId } = await labelled();
  await shop.side.db.sql`delete from channel_secrets where kind = 'access_token'`;
  expect(await write(shop.side, orderId, writeBackId)).toEqual({ outcome: 'blocked:auth' });
  expect(await settle(shop.side, orderId)).toMatchObject({ due: null, attention: 'auth' });
  const now = shop.side.deps.clock();
  const rotated = await rotateSecret(shop.side.db, box, {
    ...{ id: CHANNEL, kind: 'access_token', value: TOKEN, by: 'ana', now },
  });
  expect(rotated.offered).toBe(1);
  expect(await writeAll(shop.side, orderId)).toEqual(['create_shipment confirmed']);
});

it('a step that may have been done is left alone until the token can be read again', async () => {
  const { orderId, writeBackId } = await labelled();
  shop.side.store.setFaults([{ match: { method: 'POST' }, fault: 'cut-after', times: 1 }]);
  await failureOf(write(shop.side, orderId, writeBackId));
  loseKey();
  shop.side.clockOffsetMs += 61_000;
  expect(await write(shop.side, orderId, writeBackId, 2)).toEqual({ outcome: 'unclear:auth' });
  expect(await rowOf(writeBackId)).toMatchObject({ state: 'sent' });
  shop.side.deps.secrets = box;
  expect(await write(shop.side, orderId, writeBackId, 3)).toEqual({ outcome: 'confirmed' });
  expect(shipmentsIn(shop.side, orderId)).toHaveLength(1);
});
