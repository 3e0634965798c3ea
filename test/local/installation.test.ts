import { describe, expect, test } from 'vitest';
import { LocalError } from '../../local/errors.ts';
import { startInstallation, type Part, type RunningPart } from '../../local/installation.ts';

function recorder(): {
  did: string[];
  part: (name: string, more?: Partial<RunningPart>) => Part;
} {
  const did: string[] = [];
  return {
    did,
    part: (name, more = {}) => ({
      name,
      start: async () => {
        did.push(`start ${name}`);
        return { stop: async () => void did.push(`stop ${name}`), ...more };
      },
    }),
  };
}
const quiet = (): void => undefined;

describe('an installation', () => {
  test('starts its parts in order and stops them once, in reverse order', async () => {
    const { did, part } = recorder();
    const installation = await startInstallation({ parts: [part('a'), part('b'), part('c')], log: quiet });
    await Promise.all([installation.stop(), installation.stop()]);
    expect(await installation.stop()).toEqual({ clean: true });
    expect(did).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  test('gives each part what those before it told', async () => {
    const { part } = recorder();
    let seen: unknown;
    const installation = await startInstallation({
      parts: [
        part('a', { facts: { databaseUrl: 'postgres://here' } }),
        part('b', { facts: { temporalAddress: 'there:1' } }),
        { name: 'c', start: async ({ facts }) => ((seen = facts), {}) },
      ],
      log: quiet,
    });
    expect(seen).toEqual({ databaseUrl: 'postgres://here', temporalAddress: 'there:1' });
    expect(installation.facts).toEqual(seen);
    await installation.stop();
  });

  test('of which one part fails stops those before it and names the one that failed', async () => {
    const { did, part } = recorder();
    const failing: Part = { name: 'b', start: () => Promise.reject(new Error('no disk')) };
    await expect(
      startInstallation({ parts: [part('a'), failing, part('c')], log: quiet }),
    ).rejects.toMatchObject({
      code: 'start_failed',
      message: 'b did not start: no disk',
    });
    expect(did).toEqual(['start a', 'stop a']);
  });

  test("passes on a part's own error as it is", async () => {
    const own = new LocalError('port_in_use', 'Port 1 is in use.');
    const failing: Part = { name: 'a', start: () => Promise.reject(own) };
    await expect(startInstallation({ parts: [failing], log: quiet })).rejects.toBe(own);
  });

  test('that is given up during the start stops what runs and starts no more', async () => {
    const { did, part } = recorder();
    const giveUp = new AbortController();
    const aborting: Part = {
      name: 'b',
      start: async () => (giveUp.abort(), { stop: async () => void did.push('stop b') }),
    };
    await expect(
      startInstallation({ parts: [part('a'), aborting, part('c')], log: quiet, signal: giveUp.signal }),
    ).rejects.toMatchObject({ code: 'start_failed' });
    expect(did).toEqual(['start a', 'stop b', 'stop a']);
  });

  test('stops the others when one part does not stop well, and says so', async () => {
    const { did, part } = recorder();
    const said: string[] = [];
    const installation = await startInstallation({
      parts: [part('a'), part('b', { stop: () => Promise.reject(new Error('stuck')) })],
      log: (line) => void said.push(line),
    });
    expect(await installation.stop()).toEqual({ clean: false });
    expect(did.at(-1)).toBe('stop a');
    expect(said.join('\n')).toContain('stuck');
  });

  test('names the part that ended by itself, but not one that ends because it is stopped', async () => {
    const { part } = recorder();
    const crashed = await startInstallation({
      parts: [part('a'), part('b', { ended: Promise.resolve() })],
      log: quiet,
    });
    expect(await crashed.broken).toBe('b');
    await crashed.stop();

    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const whole = await startInstallation({
      parts: [part('a', { ended, stop: async () => end() })],
      log: quiet,
    });
    await whole.stop();
    expect(await Promise.race([whole.broken, Promise.resolve('nothing broke')])).toBe('nothing broke');
  });
});
