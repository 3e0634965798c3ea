/** The demo as a person runs it: one command, from nothing to a checked report, and nothing left behind. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';

const execute = promisify(execFile);
const PROGRAM = path.join(import.meta.dirname, '..', '..', 'bin', 'waybill.js');
/** A minute on an idle machine of two cores; the other tests run beside it. */
const DEMO_DEADLINE_MS = 900_000;
const OUTPUT_BYTES_MAX = 8 * 1024 * 1024;

const report = z.object({
  ok: z.boolean(),
  rows: z.array(z.object({ id: z.number(), ok: z.boolean(), expected: z.string(), found: z.string() })),
  totals: z.array(z.object({ name: z.string(), ok: z.boolean(), found: z.string() })),
  duplicates: z.array(z.string()),
  apiCallsPerOrder: z.number(),
});

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'waybill-demo-'));
  // Postgres runs as another user where the tests run as root, and must reach its data below this folder.
  await chmod(home, 0o755);
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

async function demo(...flags: string[]): Promise<{ code: number; report: z.output<typeof report> }> {
  const environment = { ...process.env, WAYBILL_HOME: home, WAYBILL_TEMPORAL_CLI: inject('temporalCli') };
  const words = [PROGRAM, 'demo', '--exit', '--json', ...flags];
  try {
    const { stdout } = await execute(process.execPath, words, {
      env: environment,
      maxBuffer: OUTPUT_BYTES_MAX,
    });
    return { code: 0, report: report.parse(JSON.parse(stdout)) };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') throw error;
    const stdout = 'stdout' in error ? String(error.stdout) : '';
    const read = report.safeParse(JSON.parse(stdout));
    // A demo that gave up has no report, and says why.
    if (!read.success) throw new Error(`The demo gave up: ${stdout}`, { cause: error });
    return { code: error.code, report: read.data };
  }
}

/** Programs that still mention the demo's folder on their command line. */
async function leftBehind(): Promise<string[]> {
  const { stdout } = await execute('ps', ['-eo', 'args']);
  return stdout.split('\n').filter((line) => line.includes(home));
}

describe('waybill demo', () => {
  it(
    'ends with a store that is as the hand-written table says, and leaves no process behind',
    async () => {
      const end = await demo();
      expect(end.report.rows.filter((row) => !row.ok)).toEqual([]);
      expect(end.report.totals.filter((total) => !total.ok)).toEqual([]);
      expect(end.report).toMatchObject({ ok: true, duplicates: [] });
      expect(end.code).toBe(0);
      expect(await leftBehind()).toEqual([]);
    },
    DEMO_DEADLINE_MS,
  );

  it(
    'ends with exit code 1 when the comparison fails',
    async () => {
      const end = await demo('--expect-wrong');
      expect(end.report.ok).toBe(false);
      expect(end.code).toBe(1);
      expect(await leftBehind()).toEqual([]);
    },
    DEMO_DEADLINE_MS,
  );
});
