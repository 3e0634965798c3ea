// Ports for servers of a test that must come back on the port they had: from below the range out of which the system
// gives ports to everybody else, so that nobody takes one while its server is away.
import { randomInt } from 'node:crypto';
import { assertPortIsFree } from '../../local/ports.ts';

/** Linux gives out 32768 and above, macOS 49152 and above; well-known services live below 10000. */
const FIRST = 15_000;
const LAST = 32_000;
const ATTEMPTS_MAX = 100;

/** Ports that nobody listens on, all different. */
export async function lastingPorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; found.size < count; attempt += 1) {
    if (attempt >= ATTEMPTS_MAX) throw new Error('The machine has no free ports.');
    const port = randomInt(FIRST, LAST);
    try {
      await assertPortIsFree(port, 'a test', 'nothing');
      found.add(port);
    } catch {
      // Somebody's: another one.
    }
  }
  return [...found];
}
