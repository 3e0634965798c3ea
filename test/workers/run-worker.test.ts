import ts from 'typescript';
import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { connectTemporal, type TemporalConnection } from '../../client/temporal.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { loadConfig } from '../../runtime/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { startWorkers, type RunningWorkers } from '../../workers/run-worker.ts';
import { WAYBILL_QUEUE, type WaybillWorkflows } from '../../workflows/contract.ts';
import { databaseFor, namespaceFor, type TestNamespace } from '../support/servers.ts';

const logger = createLogger({ level: 'silent', format: 'json' });
let target: TestNamespace;
let temporal: TemporalConnection;
let db: Database;
let workers: RunningWorkers;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  const [database, namespace] = await Promise.all([
    databaseFor(import.meta.url),
    namespaceFor(import.meta.url),
  ]);
  target = namespace;
  env = {
    WAYBILL_DATABASE_URL: database.url,
    WAYBILL_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  };
  db = openDatabase(database.url, { max: 4 });
  temporal = await connectTemporal(target);
  workers = await startWorkers({ config: loadConfig(env), logger, temporal: target });
});
afterAll(async () => {
  await workers.stop();
  await temporal.close();
  await db.close();
});

describe('the worker process', () => {
  test('polls both queues and works on what is there', async () => {
    expect(workers.queues).toEqual(['waybill', 'bigcommerce']);
    const result = await temporal.client.workflow.execute<WaybillWorkflows['sweep']>('sweep', {
      workflowId: 'sweep:by-hand',
      taskQueue: WAYBILL_QUEUE,
      args: [{}],
    });
    expect(result).toEqual({ outboxDelivered: 0, parkedApplied: 0, hintRunsStarted: 0, lifecyclesWoken: 0 });
  });

  test('makes the schedule of the sweep', async () => {
    const sweep = await temporal.client.schedule.getHandle('sweep').describe();
    expect(sweep.spec.intervals).toMatchObject([{ every: 300_000 }]);
    expect(sweep.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 300_000, pauseOnFailure: false });
  });

  test('a channel that nobody knows fails the import with a sentence of ours', async () => {
    const failure = await temporal.client.workflow
      .execute<WaybillWorkflows['importOrders']>('importOrders', {
        workflowId: 'import:nowhere:manual:x',
        taskQueue: WAYBILL_QUEUE,
        args: [{ channelId: 'nowhere' }],
      })
      .then(
        () => null,
        (error: unknown) => error,
      );
    expect(failure).toMatchObject({
      cause: { cause: { type: 'UnknownChannel', message: expect.stringMatching(/nowhere/) as string } },
    });
  });

  test('one queue alone is enough for a process', async () => {
    const only = await startWorkers({
      config: loadConfig(env),
      logger,
      temporal: target,
      queues: 'bigcommerce',
    });
    expect(only.queues).toEqual(['bigcommerce']);
    await only.stop();
    await only.stop();
  });

  test('without a database it does not start, and says which variable to set', async () => {
    const config = loadConfig({ ...env, WAYBILL_DATABASE_URL: '' });
    await expect(startWorkers({ config, logger, temporal: target })).rejects.toThrow(
      /WAYBILL_DATABASE_URL is not set/,
    );
  });

  test('without a server it does not start, and says where it was sought', async () => {
    const config = loadConfig(env);
    const nowhere = { address: '127.0.0.1:1', namespace: 'default' };
    await expect(startWorkers({ config, logger, temporal: nowhere })).rejects.toMatchObject({
      code: 'temporal_unavailable',
      message: expect.stringContaining('127.0.0.1:1') as string,
    });
  });
});

test('every activity of the contract is registered, and no other', () => {
  // Nothing is called: the names are what counts.
  const activities = createActivities({} as ActivityDeps);
  const registered = [...Object.keys(activities.database), ...Object.keys(activities.store)];
  expect(registered.sort()).toEqual(contractActivities().sort());
});

/** The contract and the parts of it that have a file of their own. */
const CONTRACT_FILES = ['contract.ts', 'reconcile-contract.ts'];

/** The methods of every interface of the contract whose name ends in `Activities`. */
function contractActivities(): string[] {
  return CONTRACT_FILES.flatMap((name) => {
    const file = new URL(`../../workflows/${name}`, import.meta.url);
    return [...ts.createSourceFile(name, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest).statements];
  })
    .filter(ts.isInterfaceDeclaration)
    .filter((declaration) => declaration.name.text.endsWith('Activities'))
    .flatMap((declaration) => declaration.members)
    .flatMap((member) =>
      ts.isMethodSignature(member) && ts.isIdentifier(member.name) ? [member.name.text] : [],
    );
}
