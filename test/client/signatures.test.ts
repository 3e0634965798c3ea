// Each provider's scheme against the published and the self-made vectors of the carrier pages, and what is refused.
import { generateKeyPairSync, sign } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { verifyStandardWebhook } from '../../client/http/signatures/standard-webhooks.ts';
import type { SignedDelivery, Verdict } from '../../client/http/signatures/verdict.ts';
import { verifyDelivery } from '../../client/http/signatures/verify.ts';
import type { ProviderId } from '../../domain/carriers/provider-ids.ts';
import { PROVIDERS } from '../../domain/carriers/registry.ts';

const BODY = Buffer.from('{"probe":"carrier-event","tracking_number":"1Z999AA10123456784"}');
const AT = 1_767_225_600;

function delivery(
  headers: Record<string, string | string[]>,
  body: Buffer = BODY,
  addressSecrets: string[] = [],
): SignedDelivery {
  return { body, header: (name) => [headers[name] ?? []].flat(), addressSecrets };
}

function verdict(
  id: ProviderId,
  given: SignedDelivery,
  secrets: string[] = ['test_secret'],
  nowSeconds = AT,
): Verdict {
  const { signature, urlSecret } = PROVIDERS[id];
  return verifyDelivery({
    scheme: signature,
    urlSecret,
    delivery: given,
    secrets,
    nowMs: nowSeconds * 1_000,
  });
}

const BOUND = { ok: true, bound: true };
const UNBOUND = { ok: true, bound: false };
const refused = (reason: string) => ({ ok: false, reason });

const VECTORS: [ProviderId, string, string][] = [
  [
    'easypost',
    'x-hmac-signature',
    'hmac-sha256-hex=c2b27dd71a3d1453aecfef184bd857ddb46dde1130b47193bdc224e04f3820d9',
  ],
  [
    'shippo',
    'shippo-auth-signature',
    't=1767225600,v1=1596e56610ef09956aa454d5f61a965117dd5f7a5c4d188670065cf04c8ec73d',
  ],
  ['aftership', 'aftership-hmac-sha256', 'wrJ91xo9FFOuz+8YS9hX3bRt3hEwtHGTvcIk4E84INk='],
  ['17track', 'sign', 'c9f41d45dfffb88ba0d9caee08128184dedcbf96a993adea17f476d3bcd595f4'],
  ['sendcloud', 'sendcloud-signature', 'c2b27dd71a3d1453aecfef184bd857ddb46dde1130b47193bdc224e04f3820d9'],
];

describe.each(VECTORS)('a delivery of %s', (id, header, value) => {
  test('is believed with its vector, and the proof covers the body', () => {
    expect(verdict(id, delivery({ [header]: value }))).toEqual(BOUND);
  });

  test('is believed by any of several secrets, whichever place it has', () => {
    expect(verdict(id, delivery({ [header]: value }), ['old', 'test_secret', 'new'])).toEqual(BOUND);
  });

  test('is refused with another byte in the body, another secret, a cut or empty signature', () => {
    const other = Buffer.from(BODY);
    other[2] = 0x21;
    expect(verdict(id, delivery({ [header]: value }, other))).toEqual(refused('signature'));
    expect(verdict(id, delivery({ [header]: value }), ['another'])).toEqual(refused('signature'));
    expect(verdict(id, delivery({ [header]: value.slice(0, -1) }))).toEqual(refused('signature'));
    expect(verdict(id, delivery({ [header]: '' }))).toEqual(refused('signature'));
  });

  test('is refused with the header twice, even if both are right', () => {
    expect(verdict(id, delivery({ [header]: [value, value] }))).toEqual(refused('header_twice'));
  });

  test('is refused while no secret is kept', () => {
    expect(verdict(id, delivery({ [header]: value }), [])).toEqual(refused('no_secret'));
  });

  test('is refused with a wrong signature although the secret stands in the address', () => {
    const given = delivery({ [header]: 'nonsense' }, BODY, ['test_secret']);
    expect(verdict(id, given)).toEqual(refused('signature'));
  });
});

describe('windows', () => {
  const [, header, value] = VECTORS[1] ?? ['shippo', '', ''];

  test.each([-300, 300])('%i seconds away is inside', (seconds) => {
    expect(verdict('shippo', delivery({ [header]: value }), ['test_secret'], AT + seconds)).toEqual(BOUND);
  });

  test.each([-301, 301])('%i seconds away is expired', (seconds) => {
    const given = delivery({ [header]: value });
    expect(verdict('shippo', given, ['test_secret'], AT + seconds)).toEqual(refused('expired'));
  });

  test('another time than the one that was signed is a forgery, not a late delivery', () => {
    const moved = value.replace('t=1767225600', 't=1767225601');
    expect(verdict('shippo', delivery({ [header]: moved }))).toEqual(refused('signature'));
  });
});

describe('the published vector of Sendcloud', () => {
  test('is believed', () => {
    const given = delivery(
      { 'sendcloud-signature': '1eed4b3d41f4653ac64fd56f1bf1cbfd349e4482cbc11dff7134bd93e5da4b0a' },
      Buffer.from('{"key": "value"}'),
    );
    expect(verdict('sendcloud', given, ['secretkey'])).toEqual(BOUND);
  });
});

