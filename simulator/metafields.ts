// Order metafields: a create-once lock per client, namespace, key and order, and the visibility rules of other clients.
import { NO_CONTENT, Refusal, json, notFound, v3Error } from './answers.ts';
import type { Answer } from './answers.ts';
import { iso8601 } from './clock.ts';
import type { Metafield } from './metafield-shelf.ts';
import { v3OrderOf } from './payments.ts';
import { v3List, v3Page, v3Texts } from './query.ts';
import { idParam, isRecord, recordWrite } from './routing.ts';
import type { Call, Route } from './routing.ts';

const PERMISSION_SETS = new Set(['app_only', 'read', 'write', 'read_and_sf_access', 'write_and_sf_access']);
/** Limits of bigcommerce-api.md section 5.3. */
const NAMESPACE_MAX = 64;
const KEY_MAX = 64;
const VALUE_MAX = 65_535;
const DESCRIPTION_MAX = 255;
const PER_ORDER_AND_CLIENT_MAX = 250;
/** Rows in one batch call; the real limit is not published. */
const BATCH_MAX = 50;

function wire(field: Metafield): Record<string, unknown> {
  return {
    id: field.id,
    namespace: field.namespace,
    key: field.key,
    value: field.value,
    description: field.description,
    permission_set: field.permissionSet,
    resource_type: 'order',
    resource_id: field.orderId,
    date_created: iso8601(field.created),
    date_modified: iso8601(field.modified),
    owner_client_id: field.clientId,
  };
}

/** Others see everything but `app_only`; the right to write all lifts that. */
function isVisible(call: Call, field: Metafield): boolean {
  return (
    field.clientId === call.token.clientId ||
    field.permissionSet !== 'app_only' ||
    call.token.scopes.has('store_metafield_write_all')
  );
}

function mayWrite(call: Call, field: Metafield): boolean {
  return (
    field.clientId === call.token.clientId ||
    field.permissionSet.startsWith('write') ||
    call.token.scopes.has('store_metafield_write_all')
  );
}

function filtered(call: Call, rows: readonly Metafield[]): Record<string, unknown>[] {
  const keys = v3Texts(call.query, 'key:in') ?? v3Texts(call.query, 'key');
  const namespaces = v3Texts(call.query, 'namespace:in') ?? v3Texts(call.query, 'namespace');
  const bound = (name: string, fallback: number): number => {
    const text = call.query.get(name);
    const milliseconds = text === null ? NaN : Date.parse(text);
    return Number.isNaN(milliseconds) ? fallback : milliseconds / 1000;
  };
  const from = bound('date_modified:min', -Infinity);
  const to = bound('date_modified:max', Infinity);
  const found = rows.filter(
    (field) =>
      isVisible(call, field) &&
      (keys?.has(field.key) ?? true) &&
      (namespaces?.has(field.namespace) ?? true) &&
      field.modified >= from &&
      field.modified <= to,
  );
  if (call.query.get('direction') === 'desc') found.reverse();
  return found.map(wire);
}

interface Draft {
  namespace: string;
  key: string;
  value: string;
  description: string;
  permissionSet: string;
}

function text(body: Record<string, unknown>, name: string, max: number, fallback?: string): string {
  const value = body[name] ?? fallback;
  if (typeof value !== 'string' || value.length > max || (value === '' && name !== 'description')) {
    throw new Refusal(
      v3Error(422, `${name} is not valid`, { [name]: `must be text of 1 to ${max} characters` }),
    );
  }
  return value;
}

function readDraft(body: unknown, known?: Metafield): Draft {
  if (!isRecord(body)) throw new Refusal(v3Error(400, 'The request body could not be parsed.'));
  const permissionSet = body['permission_set'] ?? known?.permissionSet;
  if (typeof permissionSet !== 'string' || !PERMISSION_SETS.has(permissionSet)) {
    throw new Refusal(
      v3Error(422, 'permission_set is not valid', { permission_set: 'must be one of the known sets' }),
    );
  }
  return {
    namespace: text(body, 'namespace', NAMESPACE_MAX, known?.namespace),
    key: text(body, 'key', KEY_MAX, known?.key),
    value: text(body, 'value', VALUE_MAX, known?.value),
    description: text(body, 'description', DESCRIPTION_MAX, known?.description ?? ''),
    permissionSet,
  };
}

function create(call: Call, orderId: number, body: unknown): Metafield {
  const draft = readDraft(body);
  const { store, token } = call;
  if (store.metafields.twin(orderId, token.clientId, draft.namespace, draft.key) !== undefined) {
    throw new Refusal(
      v3Error(409, 'A metafield with the given namespace and key already exists on this resource.', {
        key: 'must be unique within the namespace',
      }),
    );
  }
  const own = store.metafields.ofOrder(orderId).filter((field) => field.clientId === token.clientId);
  if (own.length >= PER_ORDER_AND_CLIENT_MAX)
    throw new Refusal(v3Error(422, 'Too many metafields on this resource.'));
  const now = store.clock.nowSeconds();
  const field: Metafield = {
    id: store.nextId('metafield'),
    orderId,
    clientId: token.clientId,
    ...draft,
    created: now,
    modified: now,
  };
  store.metafields.add(field);
  store.emit('store/order/metafield/created', {
    type: 'metafield',
    metafield_id: field.id,
    resource_id: String(orderId),
  });
  return field;
}

