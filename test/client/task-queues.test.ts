// Who polls the task queues: a worker is known to the server with its first poll, which may come a moment after the
// question.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unattendedQueues } from '../../client/cli/task-queues.ts';
import { connectTemporal, type TemporalConnection } from '../../client/temporal.ts';
import { BIGCOMMERCE_QUEUE, WAYBILL_QUEUE } from '../../workflows/contract.ts';
import { namespaceFor } from '../support/servers.ts';

const PATIENCE_MS = 60_000;
let temporal: TemporalConnection;
beforeAll(async () => {
  temporal = await connectTemporal(await namespaceFor(import.meta.url));
});
afterAll(() => temporal.close());

describe('a queue', () => {
  test('that nobody polls is named', async () => {
    const queues = [WAYBILL_QUEUE, BIGCOMMERCE_QUEUE];
    expect(await unattendedQueues(temporal, queues, 0)).toEqual(queues);
  });

  test('that a worker begins to poll a moment later is attended', async () => {
    const asked = unattendedQueues(temporal, [WAYBILL_QUEUE], PATIENCE_MS);
    const { connection, namespace } = temporal;
    const stop = new AbortController();
    const polling = connection
      .withAbortSignal(stop.signal, () =>
        connection.withDeadline(Date.now() + PATIENCE_MS, () =>
          connection.workflowService.pollWorkflowTaskQueue({
            namespace,
            taskQueue: { name: WAYBILL_QUEUE },
            identity: 'a worker',
          }),
        ),
      )
      .catch(() => undefined);
    expect(await asked).toEqual([]);
    stop.abort();
    await polling;
  });
});