describe('secrets in clear', () => {
  test.each([
    ['ship24', 'authorization', 'Bearer test_secret'],
    ['karrio', 'x-event-id', 'test_secret'],
  ] as const)('%s is believed, but nothing binds its body', (id, header, value) => {
    expect(verdict(id, delivery({ [header]: value }))).toEqual(UNBOUND);
    expect(verdict(id, delivery({ [header]: `${value}x` }))).toEqual(refused('secret'));
    expect(verdict(id, delivery({}))).toEqual(refused('unsigned'));
  });

  test.each(['easypost', 'shippo', 'starshipit', 'shipengine'] as const)(
    '%s without a signature is believed by the secret in its address, unbound',
    (id) => {
      expect(verdict(id, delivery({}, BODY, ['test_secret']))).toEqual(UNBOUND);
      expect(verdict(id, delivery({}, BODY, ['wrong']))).toEqual(refused('secret'));
      expect(verdict(id, delivery({}, BODY, ['test_secret', 'test_secret']))).toEqual(
        refused('header_twice'),
      );
      expect(verdict(id, delivery({}))).toEqual(refused('unsigned'));
    },
  );

  test.each(['aftership', '17track', 'ship24', 'karrio', 'sendcloud'] as const)(
    '%s is not believed by a secret in its address',
    (id) => {
      expect(verdict(id, delivery({}, BODY, ['test_secret']))).toEqual(refused('unsigned'));
    },
  );

  test('Starshipit’s own signature, which is not confirmed, is not looked at', () => {
    expect(verdict('starshipit', delivery({ 'x-starshipit-signature': 'any' }))).toEqual(refused('unsigned'));
  });
});

describe('the RSA signature of ShipEngine', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'key-1', use: 'sig' };
  const time = new Date(AT * 1_000).toISOString();
  const signature = sign('sha256', Buffer.concat([Buffer.from(`${time}.`), BODY]), privateKey).toString(
    'base64',
  );
  const headers = {
    'x-shipengine-rsa-sha256-signature': signature,
    'x-shipengine-rsa-sha256-key-id': 'key-1',
    'x-shipengine-timestamp': time,
  };

  test.each([
    ['its key set', JSON.stringify({ keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, jwk] })],
    ['one key', JSON.stringify(jwk)],
    ['a PEM key', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ])('is believed by %s, whatever else stands in it', (_name, kept) => {
    expect(verdict('shipengine', delivery(headers), [kept])).toEqual(BOUND);
  });

  test('is refused for another key id, another body, another key, and after five minutes', () => {
    const kept = [JSON.stringify({ keys: [jwk] })];
    const renamed = { ...headers, 'x-shipengine-rsa-sha256-key-id': 'key-2' };
    expect(verdict('shipengine', delivery(renamed), kept)).toEqual(refused('signature'));
    expect(verdict('shipengine', delivery(headers, Buffer.from('{}')), kept)).toEqual(refused('signature'));
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey;
    const other = JSON.stringify({ ...stranger.export({ format: 'jwk' }), kid: 'key-1' });
    expect(verdict('shipengine', delivery(headers), [other])).toEqual(refused('signature'));
    expect(verdict('shipengine', delivery(headers), kept, AT + 301)).toEqual(refused('expired'));
  });

  test('is not believed while only secrets for the address are kept', () => {
    expect(verdict('shipengine', delivery(headers), ['test_secret'])).toEqual(refused('no_secret'));
  });

  test('of a public key in the address proves nothing', () => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(verdict('shipengine', delivery({}, BODY, [pem]), [pem])).toEqual(refused('secret'));
  });
});

describe('Standard Webhooks', () => {
  const secret = 'whsec_dGVzdF9zZWNyZXQ=';
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(AT),
    'webhook-signature': 'v1,SCeJuPD0HzGB4SEyb+8GDM1g7Xj454/5dyqUv6E+hL8=',
  };
  const judge = (
    given: Record<string, string | string[]>,
    secrets = [secret],
    nowSeconds = AT,
    body = BODY,
  ) => verifyStandardWebhook(delivery(given, body), secrets, nowSeconds * 1_000);

  test('the vector is believed, and its id comes with it', () => {
    expect(judge(headers)).toEqual({ verdict: BOUND, messageId: 'msg_1' });
  });

  test('several signatures in one header, and several secrets, are tried', () => {
    const many = { ...headers, 'webhook-signature': `v1,AAAA v1a,BBBB ${headers['webhook-signature']}` };
    expect(judge(many, ['whsec_b3RoZXI=', secret]).verdict).toEqual(BOUND);
  });

  test('what the reference library signs is believed', () => {
    const at = new Date(AT * 1_000);
    const signed = new Webhook(secret).sign('msg_2', at, BODY.toString());
    expect(judge({ ...headers, 'webhook-id': 'msg_2', 'webhook-signature': signed }).verdict).toEqual(BOUND);
  });

  test('another id, body, time or secret is refused, and so is a late one', () => {
    expect(judge({ ...headers, 'webhook-id': 'msg_2' }).verdict).toEqual(refused('signature'));
    expect(judge(headers, [secret], AT, Buffer.from('{}')).verdict).toEqual(refused('signature'));
    expect(judge({ ...headers, 'webhook-timestamp': String(AT + 1) }).verdict).toEqual(refused('signature'));
    expect(judge(headers, ['whsec_b3RoZXI=']).verdict).toEqual(refused('signature'));
    expect(judge(headers, ['not base64!']).verdict).toEqual(refused('signature'));
    expect(judge(headers, []).verdict).toEqual(refused('no_secret'));
    expect(judge(headers, [secret], AT + 301).verdict).toEqual(refused('expired'));
    expect(judge(headers, [secret], AT - 301).verdict).toEqual(refused('expired'));
    const twice = { ...headers, 'webhook-signature': [headers['webhook-signature'], 'v1,x'] };
    expect(judge(twice).verdict).toEqual(refused('header_twice'));
  });
});
