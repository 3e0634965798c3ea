// What is sent to a store, and what becomes of each kind of answer. Odd answers come from a server of the test's own.
import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createStoreClient, mayGoOn, type StoreClient } from '../../bigcommerce/client.ts';
import { StoreError } from '../../bigcommerce/errors.ts';
import type { AnswerFacts } from '../../bigcommerce/http.ts';
import { answeringServer, type AnsweringServer, type Received } from './answering-server.ts';
import { wireOrderOf } from './orders-on-the-wire.ts';

const TOKEN = 'tok-very-secret';
let server: AnsweringServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function clientOf(
  answer: (response: ServerResponse, request: Received) => void,
  more: Partial<Parameters<typeof createStoreClient>[0]> = {},
): Promise<{ client: StoreClient; seen: AnsweringServer; facts: AnswerFacts[] }> {
  server = await answeringServer(answer);
  const facts: AnswerFacts[] = [];
  const client = createStoreClient({
    apiBaseUrl: server.url,
    storeHash: 'abc123',
    token: TOKEN,
    timeoutMs: 60_000,
    userAgent: 'Waybill/test',
    allowLoopback: true,
    extraHosts: [],
    onAnswer: async (fact) => {
      facts.push(fact);
    },
    ...more,
  });
  return { client, seen: server, facts };
}

const json = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  const error: unknown = await promise.then(
    () => new Error('did not fail'),
    (caught: unknown) => caught,
  );
  if (!(error instanceof StoreError)) throw error;
  expect(error.message).not.toContain(TOKEN);
  return error;
}

const list = { sort: 'id:asc', limit: 250 } as const;
const shipment = {
  kind: 'create_shipment',
  orderAddressId: 9,
  items: [{ orderProductId: 15, quantity: 2 }],
  trackingNumber: '9205',
  trackingUrl: '',
  shippingProvider: '',
  trackingCarrier: 'usps',
  shippingMethod: '',
  comments: '',
} as const;

