// A server that answers exactly what a test says: for answers that no store should give (pages, cut bodies, wrong
// encodings) and for looking at what was sent. Loopback only.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** Longer than a loaded machine stalls between two calls: a connection that is closed just then breaks the next one. */
const KEEP_ALIVE_MS = 60_000;

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface AnsweringServer {
  url: string;
  received: Received[];
  close(): Promise<void>;
}

export async function answeringServer(
  answer: (response: ServerResponse, request: Received) => void,
): Promise<AnsweringServer> {
  const received: Received[] = [];
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      received.push(seen);
      answer(response, seen);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
