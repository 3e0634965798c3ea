// Workers in a namespace of the test file's own.
import { namespaceFor } from '../support/servers.ts';
import { startTestWorkers, type WorkflowWorld } from './test-workers.ts';

/** See {@link startTestWorkers}. */
export async function workflowWorld(
  fileName: string,
  activities: object,
  options: { maxCachedWorkflows?: number } = {},
): Promise<WorkflowWorld> {
  return startTestWorkers(await namespaceFor(fileName), activities, options);
}
