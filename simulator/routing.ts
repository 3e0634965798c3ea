// From method and path to the endpoint that answers. Knows templates and parameters, not what endpoints do.
import { Refusal, v2Error } from './answers.ts';
import type { Answer } from './answers.ts';
import type { AccessToken } from './scopes.ts';
import type { StoreState } from './store.ts';
import type { WireContext } from './wire.ts';

/** One request, read and allowed. */
export interface Call {
  readonly store: StoreState;
  readonly token: AccessToken;
  readonly method: string;
  /** Path behind `/stores/{hash}`, without the query. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly context: WireContext;
}

/** One endpoint. */
export interface Route {
  readonly method: string;
  /** As in the published descriptions, with the version in front: `/v2/orders/{order_id}`. */
  readonly template: string;
  /** Any of these scopes allows the call (its read-only form for reads); none needed when empty. */
  readonly scopes: readonly string[];
  readonly handle: (call: Call) => Answer;
}

interface CompiledRoute {
  readonly route: Route;
  readonly segments: readonly string[];
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Record<string, string>;
}

/** All endpoints of the API. A literal segment wins over a parameter when it is listed first. */
export class RouteTable {
  readonly #routes: CompiledRoute[];

  constructor(routes: readonly Route[]) {
    const compiled = routes.map((route) => ({ route, segments: route.template.split('/') }));
    const parameters = (entry: CompiledRoute): number =>
      entry.segments.filter((segment) => segment.startsWith('{')).length;
    this.#routes = compiled.sort((a, b) => parameters(a) - parameters(b));
  }

  /** The endpoint for a request; `wrong-method` when the path exists with other methods only. */
  find(method: string, path: string): RouteMatch | 'wrong-method' | null {
    const parts = path.split('/');
    let pathExists = false;
    for (const { route, segments } of this.#routes) {
      const params = matchSegments(segments, parts);
      if (params === null) continue;
      if (route.method === method) return { route, params };
      pathExists = true;
    }
    return pathExists ? 'wrong-method' : null;
  }
}

function matchSegments(segments: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (segments.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index] ?? '';
    const part = parts[index] ?? '';
    if (segment.startsWith('{')) {
      if (!/^[A-Za-z0-9_-]+$/.test(part)) return null;
      params[segment.slice(1, -1)] = part;
    } else if (segment !== part) {
      return null;
    }
  }
  return params;
}

/** A numeric path parameter; an unreadable one finds nothing. */
export function idParam(call: Call, name: string): number {
  const id = Number(call.params[name]);
  return Number.isSafeInteger(id) ? id : -1;
}

/** Keeps a write that took effect. */
export function recordWrite(call: Call, effect: string): void {
  call.store.ledger.writes.push({
    at: new Date(call.store.clock.nowMs()).toISOString(),
    method: call.method,
    path: call.path,
    body: call.body,
    effect,
  });
}

/** The body as an object with unknown members. Throws a V2 400 for anything else. */
export function v2Body(call: Call): Record<string, unknown> {
  if (isRecord(call.body)) return call.body;
  throw new Refusal(v2Error(400, 'The request body could not be parsed.'));
}

/** Whether a value is an object with members, not a list and not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
