// Registering webhooks. Each client sees its own hooks only; a second hook with the same scope and destination is refused.
import { NO_CONTENT, Refusal, json, notFound, v3Error } from './answers.ts';
import type { Answer } from './answers.ts';
import type { Hook } from './hook-registry.ts';
import { v3List, v3Page } from './query.ts';
import { idParam, isRecord, recordWrite } from './routing.ts';
import type { Call, Route } from './routing.ts';

/** Hooks of one client for one scope (bigcommerce-api.md section 9). */
const PER_SCOPE_MAX = 10;
const SCOPE = /^store(\/[A-Za-z]+)*(\/\d+)?(\/[A-Za-z]+)*(\/\*)?$/;
const KNOWN_SUBJECTS = new Set([
  'order',
  'shipment',
  'product',
  'sku',
  'category',
  'customer',
  'cart',
  'channel',
  'information',
  'app',
  'hook',
  'metafield',
  'priceList',
  'inventory',
  'company',
  'quote',
]);

function wire(call: Call, hook: Hook): Record<string, unknown> {
  return {
    id: hook.id,
    client_id: hook.clientId,
    store_hash: call.store.hash,
    scope: hook.scope,
    destination: hook.destination,
    headers: hook.headers,
    is_active: hook.isActive,
    created_at: hook.created,
    updated_at: hook.updated,
  };
}

/** https on port 443; loopback http only while the simulator delivers hooks itself. */
function isDestination(call: Call, text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.protocol === 'https:') return url.port === '';
  const loopback = url.hostname === '127.0.0.1' || url.hostname === 'localhost' || url.hostname === '[::1]';
  return url.protocol === 'http:' && loopback && call.store.hooks.delivery.settings.deliverHooks;
}

interface HookFields {
  scope?: string;
  destination?: string;
  headers?: Record<string, string> | null;
  isActive?: boolean;
}

function readFields(call: Call): HookFields {
  const body: unknown = call.body;
  if (!isRecord(body)) throw new Refusal(v3Error(400, 'The request body could not be parsed.'));
  const fields: HookFields = {};
  const { scope, destination, headers } = body;
  if (scope !== undefined) {
    if (typeof scope !== 'string' || !SCOPE.test(scope) || !KNOWN_SUBJECTS.has(scope.split('/')[1] ?? '')) {
      throw new Refusal(v3Error(422, 'The webhook could not be saved.', { scope: 'is not a known scope' }));
    }
    fields.scope = scope;
  }
  if (destination !== undefined) {
    if (typeof destination !== 'string' || !isDestination(call, destination)) {
      throw new Refusal(
        v3Error(422, 'The webhook could not be saved.', { destination: 'must be https on port 443' }),
      );
    }
    fields.destination = destination;
  }
  if (headers === null) fields.headers = null;
  else if (headers !== undefined) {
    if (!isRecord(headers))
      throw new Refusal(v3Error(422, 'The webhook could not be saved.', { headers: 'must be an object' }));
    fields.headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, String(value)]),
    );
  }
  const isActive = body['is_active'];
  if (typeof isActive === 'boolean') fields.isActive = isActive;
  return fields;
}

function refuseDuplicate(call: Call, scope: string, destination: string, self?: Hook): void {
  const own = call.store.hooks.ofClient(call.token.clientId).filter((hook) => hook !== self);
  if (own.some((hook) => hook.scope === scope && hook.destination === destination)) {
    // 409 or 422 is not settled; the published description knows 422 only.
    throw new Refusal(
      v3Error(422, 'The webhook could not be saved.', { destination: 'exists for this scope already' }),
    );
  }
  if (own.filter((hook) => hook.scope === scope).length >= PER_SCOPE_MAX) {
    throw new Refusal(
      v3Error(422, 'The webhook could not be saved.', { scope: `has ${PER_SCOPE_MAX} webhooks already` }),
    );
  }
}

