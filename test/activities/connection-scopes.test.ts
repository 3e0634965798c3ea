// One row per scope of the matrix: what the report says of a token that lacks just this one, on a store with orders and
// on an empty one, and that the import goes on with the others.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkChannel } from '../../activities/check-channel.ts';
import { getChannel } from '../../db/channels.ts';
import { SCOPES, type Scope } from '../../domain/scopes.ts';
import { ALL_SCOPES } from '../../simulator/scopes.ts';
import { asAttempt, CHANNEL, failureOf, importAll, openStoreSide, type StoreSide } from './store-side.ts';

let side: StoreSide;
afterEach(async () => {
  await side.close();
});

const check = (attempt = 1) => asAttempt(() => checkChannel(side.deps, { channelId: CHANNEL }), attempt);

/** Everything that can be switched on and needs a scope. */
const EVERYTHING = {
  channel: { name: 'Shop', profile: 'custom' },
  orders: { import: { images: { enabled: true } }, push: { initial: true } },
  fulfillment: { push_enabled: true, pickup: { enabled: true, write_pickup_record: true } },
  catalog: { sync: { enabled: true }, writeback: { target: 'variant_metafield' } },
  handoff: { enabled: true, target_url: 'https://checkout.example/pay', install: 'script' },
};

async function openWith(scopes: string[], options: { orders: boolean }): Promise<void> {
  side = await openStoreSide(import.meta.url, { store: { scopes } });
  // B2B Edition answers at the same simulator.
  const b2b = { b2b: { enabled: true, api_base_url: side.simulator.url } };
  await side.db.sql`
    update channels set settings = settings || ${JSON.stringify({ ...EVERYTHING, ...b2b })}::text::jsonb
      || jsonb_build_object('connection', settings->'connection' || '{"bc_channel_ids": [1]}'::jsonb)`;
  if (options.orders) side.store.seed({ count: 12, seed: 3 });
}

const holds = (scope: Scope, name: string): boolean =>
  name === scope.parameter || name === scope.readOnlyParameter;
const without = (scope: Scope): string[] => ALL_SCOPES.filter((name) => !holds(scope, name));
const PROBED = SCOPES.filter(({ probe }) => probe !== null);
const ABOUT_AN_ORDER = PROBED.filter(({ probe }) => probe?.path.includes('{order}')).map(({ id }) => id);

describe.each([
  ['a store with orders', true],
  ['an empty store', false],
])('on %s a token without', (_name, orders) => {
  it.each(PROBED.map((scope) => [scope.name, scope] as const))('%s is told so', async (_scope, scope) => {
    await openWith(without(scope), { orders });
    const result = await check();
    const found = result.scopes?.find((finding) => finding.scope === scope.id);

    if (ABOUT_AN_ORDER.includes(scope.id) && !orders) {
      expect(found?.state).toBe('cannot_be_checked');
      expect(found?.message).toContain('Cannot be checked yet');
    } else {
      expect(found?.state).toBe('missing');
      for (const feature of found?.features ?? []) {
        expect(found?.blocks).toContain(feature);
        expect(result.blocked?.map((blocked) => blocked.feature)).toContain(feature);
      }
      if (found?.needed !== null) {
        const problem = result.problems?.find(({ code }) => code === 'auth.missing_scope');
        expect(problem?.cause).toContain(scope.name);
        expect(problem?.text).toContain(`- ${scope.name}: `);
        expect(result.findings.filter(({ ok }) => !ok).map(({ probe }) => probe)).toEqual([scope.name]);
      }
    }

    // Nothing else is blamed, and what no read can show is never called granted.
    const others = (result.scopes ?? []).filter((finding) => finding.scope !== scope.id);
    const about = others.filter((finding) => PROBED.some(({ id }) => id === finding.scope));
    const unknown = about
      .filter(({ state }) => state === 'cannot_be_checked')
      .map((finding) => finding.scope);
    const unaskable = !orders || scope.id === 'orders' ? ABOUT_AN_ORDER : [];
    expect(unknown.sort()).toEqual(unaskable.filter((id) => id !== scope.id).sort());
    expect(about.filter(({ state }) => state === 'missing')).toEqual([]);
    for (const finding of others.filter(({ scope: id }) => PROBED.every((probed) => probed.id !== id)))
      expect(finding.state).toBe('cannot_be_checked');

    expect(result.ok).toBe(scope.id !== 'orders');
    expect(new Set(side.store.requests().list.map(({ method }) => method))).toEqual(new Set(['GET']));
    if (orders && scope.id !== 'orders') expect((await importAll(side)).counts.seen).toBeGreaterThan(0);
  });
});

describe('a token with every scope', () => {
  it('has what is needed, and what is not needed is told', async () => {
    await openWith([...ALL_SCOPES], { orders: true });
    const { ok, scopes, blocked, problems } = await check();
    const by = Object.fromEntries((scopes ?? []).map(({ scope, state }) => [scope, state]));
    expect({ ok, blocked, problems }).toEqual({ ok: true, blocked: [], problems: [] });
    expect(by).toMatchObject({
      orders: 'assumed',
      information: 'granted',
      transactions: 'granted',
      products: 'assumed',
      carts: 'granted',
      themes: 'unused',
      marketing: 'unused',
      customers_login: 'cannot_be_checked',
      metafields_access: 'cannot_be_checked',
      b2b: 'assumed',
    });
  });

  it('is asked nothing about B2B Edition while that is off', async () => {
    side = await openStoreSide(import.meta.url);
    const { scopes } = await check();
    expect(scopes?.find(({ scope }) => scope === 'b2b')).toMatchObject({ state: 'cannot_be_checked' });
    expect(side.store.requests().list.filter(({ path }) => path.includes('/api/v3/io'))).toEqual([]);
  });
});