function update(call: Call, field: Metafield, body: unknown): Metafield {
  if (!mayWrite(call, field))
    throw new Refusal(v3Error(403, 'This metafield belongs to another API account.'));
  const draft = readDraft(body, field);
  const renamed =
    draft.namespace !== field.namespace ||
    draft.key !== field.key ||
    draft.permissionSet !== field.permissionSet;
  if (renamed && field.clientId !== call.token.clientId) {
    throw new Refusal(v3Error(403, 'Only the owner may change namespace, key and permission set.'));
  }
  const twin = call.store.metafields.twin(field.orderId, field.clientId, draft.namespace, draft.key);
  if (twin !== undefined && twin !== field)
    throw new Refusal(v3Error(409, 'A metafield with this key already exists.'));
  Object.assign(field, draft, { modified: call.store.clock.nowSeconds() });
  call.store.emit('store/order/metafield/updated', {
    type: 'metafield',
    metafield_id: field.id,
    resource_id: String(field.orderId),
  });
  return field;
}

function remove(call: Call, field: Metafield): void {
  if (!mayWrite(call, field))
    throw new Refusal(v3Error(403, 'This metafield belongs to another API account.'));
  call.store.metafields.remove(field);
  call.store.emit('store/order/metafield/deleted', {
    type: 'metafield',
    metafield_id: field.id,
    resource_id: String(field.orderId),
  });
}

function fieldOf(call: Call): Metafield {
  const order = v3OrderOf(call);
  const field = call.store.metafields.get(idParam(call, 'metafield_id'));
  if (field?.orderId !== order.id || !isVisible(call, field)) throw new Refusal(notFound('v3'));
  return field;
}

/** Runs a batch row by row; rows that are refused are listed and the rest stays (422 partial success). */
function batch<T>(call: Call, act: (row: unknown) => T, effect: string): Answer {
  const rows = call.body;
  if (!Array.isArray(rows)) throw new Refusal(v3Error(400, 'The body must be a list.'));
  if (rows.length > BATCH_MAX)
    throw new Refusal(v3Error(413, `At most ${BATCH_MAX} metafields can be sent at once.`));
  const data: T[] = [];
  const errors: unknown[] = [];
  for (const row of rows as unknown[]) {
    try {
      data.push(act(row));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.push(JSON.parse(error.answer.text ?? '{}'));
    }
  }
  if (data.length > 0) recordWrite(call, `${data.length} metafields ${effect}`);
  const meta = { total: rows.length, success: data.length, failed: errors.length };
  return json(errors.length === 0 ? 200 : 422, { data, errors, meta });
}

function batchRow(call: Call, row: unknown): Metafield {
  const id: unknown = isRecord(row) ? row['id'] : row;
  const field = typeof id === 'number' ? call.store.metafields.get(id) : undefined;
  if (field === undefined || !isVisible(call, field)) throw new Refusal(notFound('v3'));
  return field;
}

const ALL = '/v3/orders/metafields';
const LIST = '/v3/orders/{order_id}/metafields';
const ONE = '/v3/orders/{order_id}/metafields/{metafield_id}';
const route = (method: string, template: string, handle: (call: Call) => Answer): Route => ({
  method,
  template,
  scopes: ['store_v2_orders'],
  handle,
});

/** The metafield endpoints of orders. */
export const metafieldRoutes: readonly Route[] = [
  route('GET', LIST, (call) =>
    json(200, v3List(filtered(call, call.store.metafields.ofOrder(v3OrderOf(call).id)), v3Page(call.query))),
  ),
  route('POST', LIST, (call) => {
    const order = v3OrderOf(call);
    const field = create(call, order.id, call.body);
    recordWrite(call, `order ${order.id}: metafield ${field.namespace}.${field.key} created`);
    return json(200, { data: wire(field), meta: {} });
  }),
  route('GET', ONE, (call) => json(200, { data: wire(fieldOf(call)), meta: {} })),
  route('PUT', ONE, (call) => {
    const field = update(call, fieldOf(call), call.body);
    recordWrite(call, `order ${field.orderId}: metafield ${field.namespace}.${field.key} written`);
    return json(200, { data: wire(field), meta: {} });
  }),
  route('DELETE', ONE, (call) => {
    const field = fieldOf(call);
    remove(call, field);
    recordWrite(call, `order ${field.orderId}: metafield ${field.namespace}.${field.key} deleted`);
    return NO_CONTENT;
  }),
  route('GET', ALL, (call) =>
    json(200, v3List(filtered(call, call.store.metafields.all()), v3Page(call.query))),
  ),
  route('POST', ALL, (call) =>
    batch(
      call,
      (row) => {
        const orderId = isRecord(row) ? row['resource_id'] : undefined;
        if (typeof orderId !== 'number' || call.store.order(orderId) === undefined)
          throw new Refusal(notFound('v3'));
        return wire(create(call, orderId, row));
      },
      'created',
    ),
  ),
  route('PUT', ALL, (call) => batch(call, (row) => wire(update(call, batchRow(call, row), row)), 'written')),
  route('DELETE', ALL, (call) =>
    batch(
      call,
      (row) => {
        const field = batchRow(call, row);
        remove(call, field);
        return field.id;
      },
      'deleted',
    ),
  ),
];