describe('what is sent', () => {
  it('asks for lines, fees and the object form in one call, each value encoded once', async () => {
    const { client, seen } = await clientOf((response) => json(response, 200, []));
    await client.listOrders({
      ...list,
      sort: 'date_modified:asc',
      minModified: '2026-01-02T03:04:05Z',
      maxModified: '2026-01-02T04:00:00Z',
    });
    const url = new URL(seen.received[0]?.url ?? '', 'http://x');
    expect(url.pathname).toBe('/stores/abc123/v2/orders');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      include: 'consignments.line_items,fees',
      consignment_structure: 'object',
      limit: '250',
      sort: 'date_modified:asc',
      min_date_modified: '2026-01-02T03:04:05Z',
      max_date_modified: '2026-01-02T04:00:00Z',
    });
    expect(url.search).not.toContain('%25');
    expect(seen.received[0]?.headers).toMatchObject({
      'x-auth-token': TOKEN,
      accept: 'application/json',
      'user-agent': 'Waybill/test',
    });
  });

  it('counts with the same filters but without page, limit, sort and include', async () => {
    const { client, seen } = await clientOf((response) =>
      json(response, 200, { count: 3, statuses: [{ id: 11, name: 'x', count: 3 }] }),
    );
    expect(await client.countOrders({ minCreated: '2026-01-02T00:00:00Z', statusId: 11 })).toEqual({
      total: 3,
      byStatus: [{ statusId: 11, count: 3 }],
    });
    expect(seen.received[0]?.url).toBe(
      '/stores/abc123/v2/orders/count?min_date_created=2026-01-02T00%3A00%3A00Z&status_id=11',
    );
  });

  it('sends a status change with the number of the status and nothing else', async () => {
    const { client, seen } = await clientOf((response) => json(response, 200, wireOrderOf()));
    await client.setStatus(1001, 2);
    expect(seen.received).toMatchObject([
      { method: 'PUT', url: '/stores/abc123/v2/orders/1001', body: '{"status_id":2}' },
    ]);
  });

  it('sends a shipment with its items and an empty provider rather than none', async () => {
    const { client, seen } = await clientOf((response) =>
      json(response, 201, {
        id: 5,
        order_id: 1001,
        order_address_id: 9,
        tracking_number: '9205',
        comments: null,
        items: [{ order_product_id: 15, product_id: 0, quantity: 2 }],
      }),
    );
    expect(await client.createShipment(1001, { ...shipment, items: [...shipment.items] })).toEqual({
      shipmentId: 5,
      orderAddressId: 9,
      trackingNumber: '9205',
      comments: '',
      items: [{ orderProductId: 15, quantity: 2 }],
    });
    expect(JSON.parse(seen.received[0]?.body ?? '')).toEqual({
      order_address_id: 9,
      tracking_number: '9205',
      shipping_provider: '',
      tracking_carrier: 'usps',
      items: [{ order_product_id: 15, quantity: 2 }],
    });
  });

  it('updates a shipment without its items, which the API does not accept', async () => {
    const { client, seen } = await clientOf((response) =>
      json(response, 200, { id: 5, order_address_id: 9, tracking_number: 'B', items: [] }),
    );
    await client.updateShipment(1001, {
      kind: 'update_shipment',
      shipmentId: 5,
      trackingNumber: 'B',
      trackingUrl: '',
      shippingProvider: 'ups',
      trackingCarrier: '',
    });
    expect(seen.received[0]).toMatchObject({
      method: 'PUT',
      url: '/stores/abc123/v2/orders/1001/shipments/5',
    });
    expect(JSON.parse(seen.received[0]?.body ?? '')).toEqual({
      tracking_number: 'B',
      tracking_link: '',
      shipping_provider: 'ups',
      tracking_carrier: '',
    });
  });

  it('always says how long a page may be, because lists stop at 50 otherwise', async () => {
    const { client, seen } = await clientOf((response) => response.writeHead(204).end());
    await client.orderProducts(7, 2);
    await client.listShipments(7, 1);
    expect(seen.received.map((request) => request.url)).toEqual([
      '/stores/abc123/v2/orders/7/products?limit=250&page=2',
      '/stores/abc123/v2/orders/7/shipments?limit=250&page=1',
    ]);
  });

  it('sends nothing when no call is granted', async () => {
    const { client, seen } = await clientOf((response) => json(response, 200, []), {
      beforeCall: () => Promise.reject(new Error('no grant')),
    });
    await expect(client.listOrders(list)).rejects.toThrow('no grant');
    expect(seen.received).toEqual([]);
  });

  it('sends nothing with a token that no header can carry', async () => {
    const { client, seen } = await clientOf((response) => json(response, 200, []), { token: 'a\nb' });
    expect(await failureOf(client.storeTime())).toMatchObject({ code: 'BigCommerceAuth', effect: 'none' });
    expect(seen.received).toEqual([]);
  });
});

describe('a good answer', () => {
  it('without a body is an empty list', async () => {
    const { client } = await clientOf((response) => response.writeHead(204).end());
    expect((await client.listOrders(list)).orders).toEqual([]);
    expect(await client.listShipments(1, 1)).toEqual([]);
    expect(await client.orderProducts(1, 1)).toEqual([]);
  });

  it('tells the store clock and the quota headers', async () => {
    const { client, facts } = await clientOf((response) =>
      json(response, 200, [], {
        date: 'Fri, 02 Jan 2026 03:04:05 GMT',
        'X-Rate-Limit-Requests-Quota': '150',
        'X-Rate-Limit-Requests-Left': '149',
        'X-Rate-Limit-Time-Reset-Ms': '15000',
        'X-Rate-Limit-Time-Window-Ms': '30000',
      }),
    );
    expect((await client.listOrders(list)).storeNow).toBe('2026-01-02T03:04:05Z');
    expect(facts).toMatchObject([
      {
        call: 'GET /v2/orders',
        status: 200,
        quota: { quota: 150, left: 149, resetMs: 15000, windowMs: 30000, retryAfterMs: null },
        storeNow: '2026-01-02T03:04:05Z',
      },
    ]);
  });

  it('may be compressed', async () => {
    const { client } = await clientOf((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"time":1767322800}')),
    );
    expect(await client.storeTime()).toBe('2026-01-02T03:00:00Z');
  });

  it('that holds another order than asked for is not taken', async () => {
    const { client } = await clientOf((response) => json(response, 200, wireOrderOf()));
    expect(await failureOf(client.getOrder(7))).toMatchObject({ code: 'UnexpectedAnswer', reason: 'shape' });
  });
});

