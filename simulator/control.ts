// The control API under /_control: the merchant's side of the simulated stores, for tests, demos and benchmarks. No token:
// the simulator binds to loopback. Every call maps to one function of SimulatedStore.
import { json, v3Error } from './answers.ts';
import type { Answer } from './answers.ts';
import type { ClockChange } from './clock.ts';
import {
  readFaultRules,
  readManualShipment,
  readOrderEdit,
  readOrderSpec,
  readSeedRequest,
} from './control-bodies.ts';
import type { DeliverySettings } from './hook-delivery.ts';
import { isRecord } from './routing.ts';
import { ControlError } from './simulated-store.ts';
import type { SimulatedStore, TokenOptions } from './simulated-store.ts';
import type { StoreTraits } from './store.ts';
import type { SimulatedStoreOptions } from './options.ts';

/** What the control API can reach. */
export interface ControlledSimulator {
  stores(): readonly SimulatedStore[];
  find(hash: string): SimulatedStore | undefined;
  create(options: SimulatedStoreOptions): SimulatedStore;
  setClock(change: ClockChange): string;
  now(): string;
}

/** One control request; `text` is the body as it came. */
export interface ControlRequest {
  readonly method: string;
  /** Path segments behind `/_control`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly text: string;
}

type StoreAction = (store: SimulatedStore, request: ControlRequest, id: string) => unknown;

// Control bodies come from our own tests and demos: they are typed at the border and checked where it matters.
function body<T = unknown>(request: ControlRequest): T {
  try {
    return JSON.parse(request.text === '' ? '{}' : request.text) as T;
  } catch {
    throw new ControlError(400, 'The body of a control call must be JSON.');
  }
}

function list<T = unknown>(request: ControlRequest): T[] {
  const value = body<T | T[]>(request);
  return Array.isArray(value) ? value : [value];
}

/** Actions by `METHOD segment/segment`; `:id` stands for one path segment. */
const ACTIONS: Readonly<Record<string, StoreAction>> = {
  'GET ': (store) => storeCard(store),
  'PATCH ': (store, request) => {
    const change = body<Partial<StoreTraits> & { quota?: SimulatedStoreOptions['quota'] }>(request);
    const { quota, ...traits } = change;
    store.configure(traits, quota);
    return storeCard(store);
  },
  'POST seed': (store, request) => store.seed(readSeedRequest(body(request))),
  'POST orders': (store, request) => ({ ids: store.addOrders(list(request).map(readOrderSpec)) }),
  'GET orders': (store, request) => store.orders(request.query.get('fields')?.split(',') ?? undefined),
  'GET orders/:id': (store, _request, id) => store.order(Number(id)),
  'PATCH orders/:id': (store, request, id) => store.editOrder(Number(id), readOrderEdit(body(request))),
  'POST orders/:id/shipments': (store, request, id) => ({
    id: store.shipInControlPanel(Number(id), readManualShipment(body(request))),
  }),
  'DELETE orders/:id/shipments': (store, request, id) => {
    store.deleteShipment(Number(id), body<{ id: number }>(request).id);
    return {};
  },
  'PUT orders/:id/raw': (store, request, id) => {
    store.replaceRaw(Number(id), request.text);
    return {};
  },
  'DELETE orders/:id/raw': (store, _request, id) => {
    store.replaceRaw(Number(id), null);
    return {};
  },
  'PUT statuses/:id': (store, request, id) => {
    store.renameStatus(Number(id), body<{ custom_label: string }>(request).custom_label);
    return {};
  },
  'PUT tokens': (store, request) => {
    for (const token of list<TokenOptions>(request)) store.addToken(token);
    return {};
  },
  'DELETE tokens/:id': (store, _request, id) => ({ removed: store.removeToken(id) }),
  'PUT faults': (store, request) => {
    store.setFaults(readFaultRules(body(request)));
    return store.state.faults.list();
  },
  'GET faults': (store) => store.state.faults.list(),
  'DELETE faults': (store) => {
    store.clearFaults();
    return [];
  },
  'GET requests': (store) => store.requests(),
  'DELETE requests': (store) => {
    store.resetRequests();
    return {};
  },
  'POST quota/spend': (store, request) => {
    store.spendQuota(body<{ requests: number }>(request).requests);
    return {};
  },
  'GET writes': (store) => store.writes(),
  'GET mails': (store) => store.mails(),
  'GET hooks': (store) => store.state.hooks.all(),
  'PATCH hooks/:id': (store, request, id) => {
    const hook = store.state.hooks.get(Number(id));
    if (hook === undefined) throw new ControlError(404, `There is no hook ${id}.`);
    hook.isActive = body<{ is_active: boolean }>(request).is_active;
    return hook;
  },
  'GET hooks/deliveries': (store) => store.deliveries(),
  'POST hooks/deliveries': (store, request) => {
    store.setDeliveries(body<DeliverySettings>(request));
    return store.state.hooks.delivery.settings;
  },
  'POST hooks/deliveries/retry': (store) => ({ retried: store.state.hooks.delivery.retryFailed() }),
};

function storeCard(store: SimulatedStore): Record<string, unknown> {
  const { state } = store;
  return {
    storeHash: state.hash,
    ...state.traits,
    quota: state.quota.rule,
    orders: state.orderCount,
    tokens: [...state.tokens.values()].map((token) => ({ ...token, scopes: [...token.scopes] })),
  };
}

/** Answers one control call; errors come as JSON with a sentence. */
export function answerControl(simulator: ControlledSimulator, request: ControlRequest): Answer {
  try {
    return json(200, route(simulator, request) ?? {});
  } catch (error) {
    if (error instanceof ControlError) return v3Error(error.status, error.message);
    // An unreadable date of the clock.
    if (error instanceof RangeError) return v3Error(400, error.message);
    throw error;
  }
}

function route(simulator: ControlledSimulator, request: ControlRequest): unknown {
  const [root, hash, ...rest] = request.segments;
  if (root === 'clock' && hash === undefined) {
    if (request.method === 'GET') return { now: simulator.now() };
    return { now: simulator.setClock(body<ClockChange>(request)) };
  }
  if (root !== 'stores') throw new ControlError(404, 'Unknown control call.');
  if (hash === undefined) return simulator.stores().map(storeCard);
  if (request.method === 'PUT' && rest.length === 0) {
    const options = body<SimulatedStoreOptions>(request);
    if (!isRecord(options) || typeof options.token !== 'string')
      throw new ControlError(400, 'A store needs a token.');
    return storeCard(simulator.create({ ...options, storeHash: hash }));
  }
  const store = simulator.find(hash);
  if (store === undefined) throw new ControlError(404, `There is no store ${hash}.`);
  const path = rest.join('/');
  const exact = ACTIONS[`${request.method} ${path}`];
  if (exact !== undefined) return exact(store, request, '');
  const id = rest[1] ?? '';
  const action = ACTIONS[`${request.method} ${[rest[0], ':id', ...rest.slice(2)].join('/')}`];
  if (action === undefined) throw new ControlError(404, 'Unknown control call.');
  return action(store, request, id);
}
