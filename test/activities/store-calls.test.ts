// The one door to a store: quota before each call, and what each answer tells about the channel and its quota.
import { afterEach, describe, expect, it } from 'vitest';
import { asActivity } from '../../activities/attempt.ts';
import { createBackgroundSlots } from '../../activities/background-slots.ts';
import { createGrantPurse } from '../../activities/grant-purse.ts';
import { openStoreSession } from '../../activities/store-calls.ts';
import { getChannel } from '../../db/channels.ts';
import { quotaView } from '../../db/quota-view.ts';
import { asAttempt, CHANNEL, openStoreSide, STORE_HASH, type StoreSide } from './store-side.ts';

let side: StoreSide;
afterEach(async () => {
  await side.close();
});

const attempt = { number: 1, signal: new AbortController().signal };
const open = (purpose: 'import' | 'operator' = 'operator') =>
  openStoreSession(side.deps, { channelId: CHANNEL, purpose, attempt });

describe('a session', () => {
  it('takes one grant for each call and counts it', async () => {
    side = await openStoreSide(import.meta.url);
    const session = await open();
    await session.client.storeTime();
    await session.client.storeInformation();
    expect(session.calls()).toBe(2);
    expect((await quotaView(side.db, STORE_HASH))?.used).toMatchObject({ operator: 2 });
  });

  it('takes ten at a time where an import says that more calls are coming', async () => {
    side = await openStoreSide(import.meta.url);
    const session = await open('import');
    session.purse.expect(25);
    await session.client.storeTime();
    expect((await quotaView(side.db, STORE_HASH))?.used).toMatchObject({ import: 10 });
    const other = await open('import');
    await other.client.storeTime();
    expect((await quotaView(side.db, STORE_HASH))?.used).toMatchObject({ import: 11 });
  });

  it('keeps what the headers say about the quota', async () => {
    side = await openStoreSide(import.meta.url, { store: { quota: { requests: 40, windowMs: 30_000 } } });
    await (await open()).client.storeTime();
    expect((await quotaView(side.db, STORE_HASH))?.live).toMatchObject({ limit: 40, left: 39 });
  });

  it('keeps how far the store clock is off, and leaves the row alone while that does not change', async () => {
    side = await openStoreSide(import.meta.url);
    side.clockOffsetMs = -60 * 60_000;
    await (await open()).client.storeTime();
    const skew = (await getChannel(side.db, CHANNEL))?.clockSkewMs ?? 0;
    expect(Math.abs(skew - 60 * 60_000)).toBeLessThan(120_000);
    const version = async () =>
      (await side.db.sql<{ xmin: string }[]>`select xmin::text from channels`)[0]?.xmin;
    const before = await version();
    await (await open()).client.storeTime();
    expect(await version()).toBe(before);
  });

  it('counts 401 in a row, and a good answer ends the row', async () => {
    side = await openStoreSide(import.meta.url);
    side.store.setFaults([{ fault: '401', times: 2 }]);
    for (let n = 0; n < 2; n += 1)
      await expect((await open()).client.storeTime()).rejects.toMatchObject({ code: 'BigCommerceAuth' });
    expect(await getChannel(side.db, CHANNEL)).toMatchObject({ authFailures: 2, enabled: true });
    await (await open()).client.storeTime();
    expect(await getChannel(side.db, CHANNEL)).toMatchObject({ authFailures: 0 });
  });

  it('does not count 403, which one missing scope causes as well', async () => {
    side = await openStoreSide(import.meta.url);
    side.store.setFaults([{ fault: '403', times: 1 }]);
    await expect((await open()).client.storeTime()).rejects.toMatchObject({ code: 'BigCommerceAuth' });
    expect(await getChannel(side.db, CHANNEL)).toMatchObject({ authFailures: 0 });
  });

  it('blocks the store for everybody after a 429 without headers', async () => {
    side = await openStoreSide(import.meta.url, { clockStands: true });
    side.store.setFaults([{ fault: '429-no-headers', times: 1 }]);
    await expect((await open()).client.storeTime()).rejects.toMatchObject({ code: 'BigCommerceRateLimited' });
    await expect((await open()).client.storeTime()).rejects.toMatchObject({
      code: 'BigCommerceRateLimited',
      call: 'no call',
    });
    expect(side.store.requests().total).toBe(1);
  });

  it('is not opened for a disabled or unknown channel, or one without a token', async () => {
    side = await openStoreSide(import.meta.url);
    await expect(
      openStoreSession(side.deps, { channelId: 'nobody', purpose: 'operator', attempt }),
    ).rejects.toMatchObject({ type: 'UnknownChannel' });
    await side.db.sql`delete from channel_secrets`;
    await expect(open()).rejects.toMatchObject({ type: 'CredentialsUnreadable' });
    await side.db.sql`update channels set enabled = false, disabled_reason = 'a holiday'`;
    await expect(open()).rejects.toMatchObject({
      type: 'ChannelDisabled',
      message: expect.stringContaining('a holiday') as string,
    });
  });

  it('ends a read when its activity is cancelled', async () => {
    side = await openStoreSide(import.meta.url);
    side.store.setFaults([{ fault: 'latency', latencyMs: 20_000 }]);
    const stop = new AbortController();
    const session = await openStoreSession(side.deps, {
      channelId: CHANNEL,
      purpose: 'operator',
      attempt: { number: 1, signal: stop.signal },
    });
    const reading = session.client.storeTime();
    setTimeout(() => stop.abort(), 100);
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the places of a worker', () => {
  it('are left to people and write-backs by imports, which come back for theirs', async () => {
    side = await openStoreSide(import.meta.url);
    side.deps.backgroundSlots = createBackgroundSlots(3);
    type Purpose = 'import' | 'bulk' | 'write_back';
    const session = (purpose: Purpose): Promise<PromiseSettledResult<unknown>[]> =>
      asActivity(side.deps, { heartbeats: false }, async (running) => {
        const opened = await openStoreSession(side.deps, { channelId: CHANNEL, purpose, attempt: running });
        const inner =
          purpose === 'import' ? await Promise.allSettled([begin('bulk'), begin('write_back')]) : [];
        await opened.client.storeTime();
        return inner;
      });
    const begin = (purpose: Purpose): Promise<unknown> => asAttempt(() => session(purpose));

    const [second, step] = await asAttempt(() => session('import'));
    expect(second).toMatchObject({
      status: 'rejected',
      reason: { type: 'BigCommerceRateLimited', category: 'BENIGN' },
    });
    expect(step).toMatchObject({ status: 'fulfilled' });
    // The first has ended: its place is free again, and so are its slot and what it did not use.
    expect(await begin('bulk')).toEqual([]);
    const view = await quotaView(side.db, STORE_HASH);
    expect(view).toMatchObject({ used: { import: 1, bulk: 1, write_back: 1 }, concurrency: { inFlight: 0 } });
  });
});

describe('a purse', () => {
  it('lets go of grants when the store says that fewer are left', async () => {
    side = await openStoreSide(import.meta.url);
    const purse = createGrantPurse(side.db, { storeHash: STORE_HASH, purpose: 'import' });
    purse.expect(10);
    await purse.draw();
    purse.lowerTo(0);
    await purse.draw();
    expect((await quotaView(side.db, STORE_HASH))?.used.import).toBe(10 + 9);
  });

  it('does not use a grant that is about to expire', async () => {
    side = await openStoreSide(import.meta.url);
    const purse = createGrantPurse(side.db, { storeHash: STORE_HASH, purpose: 'write_back' });
    purse.expect(3);
    await purse.draw();
    // Longer than a grant may be used: a new one is needed at once.
    await purse.ready(60_000);
    // One was used, two were given back, and two are new.
    expect((await quotaView(side.db, STORE_HASH))?.used.write_back).toBe(1 + 2);
  });
});

describe('an attempt', () => {
  it('has its number and the time that is left from Temporal', async () => {
    side = await openStoreSide(import.meta.url);
    const seen = await asAttempt(
      () =>
        asActivity(side.deps, { heartbeats: true }, async (running) => ({
          number: running.number,
          left: running.leftMs(),
        })),
      4,
      60_000,
    );
    expect(seen.number).toBe(4);
    expect(seen.left).toBeGreaterThan(50_000);
    expect(seen.left).toBeLessThanOrEqual(60_000);
  });
});