describe('a refusal', () => {
  const cases = [
    [401, 'BigCommerceAuth', 'unauthorized', false, 'none'],
    [403, 'BigCommerceAuth', 'forbidden', false, 'none'],
    [404, 'BigCommerceNotFound', 'not_found', false, 'none'],
    [400, 'InvalidRequest', 'refused', false, 'none'],
    [405, 'InvalidRequest', 'refused', false, 'none'],
    [409, 'InvalidRequest', 'refused', false, 'none'],
    [413, 'InvalidRequest', 'refused', false, 'none'],
    [422, 'InvalidRequest', 'refused', false, 'none'],
    [423, 'BigCommerceUnavailable', 'server_error', true, 'none'],
    [429, 'BigCommerceRateLimited', 'rate_limited', true, 'none'],
    [499, 'BigCommerceUnavailable', 'server_error', true, 'unknown'],
    [500, 'BigCommerceUnavailable', 'server_error', true, 'unknown'],
    [502, 'BigCommerceUnavailable', 'server_error', true, 'unknown'],
    [503, 'BigCommerceUnavailable', 'server_error', true, 'unknown'],
    [504, 'BigCommerceUnavailable', 'server_error', true, 'unknown'],
    [507, 'BigCommerceUnavailable', 'server_error', false, 'none'],
  ] as const;
  it.each(cases)('%i is %s (%s)', async (status, code, reason, retryable, effect) => {
    const { client } = await clientOf((response) => json(response, status, [{ status, message: 'no' }]));
    expect(await failureOf(client.setStatus(1, 2))).toMatchObject({
      code,
      reason,
      retryable,
      effect,
      httpStatus: status,
    });
  });

  it('carries the store sentence from the V2 and the V3 shape, without e-mail addresses', async () => {
    const { client } = await clientOf((response, request) =>
      request.url.includes('/store') && !request.url.includes('orders')
        ? json(response, 422, { status: 422, title: 'Missing  jane@example.com', errors: {} })
        : json(response, 400, [
            {
              status: 400,
              message: "The field 'quantity' is invalid.",
              details: {
                invalid_reason:
                  'The quantity specified is greater than the quantity of the product that is available to ship.',
                available_quantity: 0,
                order_product_id: 14,
              },
            },
          ]),
    );
    expect(
      (await failureOf(client.createShipment(1, { ...shipment, items: [...shipment.items] }))).storeSentence,
    ).toBe(
      "The field 'quantity' is invalid. · The quantity specified is greater than the quantity of the product that is available to ship. · order_product_id 14 · available_quantity 0",
    );
    const { client: other } = await clientOf((response) =>
      json(response, 422, { status: 422, title: 'Missing  jane@example.com', errors: {} }),
    );
    expect((await failureOf(other.storeTime())).storeSentence).toBe('Missing (e-mail)');
  });

  it('429 tells how long to wait where the store says so, and that it does not where not', async () => {
    const { client } = await clientOf((response) =>
      json(response, 429, {}, { 'X-Rate-Limit-Time-Reset-Ms': '1500', 'X-Retry-After': '2' }),
    );
    expect((await failureOf(client.storeTime())).wait).toEqual({ resetMs: 1500, retryAfterMs: 2000 });
    await server?.close();
    const { client: silent } = await clientOf((response) => response.writeHead(429).end());
    expect((await failureOf(silent.storeTime())).wait).toEqual({ resetMs: null, retryAfterMs: null });
  });

  it('goes by the HTTP status, also where the status in the body differs', async () => {
    const { client } = await clientOf((response) => json(response, 404, [{ status: 200, message: 'fine' }]));
    expect(await failureOf(client.storeTime())).toMatchObject({
      code: 'BigCommerceNotFound',
      httpStatus: 404,
    });
  });

  it('redirects are not followed, so the token goes nowhere else', async () => {
    const { client, seen } = await clientOf((response) =>
      response.writeHead(301, { location: 'http://elsewhere.example/' }).end(),
    );
    expect(await failureOf(client.storeTime())).toMatchObject({
      code: 'UnexpectedAnswer',
      reason: 'redirect',
      retryable: false,
    });
    expect(seen.received).toHaveLength(1);
  });
});

