/**
 * One request to a store: token, time-out, size limit, JSON or an error of the closed set. It promises that a call is
 * sent at most once: no retries, no redirects. It knows no endpoint and takes no decision about repeating.
 */
import { got, TimeoutError, type Method } from 'got';
import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { answerError } from './answer-errors.ts';
import type { OtherFailureId } from './error-rows.ts';
import { failureById, storeError } from './error-table.ts';
import type { StoreError } from './errors.ts';
import { readQuotaHeaders, type HeaderBag, type QuotaHeaders } from './quota-headers.ts';

/** A store that does not even accept a connection within this time gets nothing sent. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A page of 250 orders with many lines is some megabytes; more than this is not an answer to us. */
const LIST_BODY_MAX_BYTES = 48 * 1024 * 1024;
const BODY_MAX_BYTES = 4 * 1024 * 1024;
/** An order with its lines and their options is nested ten deep; far deeper answers would exhaust the stack of readers. */
const NESTING_MAX = 60;
/** The last millisecond of the year 9999. */
const CLOCK_MAX_MS = 253_402_300_799_999;

/** Behind got's own time-out, so that it speaks first where it can; below the margin that activities keep. */
const DEADLINE_MARGIN_MS = 500;

/** Ends a call that got itself would wait for beyond its time-out. */
class NoAnswer extends Error {}

/** What each answer tells beside its content, whatever its status. */
export interface AnswerFacts {
  call: string;
  status: number;
  quota: QuotaHeaders;
  /** The store's clock (`Date` header), ISO with whole seconds; null when it did not say. */
  storeNow: string | null;
  tookMs: number;
}

/** One request and its answer as they went over the wire, without the token and other headers of ours. */
export interface StoreExchange {
  method: string;
  /** With its query. */
  path: string;
  /** What was sent; null for reads. */
  sent: unknown;
  status: number;
  headers: HeaderBag;
  body: Buffer;
  tookMs: number;
}

export interface StoreHttpOptions {
  /** `https://…/stores/{hash}`, checked by `storeAddress`. */
  address: string;
  token: string;
  /** Of one call, milliseconds; asked before each where it depends on the time that is left. */
  timeoutMs: number | (() => number);
  /** How long finding the host, connecting and TLS may take, milliseconds each; {@link CONNECT_TIMEOUT_MS} by default. */
  connectTimeoutMs?: number;
  userAgent: string;
  /** Sent with each request beside token and media type, such as B2B Edition's `x-store-hash`. */
  headers?: Readonly<Record<string, string>>;
  /** Asked before each request; a rejection keeps it from being sent. Takes the quota. */
  beforeCall?: (call: string) => Promise<void>;
  /** Told of each answer, also of refusals. Must not throw: a write's outcome would be lost. */
  onAnswer?: (facts: AnswerFacts) => Promise<void>;
  /** Shown each answer as it came, for a person who looks for a fault. Must not throw and must not log it. */
  onExchange?: (exchange: StoreExchange) => void;
  /** Told when a request that was begun is under way no more, with an answer or without. Must not throw. */
  afterCall?: () => void;
  agent?: { http?: HttpAgent; https?: HttpsAgent };
  /** Ends reads; writes run to their time-out, because an aborted write may have happened. */
  signal?: AbortSignal;
}

export interface StoreRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Behind `/stores/{hash}`, such as `/v2/orders`. */
  path: string;
  query?: URLSearchParams;
  body?: Record<string, unknown> | readonly unknown[];
  largeAnswer?: boolean;
  /** Where success says it all (deletes): whatever body comes with it is not read. */
  answerless?: boolean;
}

export interface StoreAnswer {
  call: string;
  status: number;
  /** `undefined` for an answer without a body (204). */
  json: unknown;
  storeNow: string | null;
  tookMs: number;
}

export type StoreHttp = (request: StoreRequest) => Promise<StoreAnswer>;

