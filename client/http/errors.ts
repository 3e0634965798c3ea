/** The one place where an error becomes an answer (RFC 9457). Unknown errors are logged whole and answered without detail. */
import type { FastifyInstance } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Logger } from '../../runtime/logger.ts';
import { isConnectionLost, isDatabaseAway } from '../database-away.ts';
import { LineBusyError } from '../delivery-line.ts';
import { BODY_BYTES_MAX } from './body.ts';
import { HttpProblem, RETRY_AFTER_SECONDS, SEND_AGAIN_UNCLEAR, sendProblem } from './problems.ts';

export function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error, request.routeOptions.bodyLimit ?? BODY_BYTES_MAX);
    if (problem.code === 'unexpected')
      logger.error({ err: error, route: request.routeOptions.url }, 'request failed');
    if (problem.code === 'database-unavailable') logger.warn({ err: error }, 'Postgres does not answer');
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler(async (request, reply) =>
    sendProblem(
      reply,
      new HttpProblem('not-found', `Nothing answers ${request.method} here. The API is described at /docs.`),
    ),
  );
}

function problemOf(error: unknown, bodyBytesMax: number): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map((issue) => ({
      field:
        issue.instancePath.replace(/^\//, '').replaceAll('/', '.') || (error.validationContext ?? 'request'),
      message: issue.message ?? 'cannot be used',
    }));
    return new HttpProblem('invalid-fields', 'Some fields cannot be used; nothing was changed.', { errors });
  }
  if (error instanceof LineBusyError) {
    return new HttpProblem(
      'database-unavailable',
      `${error.message} Nothing was stored. Send it again in ${String(RETRY_AFTER_SECONDS)} seconds.`,
      { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } },
    );
  }
  if (isDatabaseAway(error)) {
    return new HttpProblem(
      'database-unavailable',
      isConnectionLost(error)
        ? `The connection to the database was lost. ${SEND_AGAIN_UNCLEAR}`
        : `The database does not answer, so nothing was stored. Send it again in ${String(RETRY_AFTER_SECONDS)} seconds.`,
      { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } },
    );
  }
  return (
    fastifysOwn(error, bodyBytesMax) ??
    new HttpProblem(
      'unexpected',
      'This is a fault of the server; it was logged. The request may be sent again.',
    )
  );
}

/** Refusals that fastify makes before a handler runs, by its error codes. */
function fastifysOwn(error: unknown, bodyBytesMax: number): HttpProblem | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpProblem(
        'body-too-large',
        `A body may have ${String(bodyBytesMax / 1024)} KiB. Nothing was stored.`,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HttpProblem(
        'unsupported-media-type',
        'Send the header `Content-Type: application/json`. Nothing was stored.',
      );
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new HttpProblem('malformed-json', 'The body is empty or was cut off. Nothing was stored.');
    default:
      return 'statusCode' in error && error.statusCode === 400
        ? new HttpProblem(
            'bad-request',
            'The request is not valid HTTP for this address. Nothing was stored.',
          )
        : null;
  }
}