describe('an answer that is not one', () => {
  const odd: [string, string, (response: ServerResponse) => void][] = [
    [
      'an HTML page with status 200',
      'not_json',
      (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>maintenance</html>'),
    ],
    ['an empty body with status 200', 'not_json', (r) => r.writeHead(200).end()],
    ['JSON that is cut', 'cut_body', (r) => r.writeHead(200).end('{"time": 17')],
    [
      'bytes that are not UTF-8',
      'encoding',
      (r) => r.writeHead(200).end(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
    ],
    [
      'a compression that is none',
      'encoding',
      (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('{"time":1}'),
    ],
    ['another shape', 'shape', (r) => r.writeHead(200).end('{"time":"noon"}')],
  ];
  it.each(odd)('%s ends as %s', async (_what, reason, answer) => {
    const { client } = await clientOf(answer);
    expect(await failureOf(client.storeTime())).toMatchObject({
      code: 'UnexpectedAnswer',
      reason,
      retryable: true,
      effect: 'unknown',
    });
  });

  it('a body that ends early is a broken connection', async () => {
    const { client } = await clientOf((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"time":1');
      setImmediate(() => response.socket?.destroy());
    });
    expect(await failureOf(client.storeTime())).toMatchObject({
      code: 'BigCommerceUnavailable',
      reason: 'connection',
      effect: 'unknown',
    });
  });

  it('a connection that is cut is asked once only', async () => {
    const { client, seen } = await clientOf((response) => response.socket?.destroy());
    expect(await failureOf(client.setStatus(1, 2))).toMatchObject({
      code: 'BigCommerceUnavailable',
      effect: 'unknown',
    });
    expect(seen.received).toHaveLength(1);
  });

  it('no answer within the time-out is unclear for a write', async () => {
    const { client } = await clientOf(() => undefined, { timeoutMs: 100 });
    expect(await failureOf(client.setStatus(1, 2))).toMatchObject({
      code: 'BigCommerceUnavailable',
      reason: 'timeout',
      effect: 'unknown',
    });
  });

  it('a port that nobody listens on had no effect', async () => {
    const { client } = await clientOf(() => undefined);
    await server?.close();
    expect(await failureOf(client.setStatus(1, 2))).toMatchObject({
      code: 'BigCommerceUnavailable',
      reason: 'connection',
      effect: 'none',
    });
  });

  it('a server that speaks no TLS had no effect', async () => {
    await clientOf(() => undefined);
    const secure = createStoreClient({
      apiBaseUrl: server?.url.replace('http:', 'https:') ?? '',
      storeHash: 'abc123',
      token: TOKEN,
      timeoutMs: 60_000,
      userAgent: 'x',
      allowLoopback: true,
      extraHosts: [],
    });
    expect(await failureOf(secure.setStatus(1, 2))).toMatchObject({
      code: 'BigCommerceUnavailable',
      reason: 'tls',
      effect: 'none',
    });
  });

  it('a body beyond the limit is not read to its end', async () => {
    const { client } = await clientOf((response) =>
      response.writeHead(200).end(Buffer.alloc(5 * 1024 * 1024, 0x20)),
    );
    expect(await failureOf(client.storeTime())).toMatchObject({
      code: 'UnexpectedAnswer',
      reason: 'too_large',
    });
  });

  it('a read ends when it is cancelled', async () => {
    const stop = new AbortController();
    const { client } = await clientOf(() => stop.abort(), { signal: stop.signal });
    await expect(client.storeTime()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('a read that is cancelled before it begins ends too', async () => {
    const { client } = await clientOf((response) => json(response, 200, { time: 1_700_000_000 }), {
      signal: AbortSignal.abort(),
    });
    await expect(client.storeTime()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('many reads of one attempt leave nothing behind on its signal', async () => {
    const stop = new AbortController();
    const { client } = await clientOf((response) => json(response, 200, { time: 1_700_000_000 }), {
      signal: stop.signal,
    });
    for (let read = 0; read < 12; read += 1) await client.storeTime();
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });
});

describe('a page', () => {
  const row = (id: number, modified: string, more: object = {}) => ({
    ...wireOrderOf({
      id,
      date_modified: new Date(modified).toUTCString().replace('GMT', '+0000'),
      date_created: 'Wed, 10 Jan 2018 21:05:30 +0000',
    }),
    ...more,
  });
  const window = {
    sort: 'date_modified:asc',
    limit: 250,
    minModified: '2026-01-02T00:00:00Z',
    maxModified: '2026-01-02T12:00:00Z',
  } as const;
  const noon = { date: 'Fri, 02 Jan 2026 13:00:00 GMT' };
  const refusedPage = async (rows: unknown[], query: Parameters<StoreClient['listOrders']>[0]) => {
    const { client } = await clientOf((response) => json(response, 200, rows, noon));
    const failure = await failureOf(client.listOrders(query));
    await server?.close();
    return failure;
  };

  it('with rows outside the asked window is not trusted', async () => {
    expect(await refusedPage([row(1, '2018-01-01T00:00:00Z')], window)).toMatchObject({
      code: 'FilterIgnored',
      retryable: false,
    });
    expect(await refusedPage([row(1, '2026-01-02T12:00:01Z')], window)).toMatchObject({
      code: 'FilterIgnored',
    });
    expect(
      await refusedPage([row(1, '2026-01-02T01:00:00Z')], { ...list, minCreated: '2026-01-01T00:00:00Z' }),
    ).toMatchObject({ code: 'FilterIgnored' });
    expect(await refusedPage([row(1, '2026-01-02T01:00:00Z')], { ...list, minId: 2 })).toMatchObject({
      code: 'FilterIgnored',
    });
    expect(await refusedPage([row(1, '2026-01-02T01:00:00Z')], { ...list, storefrontId: 2 })).toMatchObject({
      code: 'FilterIgnored',
    });
  });

  it('that is not sorted as asked, or longer than asked, is not trusted', async () => {
    expect(
      await refusedPage([row(1, '2026-01-02T03:00:00Z'), row(2, '2026-01-02T02:00:00Z')], window),
    ).toMatchObject({ code: 'FilterIgnored' });
    expect(
      await refusedPage([row(2, '2026-01-02T03:00:00Z'), row(1, '2026-01-02T03:00:00Z')], list),
    ).toMatchObject({ code: 'FilterIgnored' });
    expect(
      await refusedPage([row(1, '2026-01-02T03:00:00Z'), row(2, '2026-01-02T03:00:00Z')], {
        ...list,
        limit: 1,
      }),
    ).toMatchObject({ code: 'FilterIgnored' });
  });

  it('may hold an order that was modified while it was listed', async () => {
    const { client } = await clientOf((response) =>
      json(response, 200, [row(1, '2026-01-02T13:00:00Z'), row(2, '2026-01-02T02:00:00Z')], noon),
    );
    expect((await client.listOrders(window)).orders).toHaveLength(2);
  });

  it('is followed by another one where it is full or ends at a silent cap', () => {
    expect([250, 50, 100, 200].map((length) => mayGoOn(length, 250))).toEqual([true, true, true, true]);
    expect([0, 1, 49, 51, 249].map((length) => mayGoOn(length, 250))).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(mayGoOn(1, 1)).toBe(true);
  });

  it('keeps an order that cannot be read beside the others', async () => {
    const { client } = await clientOf((response) =>
      json(
        response,
        200,
        [row(1, '2026-01-02T01:00:00Z'), { id: 2, nonsense: true }, row(3, '2026-01-02T02:00:00Z')],
        noon,
      ),
    );
    expect((await client.listOrders(window)).orders).toHaveLength(3);
  });
});

describe('the address of a store', () => {
  const make =
    (apiBaseUrl: string, more: object = {}) =>
    () =>
      createStoreClient({
        apiBaseUrl,
        storeHash: 'abc123',
        token: TOKEN,
        timeoutMs: 1,
        userAgent: 'x',
        allowLoopback: false,
        extraHosts: ['proxy.example.com'],
        ...more,
      });

  it('is https at an allowed host', () => {
    expect(make('https://api.bigcommerce.com')).not.toThrow();
    expect(make('https://proxy.example.com')).not.toThrow();
  });

  it.each([
    ['another host', 'https://evil.example.com', {}],
    ['plain http', 'http://api.bigcommerce.com', {}],
    ['loopback that is not allowed', 'http://127.0.0.1:8080', {}],
    ['a link-local address', 'http://169.254.169.254', { allowLoopback: true }],
    ['a path', 'https://api.bigcommerce.com/stores/x', {}],
    ['a user name', 'https://user:pw@api.bigcommerce.com', {}],
    ['no URL', 'api.bigcommerce.com', {}],
    ['a hash with a path in it', 'https://api.bigcommerce.com', { storeHash: '../v3' }],
  ])('is refused for %s', (_what, url, more) => {
    expect(make(url, more)).toThrow(
      expect.objectContaining({ code: 'AddressNotAllowed', retryable: false }) as Error,
    );
  });

  it('may be loopback over http when the installation allows it', () => {
    expect(make('http://127.0.0.1:8080', { allowLoopback: true })).not.toThrow();
  });
});
