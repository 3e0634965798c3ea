// The worker of the bare workflows, as a process of its own like ours. Arguments: address, namespace.
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { BARE_QUEUE } from './bare-queue.ts';

const [address = '', namespace = 'default'] = process.argv.slice(2);
// Its lines would stand between the figures.
Runtime.install({ logger: new DefaultLogger('ERROR') });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: BARE_QUEUE,
  workflowsPath: fileURLToPath(new URL('./bare-workflows.ts', import.meta.url)),
  workflowTaskPollerBehavior: { type: 'autoscaling' },
  maxCachedWorkflows: 600,
});
process.stdout.write('ready\n');
process.once('SIGTERM', () => worker.shutdown());
await worker.run();
await connection.close();
