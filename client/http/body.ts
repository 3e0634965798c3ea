/**
 * Bodies: JSON only, small, and kept exactly as received beside what they mean, because the bytes are hashed and
 * stored (design section 5).
 */
import type { FastifyInstance } from 'fastify';
import { HttpProblem } from './problems.ts';

/** A merged order with a hundred lines has about 20 KiB; more than this is no event. */
export const BODY_BYTES_MAX = 256 * 1024;

/** What a handler gets as `request.body`. */
export interface ReceivedJson {
  /** As received: what a signature covers. */
  bytes: Buffer;
  /** The same as UTF-8. */
  text: string;
  json: unknown;
}

/** Replaces fastify's own parsers: `application/json` and nothing else. */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: string | Buffer) => {
      const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
      const text = bytes.toString('utf8');
      return { bytes, text, json: parse(text) } satisfies ReceivedJson;
    },
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the body, which may hold a shopper's data; the position is enough.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    const where = position === undefined ? '' : ` It breaks at character ${position}.`;
    throw new HttpProblem('malformed-json', `The body is not valid JSON.${where} Nothing was stored.`);
  }
}
