// One API request from arrival to answer: token, faults, quota, media types, scope, endpoint. Order matters and is kept here.
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal, notFound, v2Error, v3Error, v3PlainError } from './answers.ts';
import type { Answer } from './answers.ts';
import type { Misfortune } from './faults.ts';
import { DEFAULT_QUOTA } from './quota.ts';
import type { RouteTable } from './routing.ts';
import { isAllowed } from './scopes.ts';
import type { AccessToken } from './scopes.ts';
import type { SimulatedStore } from './simulated-store.ts';

/** An answer with its headers. */
export interface ApiAnswer extends Answer {
  readonly headers: Readonly<Record<string, string>>;
}

/** A request that was read from the wire. */
export interface ApiRequest {
  readonly store: SimulatedStore | null;
  readonly table: RouteTable;
  readonly method: string;
  readonly storeHash: string;
  /** Behind `/stores/{hash}`. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Real, monotonic milliseconds. */
  readonly arrivedMs: number;
  /** The stores' clock. */
  readonly nowMs: number;
}

/** What is to be done: wait `latencyMs`, then `run`, then wait `lateMs`; null means cut the connection. */
export interface PlannedAnswer {
  readonly latencyMs: number;
  readonly lateMs: number;
  readonly run: () => ApiAnswer | null;
}

const UNAUTHORIZED = v3PlainError(
  401,
  'Unauthorized - the v3 Auth client ID or token in the request are not a valid combination for this store.',
);
/** More than any client should read of an answer that is no list. */
const HUGE_BYTES = 5 * 1024 * 1024;
/** What of a query is no filter. */
const SHAPE_PARAMETERS = new Set(['include', 'consignment_structure', 'page', 'limit']);
const MISSING_SCOPE_TITLE = "You don't have a required scope to access the endpoint";

/** Plans the answer of one request; counts it as arrived. */
export function answerApi(request: ApiRequest): PlannedAnswer {
  const { store } = request;
  const date = { Date: new Date(request.nowMs).toUTCString() };
  if (store === null) {
    // A malformed hash looks like a missing scope, an unknown one like a wrong token (bigcommerce-api.md section 1.6).
    const answer = /^[a-z0-9]+$/.test(request.storeHash) ? UNAUTHORIZED : v3Error(403, MISSING_SCOPE_TITLE);
    return { latencyMs: 0, lateMs: 0, run: () => ({ ...answer, headers: date }) };
  }
  const { state } = store;
  state.ledger.arrived(request.arrivedMs, state.quota.rule?.windowMs ?? DEFAULT_QUOTA.windowMs);
  const full = request.query === '' ? request.path : `${request.path}?${request.query}`;
  const misfortune = state.faults.next(request.method, full);
  const late = misfortune.fault === 'late-answer';
  return {
    latencyMs: late ? 0 : misfortune.latencyMs,
    lateMs: late ? misfortune.latencyMs : 0,
    run: () => {
      const { answer, template } = decide(request, store, misfortune);
      const status = answer?.status ?? 0;
      state.ledger.answered(`${request.method} ${template}`, {
        at: new Date(state.clock.nowMs()).toISOString(),
        method: request.method,
        path: full,
        status,
      });
      return answer;
    },
  };
}

function decide(
  request: ApiRequest,
  store: SimulatedStore,
  misfortune: Misfortune,
): { answer: ApiAnswer | null; template: string } {
  const { state } = store;
  const found = request.table.find(request.method, request.path);
  const template = found === null || found === 'wrong-method' ? request.path : found.route.template;
  const withHeaders = (answer: Answer): ApiAnswer => ({
    ...answer,
    headers: { Date: new Date(state.clock.nowMs()).toUTCString(), ...state.quota.headers(performance.now()) },
  });
  const before = faultBefore(request, misfortune, withHeaders);
  if (before !== undefined) return { answer: before, template };
  const header = request.headers['x-auth-token'];
  const token = store.tokenOf(typeof header === 'string' ? header : undefined);
  const legacy = token?.v2Only === true && !request.path.startsWith('/v2/');
  if (token === null || legacy) return { answer: withHeaders(UNAUTHORIZED), template };
  if (!state.quota.take(performance.now())) return { answer: withHeaders(tooMany(request)), template };
  const version = request.path.startsWith('/v2/') ? 'v2' : 'v3';
  let answer: Answer;
  if (found === null) answer = notFound(version);
  else if (found === 'wrong-method')
    answer = errorOf(version, 405, 'The HTTP method is not allowed on this resource.');
  else {
    const asked =
      misfortune.fault === 'no-filters' ? { ...request, query: withoutFilters(request.query) } : request;
    answer = runEndpoint(asked, store, token, found, version);
  }
  return { answer: faultAfter(misfortune, withHeaders(answer)), template };
}

