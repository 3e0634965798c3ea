// What a store's webhook tells: which order to read, and nothing else; and which webhooks must be made, woken or removed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readStoreWebhook, WEBHOOK_SECRET_HEADER, webhookDestination } from '../../domain/store-webhook.ts';
import { planWebhooks, type ListedWebhook, type WebhookWish } from '../../domain/webhook-plan.ts';

const STORE = { storeHash: 'abc123' };
const body = (scope: string, data: unknown, more: object = {}) => ({
  scope,
  store_id: '1025646',
  data,
  hash: 'f'.repeat(40),
  created_at: 1_561_479_335,
  producer: 'stores/abc123',
  ...more,
});

describe('a webhook names the order to read', () => {
  test.each([
    ['store/order/created', { type: 'order', id: 250 }, 250],
    ['store/order/updated', { type: 'order', id: '250' }, 250],
    ['store/order/archived', { type: 'order', id: 250 }, 250],
    ['store/order/statusUpdated', { type: 'order', id: 250, status: { new_status_id: 2 } }, 250],
    ['store/order/statusUpdated', { type: 'order', id: 250 }, 250],
    ['store/order/message/created', { type: 'order', id: 250, message: { order_message_id: 3 } }, 250],
    ['store/order/refund/created', { type: 'order', id: 250, refund: { refund_id: 9 } }, 250],
    ['store/order/transaction/created', { type: 'transaction', order_id: '250', transaction_id: 7 }, 250],
    ['store/order/metafield/updated', { metafield_id: 4, resource_id: '250' }, 250],
    ['store/shipment/created', { type: 'shipment', id: 12, orderId: 250 }, 250],
    ['store/channel/3/order/updated', { order_id: 250 }, 250],
  ])('%s %j', (scope, data, orderId) => {
    expect(readStoreWebhook(body(scope, data), STORE)).toMatchObject({ ok: true, scope, orderId });
  });

  test.each([
    ['store/product/updated', { type: 'product', id: 250 }],
    ['store/cart/converted', { type: 'cart', id: 'x', orderId: 250 }],
    ['store/order/somethingNew', { type: 'order', id: 250 }],
    ['store/order/updated', { type: 'order', id: 0 }],
    ['store/order/updated', { type: 'order', id: '250x' }],
    ['store/order/updated', null],
    ['store/app/uninstalled', {}],
  ])('%s %j names none, which is no error', (scope, data) => {
    expect(readStoreWebhook(body(scope, data), STORE)).toMatchObject({ ok: true, orderId: null });
  });
});

describe('a body is refused', () => {
  test('that is of another store', () => {
    expect(
      readStoreWebhook(body('store/order/updated', { id: 1 }, { producer: 'stores/other' }), STORE),
    ).toMatchObject({ ok: false, why: 'other_store' });
  });

  test.each([[null], [[]], ['text'], [{}], [{ scope: 7 }], [{ scope: 'store/order/updated' }]])(
    'that is %j',
    (given) => {
      expect(readStoreWebhook(given, STORE)).toMatchObject({ ok: false, why: 'shape' });
    },
  );

  test('or read, but never thrown about', () => {
    fc.assert(fc.property(fc.anything(), (given) => typeof readStoreWebhook(given, STORE).ok === 'boolean'));
  });
});

const NOW = '2026-03-01T10:05:00.000Z';
const wish: WebhookWish = {
  scopes: ['store/order/created', 'store/order/updated'],
  destination: webhookDestination('https://waybill.example/', 'acme'),
  secret: 's3',
};
const hook = (webhookId: number, scope: string, more: Partial<ListedWebhook> = {}): ListedWebhook => ({
  webhookId,
  scope,
  destination: wish.destination,
  headers: { [WEBHOOK_SECRET_HEADER]: wish.secret },
  active: true,
  ...more,
});
const both = [hook(1, 'store/order/created'), hook(2, 'store/order/updated')];
const known = [
  { scope: 'store/order/created', webhookId: 1, seenActiveAt: '2026-03-01T10:00:00.000Z' },
  { scope: 'store/order/updated', webhookId: 2, seenActiveAt: '2026-03-01T09:50:00.000Z' },
];

describe('the webhooks of a channel', () => {
  test('are made where there are none, which is no loss at the first time', () => {
    expect(planWebhooks(wish, [], [], NOW)).toEqual({
      steps: [
        { kind: 'create', scope: 'store/order/created' },
        { kind: 'create', scope: 'store/order/updated' },
      ],
      inPlace: [],
      missed: [],
      silentSince: null,
    });
  });

  test('are left alone while they are in place', () => {
    const plan = planWebhooks(wish, both, known, NOW);
    expect(plan.steps).toEqual([]);
    expect(plan.inPlace).toHaveLength(2);
    expect(plan.silentSince).toBeNull();
  });

  test('are switched on again, and what was missed since counts from when they were last seen on', () => {
    const [created, updated] = both as [ListedWebhook, ListedWebhook];
    const plan = planWebhooks(wish, [created, { ...updated, active: false }], known, NOW);
    expect(plan.steps).toEqual([
      { kind: 'update', scope: 'store/order/updated', webhookId: 2, reactivate: true, secret: false },
    ]);
    expect(plan.silentSince).toBe('2026-03-01T09:50:00.000Z');
  });

  test('are made again when they are gone with their API account', () => {
    const plan = planWebhooks(wish, [], known, NOW);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['create', 'create']);
    expect(plan.silentSince).toBe('2026-03-01T09:50:00.000Z');
  });

  test('that nobody has looked at for long count as missed since then, although they are on', () => {
    const plan = planWebhooks(wish, both, known, '2026-03-01T10:40:00.000Z');
    expect(plan.steps).toEqual([]);
    expect(plan.missed).toEqual(['store/order/updated']);
    expect(plan.silentSince).toBe('2026-03-01T09:50:00.000Z');
  });

  test('get a new secret without counting as lost', () => {
    const plan = planWebhooks({ ...wish, secret: 'new' }, both, known, NOW);
    expect(plan.steps).toMatchObject([
      { kind: 'update', secret: true, reactivate: false },
      { kind: 'update', secret: true, reactivate: false },
    ]);
    expect(plan.silentSince).toBeNull();
  });

  test('that nobody wants any more are removed, and those of others are not', () => {
    const foreign = hook(9, 'store/order/created', { destination: 'https://erp.example/hooks' });
    expect(planWebhooks({ ...wish, scopes: [] }, [...both, foreign], known, NOW).steps).toEqual([
      { kind: 'delete', scope: 'store/order/created', webhookId: 1 },
      { kind: 'delete', scope: 'store/order/updated', webhookId: 2 },
    ]);
  });

  test('of two for one scope the active one stays', () => {
    const twice = [hook(1, 'store/order/created', { active: false }), hook(3, 'store/order/created')];
    const plan = planWebhooks({ ...wish, scopes: ['store/order/created'] }, twice, known, NOW);
    expect(plan.steps).toEqual([{ kind: 'delete', scope: 'store/order/created', webhookId: 1 }]);
    expect(plan.silentSince).toBeNull();
  });
});
