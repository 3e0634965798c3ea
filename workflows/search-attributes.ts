/**
 * The search attributes of our workflows as typed keys, and the one rule for writing them: only on change, several in
 * one event, nothing at all when the start carried the same values.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Attention, Stage } from '../domain/facts.ts';

const CHANNEL_ID = defineSearchAttributeKey('ChannelId', SearchAttributeType.KEYWORD);
const ORDER_STAGE = defineSearchAttributeKey('OrderStage', SearchAttributeType.KEYWORD);
const STAGE_CHANGED_AT = defineSearchAttributeKey('StageChangedAt', SearchAttributeType.DATETIME);
const ATTENTION = defineSearchAttributeKey('Attention', SearchAttributeType.KEYWORD);
/** Set by the server on what a schedule starts: the time it was meant for, also in a backfill. */
const SCHEDULED_START_TIME = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);

/** Makes a run that a person started without attributes findable by its channel. */
export function showChannel(channelId: string): void {
  if (workflowInfo().typedSearchAttributes.get(CHANNEL_ID) === undefined) {
    upsertSearchAttributes([{ key: CHANNEL_ID, value: channelId }]);
  }
}

/** Shows where the order is, and writes an event only if something of it is not shown yet. */
export function showOrder(shown: {
  channelId: string;
  stage: Stage | null;
  attention: Attention | null;
}): void {
  const before = workflowInfo().typedSearchAttributes;
  const changes: SearchAttributeUpdatePair[] = [];
  if (before.get(CHANNEL_ID) === undefined) changes.push({ key: CHANNEL_ID, value: shown.channelId });
  if (shown.stage !== null && before.get(ORDER_STAGE) !== shown.stage) {
    changes.push({ key: ORDER_STAGE, value: shown.stage }, { key: STAGE_CHANGED_AT, value: new Date() });
  }
  if ((before.get(ATTENTION) ?? null) !== shown.attention)
    changes.push({ key: ATTENTION, value: shown.attention });
  if (changes.length > 0) upsertSearchAttributes(changes);
}

/**
 * The time a schedule meant this run for, as an ISO string; null for a run that no schedule started. Read from the
 * attribute, else from the time that schedules append to the workflow id.
 */
export function nominalTime(): string | null {
  const info = workflowInfo();
  const scheduled = info.typedSearchAttributes.get(SCHEDULED_START_TIME);
  if (scheduled !== undefined) return scheduled.toISOString();
  const appended = /-(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)$/.exec(info.workflowId)?.[1];
  return appended === undefined ? null : new Date(appended).toISOString();
}