/** Makes the request function of one store. Errors: `StoreError` only, or whatever `beforeCall` throws, or the signal's reason. */
export function createStoreHttp(options: StoreHttpOptions): StoreHttp {
  return async (request) => {
    const call = `${request.method} ${request.path}`;
    if (!/^[\x21-\x7e]+$/.test(options.token)) {
      throw storeError(failureById('unusable_token'), { call, what: 'was not sent' });
    }
    await options.beforeCall?.(call);
    const started = performance.now();
    const answer = await send(options, request, call).finally(() => options.afterCall?.());
    const facts: AnswerFacts = {
      call,
      status: answer.status,
      quota: readQuotaHeaders(answer.headers),
      storeNow: storeClock(answer.headers),
      tookMs: Math.round(performance.now() - started),
    };
    options.onExchange?.({
      method: request.method,
      path: `${request.path}${searchOf(request)}`,
      sent: request.body ?? null,
      status: answer.status,
      headers: answer.headers,
      body: answer.body,
      tookMs: facts.tookMs,
    });
    await options.onAnswer?.(facts);
    if (answer.failure !== null) throw answer.failure;
    if (answer.status < 200 || answer.status > 299)
      throw answerError(call, answer.status, answer.body, facts.quota);
    return {
      call,
      status: answer.status,
      json: request.answerless === true ? undefined : readJson(call, answer.status, answer.body),
      storeNow: facts.storeNow,
      tookMs: facts.tookMs,
    };
  };
}

interface RawAnswer {
  status: number;
  headers: HeaderBag;
  body: Buffer;
  /** The head of an answer came, its body did not. */
  failure: StoreError | null;
}

async function send(options: StoreHttpOptions, request: StoreRequest, call: string): Promise<RawAnswer> {
  const write = request.method !== 'GET';
  const timeoutMs = typeof options.timeoutMs === 'number' ? options.timeoutMs : options.timeoutMs();
  const connectMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const limit = request.largeAnswer === true ? LIST_BODY_MAX_BYTES : BODY_MAX_BYTES;
  const stream = got.stream(`${options.address}${request.path}${searchOf(request)}`, {
    method: request.method satisfies Method,
    ...(request.body === undefined ? {} : { json: request.body }),
    headers: {
      ...options.headers,
      'x-auth-token': options.token,
      accept: 'application/json',
      'user-agent': options.userAgent,
    },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: true,
    timeout: {
      request: timeoutMs,
      lookup: connectMs,
      connect: connectMs,
      secureConnect: connectMs,
    },
    // A kept-alive connection that the store is just closing loses the request without telling whether it was read.
    // Reads are repeated then; a write would have to wait a minute to find out, so it gets a connection of its own.
    ...(write
      ? { agent: { http: false, https: false } }
      : options.agent === undefined
        ? {}
        : { agent: options.agent }),
  });
  // A write that may have been read by the store is not cut off. got's own `signal` would leave its listener behind for
  // every call of an attempt.
  const signal = write ? undefined : options.signal;
  const cutOff = (): void => void stream.destroy(new NoAnswer());
  signal?.addEventListener('abort', cutOff);
  if (signal?.aborted === true) cutOff();
  // The assertion keeps the declared type: the listener assigns it while the loop below waits.
  let head = null as { status: number; headers: HeaderBag } | null;
  stream.on('response', (response: { statusCode: number; headers: HeaderBag }) => {
    head = { status: response.statusCode, headers: response.headers };
  });
  // got's own time-out does not see everything: an answer of 101 (switching protocols) would keep it waiting for ever.
  const deadline = setTimeout(() => stream.destroy(new NoAnswer()), timeoutMs + DEADLINE_MARGIN_MS);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) {
        stream.destroy();
        return {
          status: head?.status ?? 0,
          headers: head?.headers ?? {},
          body: Buffer.alloc(0),
          failure: tooLarge(call, limit, head?.status),
        };
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    const failure = transportError(call, error, timeoutMs);
    // An error status says more than the loss of its body, which nobody reads.
    if (head !== null) return { ...head, body: Buffer.alloc(0), failure: head.status > 299 ? null : failure };
    throw failure;
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', cutOff);
  }
  if (head === null) throw transportError(call, new Error('no answer'), timeoutMs);
  return { ...head, body: Buffer.concat(chunks), failure: null };
}

