// What the simulated API answers: status, text, and the error shapes of V2 (an array) and V3 (an object).

/** One HTTP answer; `text` null means no body at all (204). */
export interface Answer {
  readonly status: number;
  readonly text: string | null;
  readonly contentType?: string;
}

/** An answer that ends the handling of a request early: thrown by readers and rules, caught by the router. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.name = 'Refusal';
    this.answer = answer;
  }
}

/** A JSON answer. */
export function json(status: number, body: unknown): Answer {
  return { status, text: JSON.stringify(body) };
}

/** An answer without a body: nothing found, or deleted. */
export const NO_CONTENT: Answer = { status: 204, text: null };

/** A V2 error: an array of one object (bigcommerce-api.md section 14.1). */
export function v2Error(status: number, message: string, details?: Record<string, unknown>): Answer {
  return json(status, [details === undefined ? { status, message } : { status, message, details }]);
}

const ERROR_TYPE = 'https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes';

/** A V3 error: an object with `title` and `errors`. */
export function v3Error(status: number, title: string, errors: Record<string, string> = {}): Answer {
  return json(status, { status, title, type: ERROR_TYPE, errors });
}

/** A V3 error about the caller or the address: these carry no `errors`. */
export function v3PlainError(status: number, title: string): Answer {
  return json(status, { status, title, type: ERROR_TYPE });
}

/** The pickup endpoints answer problems in their own media type. */
export function pickupProblem(status: number, title: string, errors: Record<string, string>): Answer {
  return { ...v3Error(status, title, errors), contentType: 'application/problem+json' };
}

/** 404 in the shape of the API version that was asked. */
export function notFound(version: 'v2' | 'v3'): Answer {
  return version === 'v2'
    ? v2Error(404, 'The requested resource was not found.')
    : v3PlainError(404, 'The requested resource was not found.');
}

/** 400 that names one field, as V2 words it. */
export function invalidField(field: string, details?: Record<string, unknown>): Answer {
  return v2Error(400, `The field '${field}' is invalid.`, details);
}
