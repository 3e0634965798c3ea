// The connection check: what works, what does not, why, and who must act.
import { afterEach, describe, expect, it } from 'vitest';
import { checkChannel } from '../../activities/check-channel.ts';
import { mailSwitchInWords, shopperMailsOf, storeAsChecked } from '../../client/store-as-checked.ts';
import { getChannel, setEnabled } from '../../db/channels.ts';
import { answeringServer } from '../bigcommerce/answering-server.ts';
import { asAttempt, CHANNEL, failureOf, openStoreSide, TOKEN, type StoreSide } from './store-side.ts';

let side: StoreSide;
afterEach(async () => {
  await side.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const check = () => asAttempt(() => checkChannel(side.deps, { channelId: CHANNEL }));
const pointTo = (url: string) => side.db.sql`
  update channels set settings = jsonb_set(settings, '{connection,api_base_url}', to_jsonb(${url}::text))`;
const servers: { close(): Promise<void> }[] = [];
async function answering(status: number, body: string): Promise<string> {
  const server = await answeringServer(
    (response) => void response.writeHead(status, { location: 'https://elsewhere.example/' }).end(body),
  );
  servers.push(server);
  return server.url;
}
const badOnes = async () => (await check()).findings.filter((finding) => !finding.ok);

describe('a check', () => {
  it('of a good connection says so, with the store name and the clocks', async () => {
    side = await openStoreSide(import.meta.url, { store: { name: 'Mug Shop' } });
    const result = await check();
    expect(result).toMatchObject({ ok: true, channelId: CHANNEL, storeName: 'Mug Shop' });
    expect(Math.abs(result.clockSkewMs ?? 1e9)).toBeLessThan(60_000);
    expect(result.findings.map((finding) => finding.probe)).toEqual([
      'connection',
      'clock',
      'store',
      'orders',
    ]);
    expect(new Set(side.store.requests().list.map((request) => request.method))).toEqual(new Set(['GET']));
    expect(result.problems).toEqual([]);
    expect(result.store).toMatchObject({
      name: 'Mug Shop',
      plan: 'Pro',
      currency: 'USD',
      weightUnits: 'KGS',
      timeZone: 'UTC',
      shopperMails: true,
      storefronts: [{ id: 1 }, { id: 2 }],
    });
    expect((await getChannel(side.db, CHANNEL))?.lastCheck).toMatchObject({ ok: true });
  });

  it('tells storefronts whose switch for mails is another than the store’s, and only of those', async () => {
    const storefrontEmails = { 2: false };
    side = await openStoreSide(import.meta.url, { store: { storefrontEmails } });
    expect((await check()).store).toMatchObject({
      ...{ shopperMails: true, storefrontMails: [{ id: 2, on: false }] },
    });
    const channel = await getChannel(side.db, CHANNEL);
    const store = storeAsChecked({ lastCheck: channel?.lastCheck ?? null });
    expect([1, 2, null].map((id) => shopperMailsOf(store, id))).toEqual([true, false, true]);
    expect(mailSwitchInWords(CHANNEL, store, 2)).toContain('Storefront 2 mails nobody');
    expect(mailSwitchInWords(CHANNEL, store, 1)).toMatch(/^The store mails shoppers/);
    expect(mailSwitchInWords(CHANNEL, store)).toMatch(/these storefronts: 2 off/);
  });

  it('works for a channel that is not enabled yet', async () => {
    side = await openStoreSide(import.meta.url);
    await setEnabled(side.db, { id: CHANNEL, enabled: false, by: 'test', now: side.deps.clock() });
    expect(await check()).toMatchObject({ ok: true });
  });

  it('tells 401, 403, 404 and 503 apart, each naming who must act', async () => {
    side = await openStoreSide(import.meta.url);
    const said = new Map<string, string>();
    for (const fault of ['401', '403', '503'] as const) {
      side.store.setFaults([{ fault }]);
      const { problems, findings } = await check();
      said.set(problems?.[0]?.code ?? '', findings.find(({ ok }) => !ok)?.message ?? '');
      side.store.setFaults([]);
    }
    const nowhere = await answeringServer((response) => void response.writeHead(404).end('{}'));
    await pointTo(nowhere.url);
    const { problems, findings } = await check();
    await nowhere.close();
    said.set(problems?.[0]?.code ?? '', findings[0]?.message ?? '');
    expect([...said.keys()]).toEqual([
      'auth.invalid_token',
      'auth.no_access',
      'auth.store_unavailable',
      'store.not_found',
    ]);
    for (const message of said.values())
      expect(message).toMatch(/Who must act: the (administrator|operator)/);
    expect(new Set(said.values()).size).toBe(4);
    expect(JSON.stringify([...said, problems])).not.toContain(TOKEN);
  });

  it('says that a scope is missing where only one probe is refused', async () => {
    side = await openStoreSide(import.meta.url, { store: { scopes: ['store_v2_information_read_only'] } });
    const result = await check();
    expect(result.ok).toBe(false);
    const bad = result.findings.filter((finding) => !finding.ok);
    expect(bad.map((finding) => finding.probe)).toContain('Orders');
    expect(result.problems?.map(({ code }) => code)).toEqual(['auth.missing_scope']);
  });

  it('says that the token belongs to another store', async () => {
    side = await openStoreSide(import.meta.url);
    const other = await answeringServer((response, request) => {
      const store = request.url.includes('/v2/store');
      const answer = request.url.includes('/v2/time')
        ? { time: Math.floor(Date.now() / 1000) }
        : store
          ? { id: 'def456', name: 'Other' }
          : [];
      response.writeHead(200).end(JSON.stringify(answer));
    });
    await pointTo(other.url);
    const [finding] = await badOnes();
    await other.close();
    expect(finding).toMatchObject({ probe: 'store' });
    expect(finding?.message).toContain('The token belongs to store def456');
    expect((await getChannel(side.db, CHANNEL))?.lastCheck).toMatchObject({ ok: false });
  });

  it('says that the store cannot be reached', async () => {
    side = await openStoreSide(import.meta.url);
    await side.simulator.close();
    const [finding] = await badOnes();
    expect(finding).toMatchObject({ probe: 'connection' });
    expect(finding?.message).toContain('cannot be reached');
  });

  it.each([
    [
      'a host that nobody knows',
      'network.dns',
      'operator of Waybill',
      async () => 'https://api.nowhere.invalid',
    ],
    [
      'a server without TLS behind https',
      'network.tls',
      'operator of Waybill',
      async () => (await answering(200, '{}')).replace('http:', 'https:'),
    ],
    ['a server that fails', 'store.trouble', 'BigCommerce', () => answering(502, '<html></html>')],
    ['a redirect', 'store.foreign_answer', 'operator of Waybill', () => answering(302, '')],
    ['a sign-in page', 'store.foreign_answer', 'operator of Waybill', () => answering(200, '<html></html>')],
  ])('of %s says %s, whose trouble it is, and has a text for them', async (_name, code, who, address) => {
    side = await openStoreSide(import.meta.url);
    side.deps.storeAccess.extraHosts = ['api.nowhere.invalid'];
    await pointTo(await address());
    const { ok, problems } = await check();
    expect(ok).toBe(false);
    expect(problems?.[0]).toMatchObject({ code, who });
    expect(problems?.[0]?.text).toMatch(/^Hello,/);
    expect(problems?.[0]?.help).toContain('docs/connect-a-store.md#');
  });

  it('says that the address is not allowed before anything is sent', async () => {
    side = await openStoreSide(import.meta.url);
    side.deps.storeAccess.allowLoopback = false;
    const [finding] = await badOnes();
    expect(finding).toMatchObject({ probe: 'settings' });
    expect(finding?.message).toContain('does not allow');
    expect(side.store.requests().total).toBe(0);
  });

  it('says how far the store clock is off, which is no reason to fail', async () => {
    side = await openStoreSide(import.meta.url);
    side.clockOffsetMs = 20 * 60_000;
    const result = await check();
    expect(result.ok).toBe(true);
    expect(result.findings.find((finding) => finding.probe === 'clock')?.message).toMatch(
      /1[12]\d\d s behind/,
    );
  });

  it('that meets 429 comes back later instead of blaming the channel', async () => {
    side = await openStoreSide(import.meta.url);
    side.store.setFaults([{ fault: '429', times: 1 }]);
    expect(await failureOf(check())).toMatchObject({ type: 'BigCommerceRateLimited' });
    expect((await getChannel(side.db, CHANNEL))?.lastCheck).toBeNull();
  });

  it('of an unknown channel fails for good', async () => {
    side = await openStoreSide(import.meta.url);
    expect(await failureOf(asAttempt(() => checkChannel(side.deps, { channelId: 'nobody' })))).toMatchObject({
      type: 'UnknownChannel',
      nonRetryable: true,
    });
  });

  it('that is good ends a pause after refused credentials', async () => {
    side = await openStoreSide(import.meta.url);
    side.store.setFaults([{ fault: '401', times: 3 }]);
    for (let n = 0; n < 3; n += 1) await check();
    expect(await getChannel(side.db, CHANNEL)).toMatchObject({ enabled: false, disabledBy: 'auth' });
    expect(await check()).toMatchObject({ ok: true });
    expect(await getChannel(side.db, CHANNEL)).toMatchObject({ enabled: true });
  });
});
