import { describe, expect, test } from 'vitest';
import { createLogger, temporalLogger } from '../../runtime/logger.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import { createShutdown } from '../../runtime/shutdown.ts';

const silentLog = { info: () => undefined, error: () => undefined };

function linesOf(write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(
    createLogger({ level: 'debug', format: 'json', destination: { write: (line) => void lines.push(line) } }),
  );
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  test('blanks what may hold a secret, on three levels', () => {
    const [line] = linesOf((log) =>
      log.info(
        { token: 't1', request: { headers: { 'X-Auth-Token': 't2' } }, channel: { access_token: 't3' } },
        'called',
      ),
    );
    const text = JSON.stringify(line);
    for (const secret of ['t1', 't2', 't3']) expect(text).not.toContain(`"${secret}"`);
    expect(line).toMatchObject({ level: 'info', msg: 'called', token: '[hidden]' });
  });

  test("carries Temporal's lines with their level and fields", () => {
    const lines = linesOf((log) => {
      const adapter = temporalLogger(log);
      adapter.log('WARN', 'slow', { taskQueue: 'waybill' });
      adapter.error('broken');
      adapter.trace('below the level');
    });
    expect(lines).toMatchObject([
      { level: 'warn', msg: 'slow', taskQueue: 'waybill' },
      { level: 'error', msg: 'broken' },
    ]);
  });
});

describe('stopping', () => {
  test('goes in reverse order, once, and says whether all went well', async () => {
    const stopped: string[] = [];
    const shutdown = createShutdown({ log: silentLog, signals: [] });
    for (const part of ['database', 'server', 'worker']) shutdown.onStop(part, () => void stopped.push(part));
    const [first, second] = await Promise.all([shutdown.stop('test'), shutdown.stop('again')]);
    expect(stopped).toEqual(['worker', 'server', 'database']);
    expect(first).toEqual({ clean: true });
    expect(second).toEqual({ clean: true });
  });

  test('a part that fails or hangs does not keep the others from stopping', async () => {
    const stopped: string[] = [];
    const shutdown = createShutdown({ log: silentLog, signals: [], deadlineMs: 20 });
    shutdown.onStop('good', () => void stopped.push('good'));
    shutdown.onStop('hangs', () => new Promise<void>(() => undefined));
    shutdown.onStop('fails', () => Promise.reject(new Error('no')));
    expect(await shutdown.stop('test')).toEqual({ clean: false });
    expect(stopped).toEqual(['good']);
  });

  test('is asked for by a signal of the process, and listens no longer afterwards', async () => {
    const before = process.listenerCount('SIGUSR2');
    const shutdown = createShutdown({ log: silentLog, signals: ['SIGUSR2'] });
    process.kill(process.pid, 'SIGUSR2');
    expect(await shutdown.signalled).toBe('SIGUSR2');
    await shutdown.stop('signal');
    expect(process.listenerCount('SIGUSR2')).toBe(before);
  });
});

test('metrics name the service and the part', async () => {
  const metrics = createMetrics({ part: 'http' });
  expect(await metrics.text()).toMatch(/process_cpu_user_seconds_total\{service="waybill",part="http"\}/);
  expect(metrics.contentType).toMatch(/text\/plain/);
});
