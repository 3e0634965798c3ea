import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { workflowBundle } from '../../workers/workflow-bundle.ts';
import { readHistory, type RecordedHistory } from '../support/history-json.ts';
import { SCENARIOS } from './scenarios.ts';
import { installQuietRuntime } from './test-workers.ts';

const FOLDER = path.join(import.meta.dirname, '..', 'histories');
const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : [];
const read = (file: string) => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as RecordedHistory;

let bundle: Awaited<ReturnType<typeof workflowBundle>>;
beforeAll(async () => {
  installQuietRuntime();
  bundle = await workflowBundle();
});
const replay = (history: RecordedHistory) =>
  Worker.runReplayHistory({ workflowBundle: bundle }, readHistory(history), 'order:acme:1');

describe('recorded histories', () => {
  test('there is one for each scenario', () => {
    const recorded = files.map((file) => file.replace(/-\d+\.\d+\.\d+\.json$/, ''));
    expect(recorded).toEqual(expect.arrayContaining(SCENARIOS.map(({ name }) => name)));
  });

  test.each(files)('%s is replayed by the present code', async (file) => {
    await replay(read(file));
  });

  test('the one of an ordinary order has at most 30 events', () => {
    const ordinary = files.filter((file) => file.startsWith('orderLifecycle-delivered-'));
    expect(ordinary).not.toHaveLength(0);
    for (const file of ordinary) expect(read(file).events.length).toBeLessThanOrEqual(30);
  });

  test.each([
    'EVENT_TYPE_MARKER_RECORDED',
    'EVENT_TYPE_TIMER_STARTED',
    'EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
    'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
  ])('a history without its first %s is not', async (type) => {
    const file = files.find((name) => name.startsWith('orderLifecycle-write-back-')) ?? '';
    const history = read(file);
    const removed = history.events.findIndex((event) => event.eventType === type);
    expect(removed).toBeGreaterThan(0);
    history.events.splice(removed, 1);
    history.events.forEach((event, index) => (event.eventId = String(index + 1)));
    await expect(replay(history)).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});
