// Stands before the simulated store and keeps each answer by its address: the second import of the same pages waits for
// bytes and not for a simulator that writes them.
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Kept {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface PageShelf {
  url: string;
  close(): Promise<void>;
}

export async function startPageShelf(storeUrl: string): Promise<PageShelf> {
  const kept = new Map<string, Kept>();
  const server = createServer((asked, answer) => {
    const key = `${asked.method ?? ''} ${asked.url ?? ''}`;
    const give = ({ status, headers, body }: Kept): void => {
      answer.writeHead(status, { ...headers, date: new Date().toUTCString() }).end(body);
    };
    const known = kept.get(key);
    if (known !== undefined) return give(known);
    const forwarded = request(
      new URL(asked.url ?? '/', storeUrl),
      { method: asked.method, headers: { ...asked.headers, 'accept-encoding': 'identity' } },
      (from) => {
        const parts: Buffer[] = [];
        from.on('data', (part: Buffer) => parts.push(part));
        from.on('end', () => {
          const { 'transfer-encoding': _chunked, ...headers } = from.headers;
          const answered = { status: from.statusCode ?? 502, headers, body: Buffer.concat(parts) };
          kept.set(key, answered);
          give(answered);
        });
      },
    );
    forwarded.on('error', () => answer.writeHead(502).end());
    asked.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
