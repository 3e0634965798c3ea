/**
 * Reads the input of an import as a person or a schedule typed it: also in the workflow sandbox, so by hand and
 * without a library. It promises one problem per bad field with what is allowed; it must not fill in defaults.
 */
import { CHANNEL_ID_RULE, isChannelId } from './ids.ts';
import type { ImportInputFields } from './import-cursor.ts';
import { parseDay, parseInstant } from './instants.ts';

export interface ImportProblem {
  field: string;
  message: string;
}

/** More than this is a backfill by range; the ids travel in the workflow's input. */
export const IMPORT_IDS_MAX = 10_000;
/** Ten years. */
export const IMPORT_DAYS_MAX = 3_650;

const FIELDS = [
  'channelId',
  'days',
  'orderIds',
  'from',
  'to',
  'basis',
  'list',
  'includeExcluded',
  'resume',
  'hints',
  'runId',
] as const;
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** As `waybill import --file` names the lists that it stores. */
const LIST_PATTERN = /^[a-z0-9-]{1,64}$/;

/**
 * Accepts exactly one way of asking: `days`, `orderIds`, `from`/`to`, `list`, `resume`, `hints`, or none (= since the
 * watermark).
 */
export function parseImportInput(
  raw: unknown,
): { ok: true; input: ImportInputFields } | { ok: false; problems: ImportProblem[] } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return {
      ok: false,
      problems: [{ field: '', message: 'expected an object such as {"channelId": "acme", "days": 30}' }],
    };
  }
  const fields = new Map<string, unknown>(Object.entries(raw).filter(([, value]) => value !== undefined));
  const problems: ImportProblem[] = [];
  const problem = (field: string, message: string) => {
    problems.push({ field, message });
  };
  for (const name of fields.keys()) {
    if (!FIELDS.some((known) => known === name))
      problem(name, `is not a field; allowed are ${FIELDS.join(', ')}`);
  }

  const channelId = fields.get('channelId');
  const input: ImportInputFields = { channelId: typeof channelId === 'string' ? channelId : '' };
  if (!isChannelId(input.channelId)) problem('channelId', `expected a channel id: ${CHANNEL_ID_RULE}`);

  const days = fields.get('days');
  if (days !== undefined) {
    if (isWholeNumber(days, 1, IMPORT_DAYS_MAX)) input.days = days;
    else problem('days', `expected a whole number from 1 to ${String(IMPORT_DAYS_MAX)}`);
  }
  const orderIds = fields.get('orderIds');
  if (orderIds !== undefined) {
    if (isListOfIds(orderIds)) input.orderIds = [...new Set(orderIds)];
    else problem('orderIds', `expected 1 to ${String(IMPORT_IDS_MAX)} positive whole numbers`);
  }
  for (const name of ['from', 'to'] as const) {
    const text = fields.get(name);
    if (text === undefined) continue;
    if (typeof text === 'string' && timeOf(text, name) !== null) input[name] = text;
    else problem(name, 'expected a day such as 2026-08-21 or a time such as 2026-08-21T10:00:00Z');
  }
  const basis = fields.get('basis');
  if (basis === 'created' || basis === 'modified') input.basis = basis;
  else if (basis !== undefined) problem('basis', 'expected created or modified');
  const list = fields.get('list');
  if (typeof list === 'string' && LIST_PATTERN.test(list)) input.list = list;
  else if (list !== undefined)
    problem('list', 'expected the name of a stored list, which waybill import --file makes');
  const includeExcluded = fields.get('includeExcluded');
  if (typeof includeExcluded === 'boolean') input.includeExcluded = includeExcluded;
  else if (includeExcluded !== undefined) problem('includeExcluded', 'expected true or false');
  const resume = fields.get('resume');
  if (typeof resume === 'string' && RUN_ID.test(resume)) input.resume = resume.toLowerCase();
  else if (resume !== undefined) problem('resume', 'expected the id of a run, as waybill runs shows it');
  const hints = fields.get('hints');
  if (typeof hints === 'boolean') input.hints = hints;
  else if (hints !== undefined) problem('hints', 'expected true or false');
  const runId = fields.get('runId');
  if (typeof runId === 'string' && runId !== '') input.runId = runId;
  else if (runId !== undefined) problem('runId', 'expected the id of a run');

  for (const [field, message] of contradictions(input)) problem(field, message);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, input };
}

function contradictions(input: ImportInputFields): [field: string, message: string][] {
  const found: [string, string][] = [];
  const hasRange = input.from !== undefined || input.to !== undefined;
  const ways = [
    input.days !== undefined ? 'days' : null,
    input.orderIds !== undefined ? 'orderIds' : null,
    hasRange ? 'from' : null,
    input.list !== undefined ? 'list' : null,
    input.resume !== undefined ? 'resume' : null,
    input.hints === true ? 'hints' : null,
  ].filter((way) => way !== null);
  if (ways.length > 1)
    found.push([ways[1] ?? '', `cannot stand beside ${ways[0] ?? ''}: ask in one way only`]);
  if (hasRange && input.from === undefined) found.push(['from', 'is needed with to']);
  if (input.includeExcluded === true && input.orderIds === undefined && input.list === undefined) {
    found.push(['includeExcluded', 'is for orders that are named: give orderIds or list']);
  }
  if (input.basis !== undefined && input.days === undefined && !hasRange) {
    found.push(['basis', 'says what days, from and to speak of; give one of them']);
  }
  const from = input.from === undefined ? null : timeOf(input.from, 'from');
  const to = input.to === undefined ? null : timeOf(input.to, 'to');
  if (from !== null && to !== null && from > to) found.push(['to', 'is before from']);
  return found;
}

/** Milliseconds, for comparing: a day as `to` means its end. */
function timeOf(text: string, name: 'from' | 'to'): number | null {
  const day = parseDay(text);
  if (day !== null) return name === 'to' ? day + 86_399_000 : day;
  return parseInstant(text);
}

function isWholeNumber(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
}

function isListOfIds(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= IMPORT_IDS_MAX &&
    value.every((id) => isWholeNumber(id, 1, Number.MAX_SAFE_INTEGER))
  );
}
