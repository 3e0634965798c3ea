// The time-skipping server for a test file: started with patience, with our search attributes.
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { setTimeout as pause } from 'node:timers/promises';
import { startChild, type Child } from '../../local/child.ts';
import { lastingPorts } from '../support/ports.ts';

/** Java on a busy machine of two cores. */
const START_DEADLINE_MS = 240_000;
const CONNECT_DEADLINE_MS = 10_000;
const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 100;
/** For the hook that starts it. */
export const SKIPPING_START_DEADLINE_MS = START_DEADLINE_MS + 60_000;

/** `program` is what `inject('timeSkippingServer')` answers. End it with `teardown`. */
export async function startSkippingServer(program: string | null): Promise<TestWorkflowEnvironment> {
  const world = await started(program ?? '');
  // This server takes attributes but cannot list them, which `ensureSearchAttributes` begins with.
  const { INDEXED_VALUE_TYPE_KEYWORD: keyword, INDEXED_VALUE_TYPE_DATETIME: datetime } =
    proto.temporal.api.enums.v1.IndexedValueType;
  await world.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: {
      ChannelId: keyword,
      OrderStage: keyword,
      StageChangedAt: datetime,
      Attention: keyword,
    },
  });
  return world;
}

/** The SDK's own start waits five seconds for the server; this one waits until it answers. */
async function started(program: string): Promise<TestWorkflowEnvironment> {
  const [port = 0] = await lastingPorts(1);
  const address = `127.0.0.1:${String(port)}`;
  const child = await startChild({
    command: program,
    // As the SDK calls it: the clock goes like anybody's until it is unlocked.
    args: [String(port)],
    stopSignal: 'SIGTERM',
    stopWithinMs: STOP_DEADLINE_MS,
  });
  try {
    await untilItAnswers(address, child);
    // What `createTimeSkipping` calls: the SDK keeps it to itself, and has no public way to a server that runs already.
    const sdk = TestWorkflowEnvironment as unknown as {
      create(options: object): Promise<TestWorkflowEnvironment>;
    };
    const options = {
      server: { type: 'existing' },
      address,
      namespace: 'default',
      supportsTimeSkipping: true,
    };
    const world = await sdk.create(options);
    const disconnect = world.teardown.bind(world);
    world.teardown = async () => {
      await disconnect();
      await child.stop();
    };
    return world;
  } catch (error) {
    await child.kill();
    throw error;
  }
}

async function untilItAnswers(address: string, child: Child): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: CONNECT_DEADLINE_MS });
      await connection.close();
      return;
    } catch (error) {
      if (!child.isRunning() || performance.now() > deadline) {
        const said = child.lastLines().join('\n');
        throw new Error(`The time-skipping server did not start. It said:\n${said}`, { cause: error });
      }
      await pause(POLL_MS);
    }
  }
}
