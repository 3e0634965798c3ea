// The promises of servers.ts that every other test file leans on.
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { describe, expect, inject, test } from 'vitest';
import { databaseFor, namespaceFor } from './servers.ts';

describe('a test file', () => {
  test('gets a database of its own, which it can drop', async () => {
    const [first, second] = await Promise.all([databaseFor(import.meta.url), databaseFor(import.meta.url)]);
    expect(first.name).not.toBe(second.name);
    const sql = postgres(first.url, { max: 1 });
    expect(await sql`select current_database() as name`).toEqual([{ name: first.name }]);
    await sql.end();
    await first.drop();
    await first.drop();
    await second.drop();
  });

  test('gets a namespace of its own that is empty and takes our search attributes', async () => {
    const { address, namespace } = await namespaceFor(import.meta.url);
    expect(address).toBe(inject('temporalAddress'));
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    expect((await client.workflow.count()).count).toBe(0);
    await connection.close();
  });
});