function searchOf({ query }: StoreRequest): string {
  return query === undefined || query.size === 0 ? '' : `?${query.toString()}`;
}

function storeClock(headers: HeaderBag): string | null {
  const date = headers['date'];
  if (typeof date !== 'string') return null;
  const ms = Date.parse(date);
  // A year of five digits is no clock, and would not be an ISO second either.
  return ms >= 0 && ms <= CLOCK_MAX_MS ? `${new Date(ms).toISOString().slice(0, 19)}Z` : null;
}

function readJson(call: string, status: number, body: Buffer): unknown {
  if (status === 204 || status === 205) return undefined;
  const unexpected = (id: 'encoding' | 'not_json' | 'cut_body' | 'shape', what: string): StoreError =>
    storeError(failureById(id), { call, what, httpStatus: status });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw unexpected('encoding', 'answered in an encoding that is not UTF-8');
  }
  if (isNestedTooDeep(text))
    throw unexpected('shape', `answered with more than ${String(NESTING_MAX)} levels`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const start = text.trimStart();
    if (start === '') throw unexpected('not_json', 'answered with an empty body');
    throw start.startsWith('<')
      ? unexpected('not_json', 'answered with a page')
      : unexpected('cut_body', 'answered with broken JSON');
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Counts brackets outside of texts, which most of a page is: those are passed over at a time. */
function isNestedTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfText(text, at);
      if (at < 0) return false;
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      depth += 1;
      if (depth > NESTING_MAX) return true;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
  }
  return false;
}

/** Where the text that opens here closes; -1: nowhere. A quote behind an odd number of backslashes is part of it. */
function endOfText(text: string, opens: number): number {
  for (let at = text.indexOf('"', opens + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}

function tooLarge(call: string, limit: number, httpStatus: number | undefined): StoreError {
  return storeError(failureById('too_large'), {
    call,
    what: `answered with more than ${String(limit / 1024 / 1024)} MiB`,
    httpStatus,
  });
}

const DNS_CODES = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'];
const UNREACHED_CODES = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'];
const DECODE_CODES = [
  'Z_DATA_ERROR',
  'Z_BUF_ERROR',
  'ERR_BUFFER_OUT_OF_BOUNDS',
  'ERR__ERROR_FORMAT_PADDING_1',
];
const TLS_CODE =
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

/** Node's and got's failures in our words; error texts of the libraries are dropped, their codes kept. */
function transportError(call: string, error: unknown, timeoutMs: number): StoreError {
  // On newer Nodes a failed handshake comes past got, as Node's own error.
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const failed = (id: OtherFailureId, what: string): StoreError =>
    storeError(failureById(id), { call, what: code === '' ? what : `${what} (${code})` });
  if (error instanceof NoAnswer)
    return failed('no_answer_in_time', `was not answered within ${String(timeoutMs / 1000)} s`);
  if (error instanceof TimeoutError) {
    return ['lookup', 'connect', 'secureConnect'].includes(error.event)
      ? failed('no_connection_in_time', 'was not sent')
      : failed('no_answer_in_time', `was not answered within ${String(timeoutMs / 1000)} s`);
  }
  if (DNS_CODES.includes(code)) return failed('dns', 'was not sent');
  if (TLS_CODE.test(code)) return failed('tls', 'was not sent');
  if (UNREACHED_CODES.includes(code)) return failed('unreached', 'was not sent');
  if (DECODE_CODES.includes(code) || code.startsWith('ERR_BROTLI') || code.startsWith('Z_'))
    return failed('encoding', 'answered in a compression that cannot be read');
  return failed('broken_connection', 'was not answered to the end');
}
