// What is known of a channel's webhooks: repeats change nothing, secrets change without a gap, looks replace each other.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import { countRefusal, listRefusals } from '../../db/delivery-refusals.ts';
import { dueHints } from '../../db/hints.ts';
import { createSecretBox } from '../../db/secrets.ts';
import {
  acceptedWebhookSecrets,
  beginSecretChange,
  endSecretChange,
  ensureWebhookSecret,
  listWebhooks,
  purgeWebhookDeliveries,
  recordWebhooks,
  takeWebhookDelivery,
  webhooksCaughtUp,
  type WebhookFinding,
} from '../../db/webhooks.ts';
import { addTestChannel, at, CHANNEL, countOf, days, openTestDatabase } from './order-life.ts';

const box = createSecretBox([{ id: 'k1', key: randomBytes(32) }]);
const DESTINATION = 'https://waybill.example/v1/stores/shop/webhooks';
let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
  await addTestChannel(db);
});
afterAll(() => db.close());
beforeEach(async () => {
  for (const table of ['webhooks', 'webhook_deliveries', 'delivery_refusals', 'hints', 'channel_secrets'])
    await db.sql.unsafe(`delete from ${table}`);
});

const take = (key: string, orderId: number | null, minute = 0) =>
  takeWebhookDelivery(db, { channelId: CHANNEL, key, orderId, dueAt: at(minute), now: at(minute) });
const hints = () => dueHints(db, { channelId: CHANNEL, limit: 25, now: at(60) });

describe('a delivery', () => {
  it('leaves one hint for its order', async () => {
    expect(await take('a', 1001)).toBe('taken');
    expect(await hints()).toMatchObject([{ orderId: 1001, reason: 'webhook' }]);
  });

  it('that comes ten times at once is taken once, and raises nothing afterwards', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => take('a', 1001)));
    expect(all.filter((one) => one === 'taken')).toHaveLength(1);
    const [before] = await hints();
    expect(await take('a', 1001, 5)).toBe('repeat');
    expect((await hints())[0]?.generation).toBe(before?.generation);
  });

  it('of no order leaves no hint, and is known all the same', async () => {
    expect(await take('a', null)).toBe('taken');
    expect(await take('a', null)).toBe('repeat');
    expect(await hints()).toEqual([]);
  });

  it('is forgotten when the store no longer repeats it', async () => {
    await take('a', 1001);
    await take('b', 1001, days(4));
    expect(await purgeWebhookDeliveries(db, at(days(4)))).toBe(1);
    expect(await countOf(db, 'webhook_deliveries')).toBe(1);
  });
});

describe('the secret of the webhooks', () => {
  const at0 = { channelId: CHANNEL, now: at(0) };

  it('is made once, also by two programs at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => ensureWebhookSecret(db, box, at0)));
    expect(new Set(made).size).toBe(1);
    expect(await acceptedWebhookSecrets(db, box, CHANNEL)).toEqual([made[0]]);
  });

  it('is both of two while it changes, and the new one alone afterwards', async () => {
    const old = await ensureWebhookSecret(db, box, at0);
    await beginSecretChange(db, box, at0);
    await beginSecretChange(db, box, at0);
    const next = await ensureWebhookSecret(db, box, at0);
    expect(next).not.toBe(old);
    expect(await acceptedWebhookSecrets(db, box, CHANNEL)).toEqual([old, next]);
    await endSecretChange(db, box, { ...at0, secret: 'another' });
    expect(await acceptedWebhookSecrets(db, box, CHANNEL)).toHaveLength(2);
    await endSecretChange(db, box, { ...at0, secret: next });
    expect(await acceptedWebhookSecrets(db, box, CHANNEL)).toEqual([next]);
  });
});

describe('a look at the store', () => {
  const look = (minute: number, ...found: WebhookFinding[]) =>
    recordWebhooks(db, { channelId: CHANNEL, destination: DESTINATION, found, now: at(minute) });
  const inPlace = {
    scope: 'store/order/created',
    webhookId: 1,
    repaired: false,
    missed: false,
    trouble: null,
  };

  it('keeps since when a webhook is there and when it was last seen on', async () => {
    await look(0, inPlace);
    await look(15, inPlace);
    expect(await listWebhooks(db, CHANNEL)).toMatchObject([
      { scope: inPlace.scope, registeredAt: at(0), seenActiveAt: at(15), repaired: 0, trouble: null },
    ]);
  });

  it('that finds trouble does not move when it was last seen on', async () => {
    await look(0, inPlace);
    await look(15, { ...inPlace, trouble: 'The store refused it.' });
    expect(await listWebhooks(db, CHANNEL)).toMatchObject([
      { seenActiveAt: at(0), trouble: 'The store refused it.' },
    ]);
  });

  it('after which something may be missed counts as seen only when that is being read', async () => {
    await look(0, inPlace);
    await look(15, { ...inPlace, repaired: true, missed: true });
    expect(await listWebhooks(db, CHANNEL)).toMatchObject([{ seenActiveAt: at(0), repaired: 1 }]);
    await webhooksCaughtUp(db, { channelId: CHANNEL, upTo: at(15) });
    await webhooksCaughtUp(db, { channelId: CHANNEL, upTo: at(10) });
    expect(await listWebhooks(db, CHANNEL)).toMatchObject([{ seenActiveAt: at(15) }]);
  });

  it('counts repairs, and forgets what is no longer wanted', async () => {
    await look(0, inPlace);
    await look(15, { ...inPlace, webhookId: 2, repaired: true });
    expect(await listWebhooks(db, CHANNEL)).toMatchObject([
      { webhookId: 2, repaired: 1, registeredAt: at(15) },
    ]);
    await look(30);
    expect(await listWebhooks(db, CHANNEL)).toEqual([]);
  });
});

describe('refused deliveries', () => {
  it('are counted by source and reason, with the time of the last', async () => {
    const refusal = { channelId: CHANNEL, source: 'store', reason: 'secret' };
    await countRefusal(db, { ...refusal, now: at(3) });
    await countRefusal(db, { ...refusal, now: at(1) });
    await countRefusal(db, { ...refusal, reason: 'signature', now: at(2) });
    expect(await listRefusals(db, CHANNEL)).toEqual([
      { ...refusal, refused: 2, lastAt: at(3) },
      { ...refusal, reason: 'signature', refused: 1, lastAt: at(2) },
    ]);
  });
});
