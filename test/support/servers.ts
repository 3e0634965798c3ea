// What a test file gets from the servers of the run: a database of its own, cloned from the migrated template, and a
// Temporal namespace of its own. Nothing is shared between files but the two servers themselves.
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { inject } from 'vitest';
import { ensureSearchAttributes } from '../../client/temporal.ts';
import { stopClock } from './stopped-clock.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's PostgreSQL, as its owner, on the database `postgres`. */
    postgresUrl: string;
    temporalAddress: string;
    /** The path of the `temporal` program the server runs from. */
    temporalCli: string;
    /** The program for `createTimeSkipping`'s `existing-path`; null where there is none (never in CI). */
    timeSkippingServer: string | null;
  }
}

/** The database that every test's database is a copy of. Nobody can connect to it, so that it can always be copied. */
export const TEMPLATE_DATABASE = 'waybill_template';

export interface TestDatabase {
  url: string;
  name: string;
  /** Ends every session on it and removes it. May be repeated. */
  drop(): Promise<void>;
}

export interface TestNamespace {
  address: string;
  namespace: string;
}

/** Each part of a server that has many other things to do. */
const NAMESPACE_DEADLINE_MS = 120_000;
const POLL_MS = 50;
const RETENTION_MS = 24 * 60 * 60 * 1_000;

/**
 * A fresh, migrated and empty database for one test file (`import.meta.url` or any word). The server is removed after
 * the run, so `drop` is only needed by a test that counts databases or that opens very many. Where its clock stands,
 * time passes only by moving what is stored into the past (`stopped-clock.ts`), however slow the machine is.
 */
export async function databaseFor(
  fileName: string,
  options: { clockStands?: boolean } = {},
): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `t_${uniqueName(fileName).replaceAll('-', '_')}`;
  await asOwner(server, async (sql) => {
    await sql`create database ${sql(name)} template ${sql(TEMPLATE_DATABASE)}`;
  });
  const url = new URL(server);
  url.pathname = `/${name}`;
  if (options.clockStands === true) await asOwner(url.href, stopClock);
  return {
    url: url.href,
    name,
    drop: () =>
      asOwner(server, async (sql) => {
        await sql`drop database if exists ${sql(name)} with (force)`;
      }),
  };
}

/**
 * A fresh Temporal namespace with our search attributes for one test file, usable when this returns: workflows start
 * and are found by their attributes.
 */
export async function namespaceFor(fileName: string): Promise<TestNamespace> {
  const address = inject('temporalAddress');
  const namespace = uniqueName(fileName);
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(RETENTION_MS),
    });
    await eventually(`namespace ${namespace} accepts search attributes`, async () => {
      await ensureSearchAttributes(connection, namespace);
    });
    await probe(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
  return { address, namespace };
}

/**
 * The server's parts learn of a namespace one after the other. A workflow that was started with our attributes and is
 * found by them has met every part; it is deleted again, so that a test finds its namespace empty.
 */
async function probe(client: Client): Promise<void> {
  const workflowId = 'probe';
  await eventually('a workflow starts', async () => {
    await client.workflow.start('probe', {
      workflowId,
      taskQueue: 'nobody-polls-this',
      typedSearchAttributes: new TypedSearchAttributes([
        { key: defineSearchAttributeKey('ChannelId', SearchAttributeType.KEYWORD), value: 'probe' },
        { key: defineSearchAttributeKey('OrderStage', SearchAttributeType.KEYWORD), value: 'probe' },
        { key: defineSearchAttributeKey('StageChangedAt', SearchAttributeType.DATETIME), value: new Date() },
        { key: defineSearchAttributeKey('Attention', SearchAttributeType.KEYWORD), value: 'probe' },
      ]),
    });
  });
  const found = async (): Promise<number> =>
    (await client.workflow.count('ChannelId = "probe" AND Attention = "probe"')).count;
  await eventually('the workflow is found by its attributes', async () => {
    if ((await found()) !== 1) throw new Error('not found yet');
  });
  await client.workflowService.deleteWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
  });
  await eventually('the deleted workflow is gone', async () => {
    if ((await found()) !== 0) throw new Error('still there');
  });
}

async function eventually(what: string, attempt: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + NAMESPACE_DEADLINE_MS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > deadline)
        throw new Error(`Not within ${NAMESPACE_DEADLINE_MS} ms: ${what}`, { cause: error });
      await pause(POLL_MS);
    }
  }
}

async function asOwner(server: string, work: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(server, { max: 1, onnotice: () => undefined });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}

/** A word for people (the file's name), and a random end, because watch mode runs a file again on the same servers. */
function uniqueName(fileName: string): string {
  const word = path
    .basename(fileName)
    .replace(/\.test\.ts$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  return `${word}-${randomBytes(4).toString('hex')}`;
}
