/**
 * An import that a person asks for, by command or over HTTP: its name, its sentence for the list of workflows, its start.
 * The same input has the same name, so that pressing twice is one import. It follows nothing.
 */
import type { Client, WorkflowHandle } from '@temporalio/client';
import { createHash, randomUUID } from 'node:crypto';
import { addToImportList, nameImportList } from '../db/import-lists.ts';
import type { Database } from '../db/database.ts';
import { manualImportId } from '../domain/ids.ts';
import { WAYBILL_QUEUE, type ImportInput, type WaybillWorkflows } from '../workflows/contract.ts';
import { CHANNEL_ID_KEY } from './temporal.ts';

/** A name is part of a workflow id, which people type. */
const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const IMPORT_NAME_RULE = 'A name has letters, digits, dots, dashes and underlines, at most 64.';
const NAME_HASH_LENGTH = 12;
/** More numbers than this are stored and named, so that the input stays small in histories. */
export const INLINE_NUMBERS_MAX = 1_000;

export function isImportName(name: string): boolean {
  return NAME_PATTERN.test(name);
}

/** The name of an import that was given none. */
export function defaultImportName(input: ImportInput): string {
  const canonical = JSON.stringify(Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(canonical).digest('hex').slice(0, NAME_HASH_LENGTH);
}

/** For the list of workflows; no customer data. */
export function describeImport(input: ImportInput): string {
  const { channelId, days, from, to, orderIds, list, resume } = input;
  if (days !== undefined) return `${channelId}, last ${String(days)} days`;
  if (orderIds !== undefined) return `${channelId}, ${String(orderIds.length)} given orders`;
  if (list !== undefined) return `${channelId}, the orders of a file`;
  if (resume !== undefined) return `${channelId}, going on with a run`;
  if (from !== undefined || to !== undefined) return `${channelId}, ${from ?? ''} to ${to ?? ''}`;
  return `${channelId}, since the last import`;
}

/** A few numbers stay as they are, in one sequence; many are stored as a list and travel by its name. */
export async function withStoredNumbers(db: Database, input: ImportInput, now: string): Promise<ImportInput> {
  const { orderIds, ...rest } = input;
  if (orderIds === undefined) return input;
  const sorted = [...new Set(orderIds)].sort((a, b) => a - b);
  if (sorted.length <= INLINE_NUMBERS_MAX) return { ...rest, orderIds: sorted };
  const part = { channelId: input.channelId, listId: `part-${randomUUID()}` };
  await addToImportList(db, { ...part, orderIds: sorted, now });
  return { ...rest, list: await nameImportList(db, part) };
}

/**
 * `name` makes it one import: the same name while it runs is refused.
 * @throws WorkflowExecutionAlreadyStartedError
 */
export async function startImport(
  client: Client,
  { input, name, summary }: { input: ImportInput; name: string; summary: string },
): Promise<WorkflowHandle<WaybillWorkflows['importOrders']> & { firstExecutionRunId: string }> {
  return client.workflow.start<WaybillWorkflows['importOrders']>('importOrders', {
    workflowId: manualImportId(input.channelId, name),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    taskQueue: WAYBILL_QUEUE,
    staticSummary: summary,
    typedSearchAttributes: [{ key: CHANNEL_ID_KEY, value: input.channelId }],
    args: [input],
  });
}
