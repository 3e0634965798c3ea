// Records the histories of test/histories from a real server: `npx tsx test/support/record-histories.ts [name…]`.
// A file that is there is never overwritten: a released history stays as long as a run of it may live. Remove one by
// hand only when it was never released.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { resolveTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporal } from '../../local/temporal-server.ts';
import { SCENARIOS, scenarioActivities } from '../workflows/scenarios.ts';
import { startTestWorkers } from '../workflows/test-workers.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const FOLDER = path.join(ROOT, 'test', 'histories');
const NAMESPACE = 'default';
/** Workers and clients name themselves by process and machine otherwise. */
const IDENTITY = 'recorder';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const execute = promisify(execFile);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

// Our own package description; only its version is read.
const { version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
};
const wanted = process.argv.slice(2);
const cli = await resolveTemporalCli({
  explicitPath: process.env['WAYBILL_TEMPORAL_CLI'],
  searchPath: process.env['PATH'] ?? '',
  cacheFolder: path.join(os.homedir(), '.cache', 'waybill'),
  log: say,
});
const server = await startTemporal({
  binary: cli.path,
  ui: false,
  namespace: NAMESPACE,
  temporary: true,
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '50' },
  log: () => undefined,
});
try {
  await mkdir(FOLDER, { recursive: true });
  const world = await startTestWorkers(
    { address: server.address, namespace: NAMESPACE },
    scenarioActivities(),
    {
      identity: IDENTITY,
    },
  );
  for (const scenario of SCENARIOS) {
    const file = path.join(FOLDER, `${scenario.name}-${version}.json`);
    if (existsSync(file) || (wanted.length > 0 && !wanted.includes(scenario.name))) continue;
    const { workflowId, runId } = await scenario.run(world);
    const words = [
      'workflow',
      'show',
      '--output',
      'json',
      '--address',
      server.address,
      '--workflow-id',
      workflowId,
    ];
    if (runId !== undefined) words.push('--run-id', runId);
    const { stdout } = await execute(cli.path, words, { maxBuffer: OUTPUT_BYTES_MAX });
    // Stack traces name files of this machine.
    const history = JSON.parse(stdout.replaceAll(`${ROOT}/`, '')) as { events: unknown[] }; // the command line's own format, as the replayer takes it
    await writeFile(file, `${JSON.stringify(history, null, 1)}\n`);
    say(`${path.relative(ROOT, file)}: ${String(history.events.length)} events`);
  }
  await world.close();
} finally {
  await server.stop();
}
