// Webhooks at a real store over HTTP: made, switched on again, made anew under another account, given a new secret,
// removed; and since when something may have been missed.
import { afterEach, describe, expect, it } from 'vitest';
import { keepWebhooks, webhooksRead } from '../../activities/keep-webhooks.ts';
import { changeSettings } from '../../db/channel-changes.ts';
import { requireChannel } from '../../db/channels.ts';
import { acceptedWebhookSecrets, beginSecretChange, listWebhooks } from '../../db/webhooks.ts';
import { WEBHOOK_SECRET_HEADER } from '../../domain/store-webhook.ts';
import type { WatchWebhooksResult } from '../../workflows/contract.ts';
import { asAttempt, CHANNEL, openStoreSide, type SideOptions, type StoreSide } from './store-side.ts';

const PUBLIC_URL = 'https://waybill.example';
const DESTINATION = `${PUBLIC_URL}/v1/stores/${CHANNEL}/webhooks`;
const MINUTE_MS = 60_000;

let side: StoreSide;
afterEach(() => side.close());
const open = async (options: SideOptions = {}): Promise<void> => {
  side = await openStoreSide(import.meta.url, { publicUrl: PUBLIC_URL, ...options });
};
const look = (remove?: boolean): Promise<WatchWebhooksResult> =>
  asAttempt(() =>
    keepWebhooks(side.deps, { channelId: CHANNEL, ...(remove === undefined ? {} : { remove }) }),
  );
const atStore = () => side.store.state.hooks.all();

describe('a look after the webhooks', () => {
  it('makes the wished ones once, each with the secret of the channel', async () => {
    await open();
    expect(await look()).toMatchObject({ wanted: 3, made: 3, inPlace: 3, silentSince: null, troubles: [] });
    const [secret] = await acceptedWebhookSecrets(side.db, side.deps.secrets, CHANNEL);
    expect(atStore().map(({ scope, destination, headers }) => ({ scope, destination, headers }))).toEqual(
      ['store/order/created', 'store/order/updated', 'store/order/statusUpdated'].map((scope) => ({
        scope,
        destination: DESTINATION,
        headers: { [WEBHOOK_SECRET_HEADER]: secret },
      })),
    );
    const calls = side.store.requests().total;
    expect(await look()).toMatchObject({ made: 0, switchedOn: 0, inPlace: 3, silentSince: null });
    expect(side.store.requests().total - calls).toBe(1);
  });

  it('makes none, and asks nothing, where nothing outside can reach us', async () => {
    side = await openStoreSide(import.meta.url);
    expect(await look()).toMatchObject({ wanted: 0, inPlace: 0 });
    expect(side.store.requests().total).toBe(0);
  });

  it.each([
    ['webhooks are off', { orders: { import: { webhooks_enabled: false } } }],
    ['the channel imports by hand only', { orders: { import: { mode: 'manual' } } }],
  ])('makes none where %s', async (_why, settings) => {
    await open({ settings });
    expect(await look()).toMatchObject({ wanted: 0, made: 0 });
    expect(atStore()).toEqual([]);
  });

  it('makes them for an import-only channel too, because they need no scope (X-27)', async () => {
    await open({ settings: { profile: 'import_only' } });
    expect(await look()).toMatchObject({ made: 3 });
  });

  it('switches on what the store switched off, and says since when something may be missed until it is read', async () => {
    await open();
    const first = await look();
    Object.assign(atStore()[1] ?? {}, { isActive: false });
    side.clockOffsetMs = 15 * MINUTE_MS;
    const second = await look();
    expect(second).toMatchObject({ switchedOn: 1, inPlace: 3, silentSince: first.lookedAt });
    expect(atStore().every(({ isActive }) => isActive)).toBe(true);
    // A look that died before what was missed was read is told by the next one, once that is late enough.
    side.clockOffsetMs = 60 * MINUTE_MS;
    expect((await look()).silentSince).toBe(first.lookedAt);
    await webhooksRead(side.deps, { channelId: CHANNEL, upTo: second.lookedAt });
    side.clockOffsetMs = 30 * MINUTE_MS;
    expect((await look()).silentSince).toBeNull();
    expect((await listWebhooks(side.db, CHANNEL)).map(({ repaired }) => repaired).sort()).toEqual([0, 0, 1]);
  });

  it('after three hours of silence switches on at the first look, and names the last moment at which all was well', async () => {
    await open();
    const first = await look();
    for (const hook of atStore()) hook.isActive = false;
    // The store answers nothing for three hours: looks fail, and what they cannot see they do not call well.
    side.store.setFaults([{ match: { path: '/hooks' }, fault: '503' }]);
    for (let quarter = 1; quarter <= 12; quarter += 1) {
      side.clockOffsetMs = quarter * 15 * MINUTE_MS;
      await expect(look()).rejects.toThrow();
    }
    side.store.setFaults([]);
    side.clockOffsetMs = 13 * 15 * MINUTE_MS;
    expect(await look()).toMatchObject({ switchedOn: 3, inPlace: 3, silentSince: first.lookedAt });
  });

  it('makes them anew when they are gone with their API account', async () => {
    await open();
    const first = await look();
    for (const hook of atStore()) side.store.state.hooks.remove(hook);
    side.clockOffsetMs = 15 * MINUTE_MS;
    expect(await look()).toMatchObject({ made: 3, inPlace: 3, silentSince: first.lookedAt });
  });

  it('tells the store a new secret, and only then refuses the old one', async () => {
    await open();
    await look();
    await beginSecretChange(side.db, side.deps.secrets, { channelId: CHANNEL, now: side.deps.clock() });
    expect(await acceptedWebhookSecrets(side.db, side.deps.secrets, CHANNEL)).toHaveLength(2);
    expect(await look()).toMatchObject({ inPlace: 3, switchedOn: 0, silentSince: null });
    const accepted = await acceptedWebhookSecrets(side.db, side.deps.secrets, CHANNEL);
    expect(accepted).toHaveLength(1);
    expect(new Set(atStore().map(({ headers }) => headers?.[WEBHOOK_SECRET_HEADER]))).toEqual(
      new Set(accepted),
    );
  });

  it('takes away what is no longer wished, and everything when the channel goes', async () => {
    await open();
    await look();
    const { settings } = await requireChannel(side.db, CHANNEL);
    const doc = { ...settings, webhooks: { scopes: ['store/order/updated'] } };
    await changeSettings(side.db, { id: CHANNEL, doc, by: 'test', now: side.deps.clock() });
    expect(await look()).toMatchObject({ removed: 2, inPlace: 1 });
    expect(await look(true)).toMatchObject({ removed: 1, inPlace: 0 });
    expect(atStore()).toEqual([]);
    expect(await listWebhooks(side.db, CHANNEL)).toEqual([]);
  });

  it('is not failed by a store that refuses one: the others are kept, and the refusal is told', async () => {
    await open();
    side.store.setFaults([
      { match: { method: 'POST', path: '/hooks' }, fault: 'status', status: 422, times: 1 },
    ]);
    const result = await look();
    expect(result).toMatchObject({ made: 2, inPlace: 2 });
    expect(result.troubles).toHaveLength(1);
    expect(await look()).toMatchObject({ made: 1, inPlace: 3, troubles: [] });
  });
});