function runEndpoint(
  request: ApiRequest,
  store: SimulatedStore,
  token: AccessToken,
  found: Exclude<ReturnType<RouteTable['find']>, null | 'wrong-method'>,
  version: 'v2' | 'v3',
): Answer {
  if (!isAllowed(token, found.route.scopes, request.method))
    return errorOf(version, 403, MISSING_SCOPE_TITLE);
  const accept = request.headers.accept ?? '*/*';
  if (!/json|\*\/\*|application\/\*/.test(accept))
    return errorOf(version, 406, 'Only application/json is offered.');
  let body: unknown;
  if (request.text !== '') {
    if (!(request.headers['content-type'] ?? '').includes('json')) {
      return errorOf(version, 415, 'The content type must be application/json.');
    }
    try {
      body = JSON.parse(request.text);
    } catch {
      return errorOf(version, 400, 'The request body could not be parsed.');
    }
  }
  try {
    return found.route.handle({
      store: store.state,
      token,
      method: request.method,
      path: request.path,
      params: found.params,
      query: new URLSearchParams(request.query),
      body,
      context: store.state.wireContext(),
    });
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function withoutFilters(query: string): string {
  const kept = [...new URLSearchParams(query)].filter(([name]) => SHAPE_PARAMETERS.has(name));
  return new URLSearchParams(kept).toString();
}

function errorOf(version: 'v2' | 'v3', status: number, message: string): Answer {
  return version === 'v2' ? v2Error(status, message) : v3Error(status, message);
}

function tooMany(request: ApiRequest): Answer {
  return errorOf(
    request.path.startsWith('/v2/') ? 'v2' : 'v3',
    429,
    'Too many requests: the quota of this store is used up.',
  );
}

/** Faults that strike before anything happens; undefined lets the request through. */
function faultBefore(
  request: ApiRequest,
  misfortune: Misfortune,
  withHeaders: (answer: Answer) => ApiAnswer,
): ApiAnswer | null | undefined {
  switch (misfortune.fault) {
    case '429': {
      const answer = withHeaders(tooMany(request));
      return {
        ...answer,
        headers: {
          'X-Rate-Limit-Time-Window-Ms': String(DEFAULT_QUOTA.windowMs),
          'X-Rate-Limit-Requests-Quota': String(DEFAULT_QUOTA.requests),
          ...answer.headers,
          'X-Rate-Limit-Time-Reset-Ms': String(misfortune.resetMs),
          'X-Rate-Limit-Requests-Left': '0',
        },
      };
    }
    case '429-no-headers':
      return {
        status: 429,
        text: null,
        headers: { Date: withHeaders(tooMany(request)).headers['Date'] ?? '' },
      };
    case '500':
      return withHeaders({ status: 500, text: null });
    case '503':
      return withHeaders({
        status: 503,
        text: '<html><body>Down for maintenance</body></html>',
        contentType: 'text/html',
      });
    case '401':
      return withHeaders(UNAUTHORIZED);
    case '403':
      return withHeaders(errorOf(request.path.startsWith('/v2/') ? 'v2' : 'v3', 403, MISSING_SCOPE_TITLE));
    case 'status':
      return withFaultStatus(request, misfortune.status, withHeaders);
    case 'cut-before':
      return null;
    case 'cut-after':
    case '504-after':
    case 'late-answer':
    case 'wrong-json':
    case 'truncated-json':
    case 'html':
    case 'empty-200':
    case 'wrong-encoding':
    case 'huge':
    case 'no-filters':
    case null:
      return undefined;
  }
}

/** Any status, with the kind of body that goes with it; a redirect names a place that must never be called. */
function withFaultStatus(
  request: ApiRequest,
  status: number,
  withHeaders: (answer: Answer) => ApiAnswer,
): ApiAnswer {
  if (status >= 300 && status < 400) {
    const answer = withHeaders({ status, text: null });
    return { ...answer, headers: { ...answer.headers, Location: 'https://elsewhere.example/' } };
  }
  const version = request.path.startsWith('/v2/') ? 'v2' : 'v3';
  return withHeaders(errorOf(version, status, 'The request was refused by a fault of the simulator.'));
}

/** Faults that lose or damage the answer of something that did happen. */
function faultAfter(misfortune: Misfortune, answer: ApiAnswer): ApiAnswer | null {
  switch (misfortune.fault) {
    case 'cut-after':
      return null;
    case '504-after':
      return {
        ...answer,
        status: 504,
        text: '<html><body>Gateway time-out</body></html>',
        contentType: 'text/html',
      };
    case 'wrong-json':
      return { ...answer, status: 200, text: '{"unexpected":"shape"}' };
    case 'truncated-json':
      return {
        ...answer,
        text: (answer.text ?? '[{"id":').slice(0, Math.ceil((answer.text ?? '[{"id":').length / 2)),
      };
    case 'html':
      return {
        ...answer,
        status: 200,
        text: '<html><body>Please wait</body></html>',
        contentType: 'text/html',
      };
    case 'empty-200':
      return { ...answer, status: 200, text: null };
    case 'wrong-encoding':
      return { ...answer, headers: { ...answer.headers, 'Content-Encoding': 'gzip' } };
    case 'huge':
      return { ...answer, status: 200, text: `[${' '.repeat(HUGE_BYTES)}]` };
    default:
      return answer;
  }
}
