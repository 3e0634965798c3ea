// Where the access token may go: exactly the allowed hosts, over https, and nowhere that an answer points to.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createStoreClient } from '../../bigcommerce/client.ts';
import { storeAddress, type AddressRules } from '../../bigcommerce/store-address.ts';
import { answeringServer } from './answering-server.ts';
import { storeErrorOf } from './simulated.ts';

const STRICT: AddressRules = {
  allowLoopback: false,
  extraHosts: ['proxy.example.com', 'gate.example.com:8443'],
};
const LOCAL: AddressRules = { ...STRICT, allowLoopback: true };
const refused = expect.objectContaining({
  code: 'AddressNotAllowed',
  retryable: false,
  effect: 'none',
}) as Error;

describe('an address', () => {
  it.each([
    ['https://api.bigcommerce.com', 'https://api.bigcommerce.com/stores/abc123'],
    ['https://api.bigcommerce.com/', 'https://api.bigcommerce.com/stores/abc123'],
    ['https://API.BigCommerce.COM:443', 'https://api.bigcommerce.com/stores/abc123'],
    ['https://proxy.example.com', 'https://proxy.example.com/stores/abc123'],
    ['https://gate.example.com:8443', 'https://gate.example.com:8443/stores/abc123'],
  ])('%s is allowed', (given, address) => {
    expect(storeAddress(given, 'abc123', STRICT)).toBe(address);
  });

  it.each([
    ['a foreign host', 'https://evil.example.com'],
    ['a name that begins with the allowed one', 'https://api.bigcommerce.com.evil.example'],
    ['a name that ends with the allowed one', 'https://evil-api.bigcommerce.com'],
    ['a name below the allowed one', 'https://x.api.bigcommerce.com'],
    ['the parent of the allowed one', 'https://bigcommerce.com'],
    ['the store of a shopper', 'https://store-abc123.mybigcommerce.com'],
    ['a trailing dot, which is another name to certificates', 'https://api.bigcommerce.com.'],
    ['the allowed name as user of another host', 'https://api.bigcommerce.com@evil.example'],
    ['the allowed name as user and password', 'https://api.bigcommerce.com:443@evil.example'],
    ['the allowed name behind a backslash', 'https://evil.example\\@api.bigcommerce.com'],
    ['the allowed name in the fragment', 'https://evil.example/#api.bigcommerce.com'],
    ['the allowed name in the query', 'https://evil.example/?api.bigcommerce.com'],
    ['the allowed name with an encoded dot behind it', 'https://api.bigcommerce.com%2eevil.example'],
    ['user-info at the allowed host', 'https://user:pw@api.bigcommerce.com'],
    ['another port of the allowed host', 'https://api.bigcommerce.com:8443'],
    ['an allowed host without its port', 'https://gate.example.com'],
    ['plain http', 'http://api.bigcommerce.com'],
    ['http on the port of https', 'http://api.bigcommerce.com:443'],
    ['another scheme', 'ftp://api.bigcommerce.com'],
    ['a scheme without a host', 'file:///etc/passwd'],
    ['a path', 'https://api.bigcommerce.com/stores/other'],
    ['a query', 'https://api.bigcommerce.com?x=1'],
    ['a fragment', 'https://api.bigcommerce.com#x'],
    ['no scheme', 'api.bigcommerce.com'],
    ['nothing', ''],
    ['loopback by name', 'https://localhost'],
    ['loopback by number', 'http://127.0.0.1:8080'],
    ['loopback in another spelling', 'http://0x7f.1'],
    ['loopback as IPv6', 'http://[::1]:8080'],
    ['a number of the machine', 'https://0.0.0.0'],
  ])('is refused: %s', (_what, given) => {
    expect(() => storeAddress(given, 'abc123', STRICT)).toThrow(refused);
  });

  it.each([
    'http://127.0.0.1:8080',
    'http://localhost:8080',
    'http://[::1]:8080',
    'https://127.0.0.1',
    'http://127.1',
  ])('%s is allowed where the installation allows stores on this machine', (given) => {
    expect(() => storeAddress(given, 'abc123', LOCAL)).not.toThrow();
    expect(() => storeAddress(given, 'abc123', STRICT)).toThrow(refused);
  });

  it.each([
    ['the cloud’s own address', 'http://169.254.169.254'],
    ['a private network', 'http://10.0.0.7'],
    ['a private network over https', 'https://192.168.1.1'],
    ['another loopback number', 'http://127.0.0.2'],
    ['loopback inside IPv6', 'http://[::ffff:127.0.0.1]'],
    ['a name that begins with localhost', 'http://localhost.evil.example'],
    ['localhost with a dot', 'http://localhost.'],
    ['a link-local IPv6 address', 'http://[fe80::1]'],
  ])('is refused although stores on this machine are allowed: %s', (_what, given) => {
    expect(() => storeAddress(given, 'abc123', LOCAL)).toThrow(refused);
  });

  it.each(['', '..', '../v3', 'a/b', 'a%2fb', 'abc 123', 'ABC', 'store-abc', 'a?b', 'a#b', 'x'.repeat(41)])(
    'is refused for the store hash %j',
    (storeHash) => {
      expect(() => storeAddress('https://api.bigcommerce.com', storeHash, STRICT)).toThrow(refused);
    },
  );
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('by %i is not followed, by no call', async (status) => {
    const asked: string[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(String(request.headers['x-auth-token']));
      response.end('{}');
    });
    await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
    // Listening on TCP, so the address is one with a port.
    const { port } = elsewhere.address() as AddressInfo;
    const store = await answeringServer((response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${String(port)}/` }).end(),
    );
    try {
      const client = createStoreClient({
        apiBaseUrl: store.url,
        storeHash: 'abc123',
        token: 'tok',
        timeoutMs: 20_000,
        userAgent: 'Waybill/test',
        ...LOCAL,
      });
      for (const call of [
        () => client.storeTime(),
        () => client.setStatus(1, 2),
        () => client.deleteShipment(1, 2),
      ])
        expect(await storeErrorOf(call())).toMatchObject({
          reason: 'redirect',
          httpStatus: status,
          effect: 'none',
        });
      expect(asked).toEqual([]);
      expect(store.received).toHaveLength(3);
    } finally {
      await store.close();
      await new Promise((done) => elsewhere.close(done));
    }
  });
});