describe('the rights of an import-only channel', () => {
  it('are met by the three read scopes, and nothing but reads is sent', async () => {
    side = await openStoreSide(import.meta.url, {
      settings: { profile: 'import_only', orders: { import: { cod: { gateway_codes: [] } } } },
      store: {
        scopes: [
          'store_v2_orders_read_only',
          'store_v2_products_read_only',
          'store_v2_information_read_only',
        ],
      },
    });
    side.store.seed({ count: 5, seed: 3 });
    const { ok, blocked, scopes } = await check();
    expect({ ok, blocked }).toEqual({ ok: true, blocked: [] });
    expect(scopes?.find(({ scope }) => scope === 'orders')?.state).toBe('granted');
    await importAll(side);
    expect(side.store.requests().list.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('work without Information & Settings, which the report names', async () => {
    side = await openStoreSide(import.meta.url, {
      settings: { profile: 'import_only' },
      store: { scopes: ALL_SCOPES.filter((name) => !name.startsWith('store_v2_information')) },
    });
    const result = await check();
    expect(result).toMatchObject({ ok: true, store: null, storeName: null });
    expect(result.blocked?.map(({ scopes }) => scopes)).toEqual([['Information & Settings']]);
    expect(result.findings.map(({ probe }) => probe)).toContain('Information & Settings');
  });
});

describe('a chosen storefront', () => {
  it('that the store does not have is named, with those that it has', async () => {
    side = await openStoreSide(import.meta.url);
    await side.db.sql`
      update channels set settings = jsonb_set(settings, '{connection,bc_channel_ids}', '[1, 77]')`;
    const { ok, findings } = await check();
    expect(ok).toBe(true);
    expect(findings.find(({ probe }) => probe === 'storefronts')).toMatchObject({ ok: false });
    expect(findings.find(({ probe }) => probe === 'storefronts')?.message).toMatch(
      /no storefront 77, .*1 Main/,
    );
  });
});

describe('a token', () => {
  it('that works for V2 only is named', async () => {
    side = await openStoreSide(import.meta.url);
    side.store.addToken({ token: 'token-of-the-tests', v2Only: true });
    const { ok, problems } = await check();
    expect(ok).toBe(false);
    expect(problems?.map(({ code }) => code)).toEqual(['auth.v2_only']);
    // One refusal is enough to know: the channel is not paused for asking on.
    expect((await getChannel(side.db, CHANNEL))?.authFailures).toBeLessThan(2);
  });

  it('that the store took a write from has Orders: modify, and one that was refused lacks it', async () => {
    side = await openStoreSide(import.meta.url);
    const ordersOf = async () => (await check()).scopes?.find(({ scope }) => scope === 'orders');
    expect((await ordersOf())?.state).toBe('assumed');
    // Sentences are for people: what was answered is known by its code.
    await addWriteBack('planned', 'POST /v2/orders/1/shipments answered 403: the API account lacks a scope.');
    await addWriteBack('planned', 'not allowed to read', 'read:403');
    expect((await ordersOf())?.state).toBe('assumed');
    await addWriteBack('planned', 'not allowed to', 'write:403');
    expect(await ordersOf()).toMatchObject({
      state: 'missing',
      blocks: ['write-back of shipments and statuses', 'push of outside sales'],
    });
    expect((await check()).ok).toBe(true);
    await addWriteBack('confirmed', 'done');
    expect((await ordersOf())?.state).toBe('granted');
  });
});

describe('a quota that does not suffice for all questions', () => {
  it('first waits, and in the end leaves the unasked ones unchecked', async () => {
    side = await openStoreSide(import.meta.url);
    side.store.setFaults([{ fault: '429', match: { path: '^/v3/themes' } }]);
    expect(await failureOf(check(1))).toMatchObject({ type: 'BigCommerceRateLimited' });
    // The store's word about the wait is kept first: until then not even the first question is asked.
    const { ok, scopes } = await vi.waitFor(() => check(3), { timeout: 60_000, interval: 500 });
    expect(ok).toBe(true);
    expect(scopes?.find(({ scope }) => scope === 'themes')?.message).toContain('quota');
  }, 90_000);
});

let rows = 0;
async function addWriteBack(state: string, outcome: string, code: string | null = null): Promise<void> {
  rows += 1;
  const at = new Date(Date.now() + rows * 1000).toISOString();
  await side.db.sql`
    insert into write_backs (id, store_hash, channel_id, order_id, kind, subject, n, state, body, summary, mails, outcome, answer_code, sent_at, created_at, updated_at)
    values (gen_random_uuid(), 'abc123', ${CHANNEL}, ${rows}, 'set_status', 'x', 1, ${state}, '{}', 'x', 0, ${outcome}, ${code}, ${at}, ${at}, ${at})`;
}
