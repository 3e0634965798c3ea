// Which ports are free. A port that somebody else holds is named together with the setting that changes it; nothing
// here opens a port for longer than it takes to ask.
import { createServer } from 'node:net';
import { LocalError } from './errors.ts';

const LOOPBACK = '127.0.0.1';

/**
 * Picks ports that nobody listens on at this moment, all different. Somebody else may take one before it is used, so a
 * caller that needs certainty tries again.
 */
export async function freePorts(count: number): Promise<number[]> {
  // All are held at once and released together, so that no number is given twice.
  const held = await Promise.all(Array.from({ length: count }, () => listen(0)));
  await Promise.all(held.map((holder) => holder.release()));
  return held.map((holder) => holder.port);
}

/** One free port; see `freePorts`. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new LocalError('start_failed', 'The system gave out no free port.');
  return port;
}

/**
 * Refuses with `port_in_use` when somebody listens on the port of this machine.
 * @param purpose what we want it for, as in "Temporal"
 * @param setting the environment variable that chooses another
 */
export async function assertPortIsFree(port: number, purpose: string, setting: string): Promise<void> {
  try {
    const holder = await listen(port);
    await holder.release();
  } catch (error) {
    if (!isListenRefusal(error)) throw error;
    const why = error.code === 'EACCES' ? 'may not be opened by this user' : 'is in use';
    throw new LocalError(
      'port_in_use',
      `Port ${port}, wanted for ${purpose}, ${why}. Stop what holds it, or set ${setting} to another.`,
      { cause: error },
    );
  }
}

async function listen(port: number): Promise<{ port: number; release(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: LOOPBACK, exclusive: true }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new LocalError('start_failed', 'A listener without a port.');
  return {
    port: address.port,
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function isListenRefusal(error: unknown): error is Error & { code: 'EADDRINUSE' | 'EACCES' } {
  return (
    error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')
  );
}