function hookOf(call: Call): Hook {
  const hook = call.store.hooks.get(idParam(call, 'webhook_id'));
  if (hook?.clientId !== call.token.clientId) throw new Refusal(notFound('v3'));
  return hook;
}

function createHook(call: Call): Answer {
  const { scope, destination, headers, isActive } = readFields(call);
  if (scope === undefined || destination === undefined) {
    throw new Refusal(
      v3Error(422, 'The webhook could not be saved.', { scope: 'scope and destination are required' }),
    );
  }
  refuseDuplicate(call, scope, destination);
  const now = call.store.clock.nowSeconds();
  const hook: Hook = {
    id: call.store.nextId('hook'),
    clientId: call.token.clientId,
    clientSecret: call.token.clientSecret,
    scope,
    destination,
    headers: headers ?? null,
    isActive: isActive ?? true,
    created: now,
    updated: now,
  };
  call.store.hooks.add(hook);
  recordWrite(call, `hook ${hook.id} created for ${scope}`);
  return json(200, { data: wire(call, hook), meta: {} });
}

function updateHook(call: Call): Answer {
  const hook = hookOf(call);
  const fields = readFields(call);
  refuseDuplicate(call, fields.scope ?? hook.scope, fields.destination ?? hook.destination, hook);
  Object.assign(hook, fields, { updated: call.store.clock.nowSeconds() });
  recordWrite(call, `hook ${hook.id} written`);
  return json(200, { data: wire(call, hook), meta: {} });
}

function deleteHook(call: Call): Answer {
  const hook = hookOf(call);
  call.store.hooks.remove(hook);
  recordWrite(call, `hook ${hook.id} deleted`);
  return json(200, { data: wire(call, hook), meta: {} });
}

function listHooks(call: Call): Answer {
  const { query } = call;
  const active = query.get('is_active');
  const rows = call.store.hooks
    .ofClient(call.token.clientId)
    .filter(
      (hook) =>
        (active === null || String(hook.isActive) === active) &&
        (query.get('scope') ?? hook.scope) === hook.scope &&
        (query.get('destination') ?? hook.destination) === hook.destination,
    )
    .map((hook) => wire(call, hook));
  return json(200, v3List(rows, v3Page(query)));
}

function hookAdministration(call: Call): Answer {
  const page = v3List(
    call.store.hooks
      .ofClient(call.token.clientId)
      .map((hook) => ({ ...wire(call, hook), status: hook.isActive ? 'active' : 'deactivated' })),
    v3Page(call.query),
  );
  return json(200, {
    data: { emails: call.store.hooks.emails, hooks_list: page.data, blocked_domains: [] },
    meta: page.meta,
  });
}

function putHookAdministration(call: Call): Answer {
  const emails: unknown = isRecord(call.body) ? call.body['emails'] : undefined;
  if (!Array.isArray(emails))
    throw new Refusal(v3Error(422, 'The addresses are not valid.', { emails: 'must be a list' }));
  call.store.hooks.setEmails((emails as unknown[]).map(String));
  recordWrite(call, 'webhook notification addresses written');
  return NO_CONTENT;
}

const route = (method: string, template: string, handle: (call: Call) => Answer): Route => ({
  method,
  template,
  // Webhooks need no scope of their own.
  scopes: [],
  handle,
});

/** The webhook endpoints. */
export const hookRoutes: readonly Route[] = [
  route('GET', '/v3/hooks', listHooks),
  route('POST', '/v3/hooks', createHook),
  route('GET', '/v3/hooks/admin', hookAdministration),
  route('PUT', '/v3/hooks/admin', putHookAdministration),
  route('GET', '/v3/hooks/{webhook_id}', (call) => json(200, { data: wire(call, hookOf(call)), meta: {} })),
  route('PUT', '/v3/hooks/{webhook_id}', updateHook),
  route('DELETE', '/v3/hooks/{webhook_id}', deleteHook),
];
