// What a workflow has cost, read from its history on the server: events, workflow tasks, signals, billable actions.
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

const { temporal } = proto;

export interface HistoryCost {
  events: number;
  workflowTasks: number;
  signals: number;
  actions: number;
  /** Its events in their sequence, in a few letters each. */
  story: string;
}

/** Counted as Temporal Cloud bills: starts, signals, timers, activities, upserts, and each task with local activities. */
export async function costOf(client: Client, workflowId: string): Promise<HistoryCost> {
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const cost = { events: events?.length ?? 0, workflowTasks: 0, signals: 0, actions: 0, story: '' };
  let markedTask = false;
  cost.story = (events ?? []).map(({ eventType }) => wordOf(eventType)).join(' ');
  for (const event of events ?? []) {
    if (event.workflowTaskCompletedEventAttributes != null) {
      cost.workflowTasks += 1;
      markedTask = false;
    } else if (event.workflowExecutionSignaledEventAttributes != null) {
      cost.signals += 1;
      cost.actions += 1;
    } else if (event.markerRecordedEventAttributes != null) {
      if (!markedTask) cost.actions += 1;
      markedTask = true;
    } else if (
      event.workflowExecutionStartedEventAttributes != null ||
      event.timerStartedEventAttributes != null ||
      event.activityTaskScheduledEventAttributes != null ||
      event.upsertWorkflowSearchAttributesEventAttributes != null
    ) {
      cost.actions += 1;
    }
  }
  return cost;
}

/** `WorkflowTaskTimedOut` for the number that Temporal gives to that type. */
function wordOf(eventType: number | null | undefined): string {
  return (
    (eventType == null ? undefined : temporal.api.enums.v1.EventType[eventType])
      ?.replace('EVENT_TYPE_', '')
      .toLowerCase() ?? 'unknown'
  );
}
