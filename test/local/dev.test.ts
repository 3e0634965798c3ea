import { Client, Connection } from '@temporalio/client';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { removeHome, startDev, type DevOptions } from '../../local/dev.ts';
import type { Installation } from '../../local/installation.ts';
import { commandOf } from '../../local/processes.ts';
import { lastingPorts } from '../support/ports.ts';

/** Several starts of real servers a test, on a machine that does other things too. */
const START_TIMEOUT_MS = 120_000;

let home = '';
let started: Installation[] = [];
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'waybill-dev-'));
  started = [];
});
afterEach(async () => {
  for (const installation of started) await installation.stop();
  await removeHome(home);
});

async function options(more: Partial<DevOptions> = {}): Promise<DevOptions> {
  const [postgresPort = 0, temporalPort = 0, uiPort = 0] = await lastingPorts(3);
  return {
    home,
    cache: path.join(home, 'cache'),
    temporalCli: inject('temporalCli'),
    searchPath: '',
    databaseUrl: null,
    ports: { postgres: postgresPort, temporal: temporalPort, ui: uiPort },
    namespace: 'waybill',
    parts: [],
    log: () => undefined,
    ...more,
  };
}

async function start(more: Partial<DevOptions> = {}): Promise<Installation> {
  const installation = await startDev(await options(more));
  started.push(installation);
  return installation;
}

describe('a local installation', { timeout: START_TIMEOUT_MS }, () => {
  test('keeps orders and workflows between two starts, and stops without leaving a process', async () => {
    const first = await start();
    await query(first, (sql) => sql`create table kept as select 1 as one`);
    await startWorkflow(first, 'kept');
    await first.stop();
    expect(await query(first, (sql) => sql`select 1`).catch(() => 'gone')).toBe('gone');
    const second = await start();
    expect(await query(second, (sql) => sql`select one from kept`)).toEqual([{ one: 1 }]);
    expect(await statusOf(second, 'kept')).toBe('RUNNING');
  });

  test('shows the web UI and registers our search attributes', async () => {
    const installation = await start({ databaseUrl: inject('postgresUrl') });
    expect((await fetch(installation.facts.uiUrl ?? '')).status).toBe(200);
    const connection = await Connection.connect({ address: installation.facts.temporalAddress ?? '' });
    const found = await connection.operatorService.listSearchAttributes({ namespace: 'waybill' });
    await connection.close();
    expect(Object.keys(found.customAttributes)).toEqual(
      expect.arrayContaining(['ChannelId', 'OrderStage', 'StageChangedAt', 'Attention']),
    );
  });

  test('is refused a second time while it runs, with its addresses, and keeps running', async () => {
    const first = await start({ databaseUrl: inject('postgresUrl') });
    const { temporalAddress = '', uiUrl = '' } = first.facts;
    const refusal = await startDev(await options()).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'already_running' });
    expect(String(refusal)).toContain(temporalAddress);
    expect(String(refusal)).toContain(uiUrl);
    expect(String(refusal)).not.toContain(':waybill@');
    expect(await query(first, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });

  test('whose further part fails stops everything, and can be started again', async () => {
    const pids: number[] = [];
    const failing = {
      name: 'migrations',
      start: async ({ facts }: { facts: { databaseUrl?: string } }) => {
        const sql = postgres(facts.databaseUrl ?? '', { max: 1 });
        pids.push(...(await sql<{ pid: number }[]>`select pg_backend_pid() as pid`).map((row) => row.pid));
        await sql.end();
        throw new Error('a bad migration');
      },
    };
    await expect(start({ parts: [failing] })).rejects.toThrow('migrations did not start: a bad migration');
    for (const pid of pids) expect(await commandOf(pid)).toBeUndefined();
    await start();
  });

  test('names a busy port and the setting that changes it', async () => {
    const taken = Number(new URL(inject('postgresUrl')).port);
    const wanted = await options({ databaseUrl: inject('postgresUrl') });
    await expect(startDev({ ...wanted, ports: { ...wanted.ports, temporal: taken } })).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringMatching(
        new RegExp(`Port ${taken}, wanted for Temporal, is in use.*WAYBILL_TEMPORAL_PORT`),
      ) as string,
    });
  });

  test('uses a database of its own choice when one is named, and says when that does not answer', async () => {
    const databaseUrl = inject('postgresUrl');
    const installation = await start({ databaseUrl });
    expect(installation.facts.databaseUrl).toBe(databaseUrl);
    await installation.stop();
    const [nobody = 0] = await lastingPorts(1);
    await expect(
      start({ databaseUrl: `postgres://waybill:hush@127.0.0.1:${nobody}/waybill` }),
    ).rejects.toMatchObject({
      code: 'postgres_unavailable',
      message: expect.not.stringContaining('hush') as string,
    });
  });
});

async function query<Row>(
  installation: Installation,
  ask: (sql: postgres.Sql) => PromiseLike<Row>,
): Promise<Row> {
  const sql = postgres(installation.facts.databaseUrl ?? '', {
    max: 1,
    connect_timeout: 2,
    onnotice: () => undefined,
  });
  try {
    return await ask(sql);
  } finally {
    await sql.end();
  }
}

async function withClient<Result>(
  installation: Installation,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const connection = await Connection.connect({ address: installation.facts.temporalAddress ?? '' });
  try {
    return await work(new Client({ connection, namespace: 'waybill' }));
  } finally {
    await connection.close();
  }
}

function startWorkflow(installation: Installation, workflowId: string): Promise<unknown> {
  return withClient(installation, (client) =>
    client.workflow.start('anything', { workflowId, taskQueue: 'nobody-polls-this' }),
  );
}

function statusOf(installation: Installation, workflowId: string): Promise<string> {
  return withClient(
    installation,
    async (client) => (await client.workflow.getHandle(workflowId).describe()).status.name,
  );
}
