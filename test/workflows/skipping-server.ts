// The time-skipping server for a test file: started with patience, with our search attributes.
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';

/** The SDK waits five seconds for the server, which is not enough for Java on a busy machine of two cores. */
const START_ATTEMPTS_MAX = 30;
/** For the hook that starts it. */
export const SKIPPING_START_DEADLINE_MS = 300_000;

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

async function started(program: string): Promise<TestWorkflowEnvironment> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path: program } },
      });
    } catch (error) {
      if (attempt >= START_ATTEMPTS_MAX) throw error;
    }
  }
}
