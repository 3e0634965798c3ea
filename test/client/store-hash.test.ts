// Every form in which people paste their store (capabilities Q-10, P-14, S-20, I-29, I-41, C-3, X-7).
import { describe, expect, test } from 'vitest';
import { readStoreReference } from '../../client/cli/store-hash.ts';

const strict = { allowedHosts: [], allowLoopback: false };

describe('a pasted store', () => {
  test.each([
    ['7f5kjtkp2', '7f5kjtkp2', 'a bare hash'],
    ['  7F5KJTKP2\n', '7f5kjtkp2', 'a bare hash'],
    ['"7f5kjtkp2"', '7f5kjtkp2', 'a bare hash'],
    ['https://api.bigcommerce.com/stores/wqbagnaxsr/v3/', 'wqbagnaxsr', 'an API path'],
    ['https://api.bigcommerce.com/stores/wqbagnaxsr/v3', 'wqbagnaxsr', 'an API path'],
    ['https://api.bigcommerce.com/stores/wqbagnaxsr/v2/', 'wqbagnaxsr', 'an API path'],
    ['https://api.bigcommerce.com/stores/wqbagnaxsr/v2', 'wqbagnaxsr', 'an API path'],
    ['https://api.bigcommerce.com/stores/wqbagnaxsr/', 'wqbagnaxsr', 'an API path'],
    ['https://api.bigcommerce.com/stores/wqbagnaxsr', 'wqbagnaxsr', 'an API path'],
    ['https://API.BigCommerce.com/Stores/WQBAGNAXSR/V3/', 'wqbagnaxsr', 'an API path'],
    ['api.bigcommerce.com/stores/wqbagnaxsr/v3/', 'wqbagnaxsr', 'an API path'],
    ['/stores/wqbagnaxsr/v3/', 'wqbagnaxsr', 'an API path'],
    ['stores/wqbagnaxsr/v2', 'wqbagnaxsr', 'an API path'],
    ['https://store-7f5kjtkp2.mybigcommerce.com/manage/dashboard', '7f5kjtkp2', 'an admin address'],
    ['https://store-7f5kjtkp2.mybigcommerce.com', '7f5kjtkp2', 'an admin address'],
    ['store-7f5kjtkp2.mybigcommerce.com/manage/settings/api-accounts?x=1', '7f5kjtkp2', 'an admin address'],
    ['https://store-7f5kjtkp2-2.mybigcommerce.com/', '7f5kjtkp2', 'an admin address'],
  ])('%s is understood', (text, storeHash, form) => {
    expect(readStoreReference(text, strict)).toEqual({ ok: true, storeHash, form, apiBaseUrl: null });
  });

  test.each([
    ['', /empty/],
    ['https://api.example.com/stores/wqbagnaxsr/v3/', /api\.example\.com is not BigCommerce's API host/],
    ['https://api.bigcommerce.com.example.com/stores/wqbagnaxsr/v3/', /not BigCommerce's API host/],
    ['https://api.bigcommerce.com@example.com/stores/wqbagnaxsr/v3/', /user name/],
    ['https://store-7f5kjtkp2.mybigcommerce.com.example.com/manage', /cannot be read from an address at/],
    [
      'https://www.example-shop.com/manage/dashboard',
      /cannot be read from an address at www\.example-shop\.com/,
    ],
    ['http://api.bigcommerce.com/stores/wqbagnaxsr/v3/', /unencrypted/],
    ['ftp://api.bigcommerce.com/stores/wqbagnaxsr/v3/', /neither a store hash/],
    ['http://127.0.0.1:8900/stores/abc/v3', /not BigCommerce's API host/],
    ['https://api.bigcommerce.com/', /no \/stores\//],
    ['https://api.bigcommerce.com/stores/wq_bag/v3', /not a store hash/],
    ['https://api.bigcommerce.com/stores/wqbagnaxsr/v3/orders', /no \/stores\//],
    ['my store', /neither a store hash/],
    ['abcdefghijklmnopqrstuvwxyz012345', /too many/],
  ])('%s is refused', (text, reason) => {
    const read = readStoreReference(text, strict);
    expect(read.ok).toBe(false);
    expect(read.ok ? '' : read.reason).toMatch(reason);
  });

  test('the host of a store elsewhere is kept when it is allowed', () => {
    expect(
      readStoreReference('http://127.0.0.1:8900/stores/demo/v3', { allowedHosts: [], allowLoopback: true }),
    ).toEqual({
      ok: true,
      storeHash: 'demo',
      form: 'an API path',
      apiBaseUrl: 'http://127.0.0.1:8900',
    });
    expect(
      readStoreReference('https://api.proxy.example/stores/demo/v2/', {
        allowedHosts: ['api.proxy.example'],
        allowLoopback: false,
      }),
    ).toEqual({
      ok: true,
      storeHash: 'demo',
      form: 'an API path',
      apiBaseUrl: 'https://api.proxy.example',
    });
  });

  test('an allowed host is still asked by https', () => {
    const read = readStoreReference('http://api.proxy.example/stores/demo/v2/', {
      allowedHosts: ['api.proxy.example'],
      allowLoopback: true,
    });
    expect(read).toMatchObject({ ok: false });
  });
});
