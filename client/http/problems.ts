/**
 * Refusals as RFC 9457 problem details: a closed set, each with its status and title. A detail says what happened and
 * what to do; it never repeats a key or a customer's data.
 */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

export const PROBLEMS = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'bad-request': { status: 400, title: 'The request cannot be understood' },
  unauthenticated: { status: 401, title: 'A valid API key is needed' },
  unproved: { status: 401, title: 'The delivery is not proved' },
  forbidden: { status: 403, title: 'This API key may not do that' },
  'unknown-channel': { status: 404, title: 'There is no such channel' },
  'unknown-provider': { status: 404, title: 'There is no such provider' },
  'unknown-order': { status: 404, title: 'There is no such order' },
  'unknown-delivery': { status: 404, title: 'There is no such delivery' },
  'unknown-run': { status: 404, title: 'There is no such import run' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'order-state': { status: 409, title: 'The order is not in a state for that' },
  'import-state': { status: 409, title: 'The import cannot be started now' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'invalid-fields': { status: 422, title: 'Some fields cannot be used' },
  'too-many-requests': { status: 429, title: 'This channel takes no more for now' },
  unexpected: { status: 500, title: 'Something failed that should not' },
  'temporal-unavailable': { status: 503, title: 'Temporal does not answer at the moment' },
  'database-unavailable': { status: 503, title: 'Nothing can be stored at the moment' },
} as const;
export type ProblemCode = keyof typeof PROBLEMS;

/** Senders that give up for this long and come back meet a restarted database in most cases. */
export const RETRY_AFTER_SECONDS = 5;

/** For a commit whose answer was not heard: whether it happened cannot be told, and need not be known to repeat it. */
export const SEND_AGAIN_UNCLEAR = `Send the same again in ${String(RETRY_AFTER_SECONDS)} seconds: if it was stored after all, that changes nothing twice.`;

export const problemSchema = z
  .object({
    type: z.string().describe('`urn:waybill:problem:{code}`, stable for programs.'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional().describe('What happened here, and what to do.'),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('One entry per field.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });
export type Problem = z.output<typeof problemSchema>;

/** A refusal on its way to the client: thrown by handlers and hooks, answered in one place. */
export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly errors: { field: string; message: string }[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: { field: string; message: string }[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.name = 'HttpProblem';
    this.code = code;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }
}

/** Answers with the problem; the content type is RFC 9457's own. */
export async function sendProblem(reply: FastifyReply, problem: HttpProblem): Promise<FastifyReply> {
  const { status, title } = PROBLEMS[problem.code];
  const document: Problem = {
    type: `urn:waybill:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
  // Serialized here: a route's own response schemas speak of its successes.
  return reply
    .code(status)
    .headers(problem.headers)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(document);
}
