/**
 * Imports over HTTP: one is started with the same input that the `temporal` CLI takes, followed by its run, and tells what
 * became of every order that it was given (capabilities Q-16, P-26). The store is called by a worker, never from here.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { requireChannel, type Channel } from '../../db/channels.ts';
import { countImportList } from '../../db/import-lists.ts';
import { countOutcomes, listOutcomes, OUTCOME_PAGE_MAX, OUTCOME_WORDS } from '../../db/import-outcomes.ts';
import { runProgress } from '../../db/import-progress.ts';
import { getRun, importRunId, runningRunOf, whyNotResumed, type ImportRun } from '../../db/import-runs.ts';
import { manualImportId } from '../../domain/ids.ts';
import { parseImportInput } from '../../domain/import-input.ts';
import type { ImportInput } from '../../workflows/contract.ts';
import {
  defaultImportName,
  describeImport,
  IMPORT_NAME_RULE,
  isImportName,
  startImport,
  withStoredNumbers,
} from '../manual-import.ts';
import { grpcCode } from '../temporal.ts';
import type { TemporalConnection } from '../temporal.ts';
import { runAnswer } from './answers.ts';
import type { ReceivedJson } from './body.ts';
import { channelParam, refusals, security } from './operator-parts.ts';
import { HttpProblem, problemSchema, RETRY_AFTER_SECONDS } from './problems.ts';
import type { RouteParts } from './route-parts.ts';

type Guard = (request: FastifyRequest) => Promise<void>;

const OUTCOMES_DEFAULT = 100;
/** A person or a program waits; a server that is there answers in milliseconds. */
const START_DEADLINE_MS = 3_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const day = z.string().describe('A day such as `2026-08-21`, or RFC 3339.');
/** For the description; what may stand together is `domain/import-input.ts`'s to say, also for the `temporal` CLI. */
const importWish = z
  .object({
    days: z.number().int().optional().describe('The last so many days.'),
    from: day.optional(),
    to: day.optional(),
    basis: z.enum(['created', 'modified']).optional().describe('What the days speak of.'),
    orderIds: z.array(z.number().int()).optional().describe('Order numbers, at most 10,000.'),
    list: z.string().optional().describe('A list that `waybill import --file` stored.'),
    includeExcluded: z.boolean().optional().describe('Given orders come in whatever their status is.'),
    resume: z.string().optional().describe('A run that failed or was cancelled: goes on where it stood.'),
    name: z
      .string()
      .optional()
      .describe(
        'Of this import. Without one the same input joins itself; with one it is refused while it runs.',
      ),
  })
  .meta({ id: 'ImportWish' });

const startedAnswer = z
  .object({
    run: z
      .string()
      .describe('Ask after it at `…/imports/{run}`; its row is there once a worker has begun it.'),
    workflowId: z.string(),
    temporalRunId: z.string(),
    joined: z.boolean().describe('The same import was under way already; nothing was started.'),
  })
  .meta({ id: 'ImportStarted' });

const progressAnswer = runAnswer
  .extend({
    progress: z.object({
      seen: z.number().int(),
      changed: z.number().int(),
      pages: z.number().int(),
      waiting: z.number().int().describe('Lifecycles of the channel that wait to be opened, up to 10,000.'),
      total: z.number().int().nullable().describe('Orders to see in all, where that is known.'),
      etaSeconds: z.number().int().nullable().describe('Until the end, by its pace and by the quota.'),
    }),
    outcomes: z
      .partialRecord(z.enum(OUTCOME_WORDS), z.number().int())
      .nullable()
      .describe('Of an import of given orders: how many came out how. Null for other imports.'),
  })
  .meta({ id: 'ImportProgress' });

const outcomesAnswer = z
  .object({
    orders: z.array(
      z.object({
        orderId: z.number().int(),
        outcome: z.enum(OUTCOME_WORDS),
        rule: z.string().nullable().describe('The rule that decided.'),
        setting: z.string().nullable().describe('The setting that it goes by.'),
        detail: z.string().nullable(),
      }),
    ),
    next: z.number().int().nullable().describe('`after` of the next page; null: there is no more.'),
  })
  .meta({ id: 'ImportOutcomes' });

const runParams = channelParam.extend({ run: z.string().describe('As the start or `…/runs` told it.') });

export function importRoutes(scope: FastifyInstance, parts: RouteParts, guard: Guard): void {
  const { db, clock } = parts;
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const common = { tags: ['operate'], security };

  app.post(
    '/v1/channels/:channel/imports',
    {
      onRequest: guard,
      config: { documentedBody: z.toJSONSchema(importWish) },
      schema: {
        ...common,
        operationId: 'startImport',
        summary: 'Import orders now: since the last import, a range, or given orders',
        params: channelParam,
        response: {
          202: startedAnswer,
          ...refusals,
          409: problemSchema.describe('It cannot be started now; the detail says why and what helps.'),
          422: problemSchema.describe('The input cannot be understood.'),
          503: problemSchema.describe('Postgres or Temporal is away.'),
        },
      },
    },
    async (request, reply) => {
      const channel = await requireChannel(db, request.params.channel);
      const { input: given, name } = readWish(channel.id, request.body);
      await refuseHopeless(parts, channel, given);
      const input = await withStoredNumbers(db, given, clock().toISOString());
      return reply.code(202).send(await startOrJoin(parts, input, name));
    },
  );

  app.get(
    '/v1/channels/:channel/imports/:run',
    {
      onRequest: guard,
      schema: {
        ...common,
        operationId: 'getImport',
        summary: 'How far an import is, and what it did',
        params: runParams,
        response: { 200: progressAnswer, ...refusals },
      },
    },
    async (request) => {
      const { channel: channelId } = request.params;
      const { storeHash } = await requireChannel(db, channelId);
      const run = await runOf(parts, channelId, request.params.run);
      const progress = await runProgress(db, run, { storeHash, now: clock().toISOString() });
      const outcomes = run.mode === 'ids' ? Object.fromEntries(await countOutcomes(db, run.id)) : null;
      return { ...run, progress, outcomes };
    },
  );

  app.get(
    '/v1/channels/:channel/imports/:run/orders',
    {
      onRequest: guard,
      schema: {
        ...common,
        operationId: 'listImportOutcomes',
        summary: 'What became of every order that an import was given by its number',
        params: runParams,
        querystring: z.object({
          outcome: z.enum(OUTCOME_WORDS).optional().describe('Only these.'),
          after: z
            .string()
            .regex(/^\d{1,15}$/, 'must be an order number')
            .optional()
            .describe('Only orders with a higher number.'),
          limit: z
            .string()
            .regex(/^\d{1,4}$/, `must be a number from 1 to ${String(OUTCOME_PAGE_MAX)}`)
            .optional()
            .describe(`How many; default ${String(OUTCOMES_DEFAULT)}, at most ${String(OUTCOME_PAGE_MAX)}.`),
        }),
        response: {
          200: outcomesAnswer,
          ...refusals,
          422: problemSchema.describe('A parameter cannot be used.'),
        },
      },
    },
    async (request) => {
      const { outcome, after, limit } = request.query;
      const run = await runOf(parts, request.params.channel, request.params.run);
      return listOutcomes(db, {
        runId: run.id,
        limit: Math.min(Math.max(Number(limit ?? OUTCOMES_DEFAULT), 1), OUTCOME_PAGE_MAX),
        ...(outcome === undefined ? {} : { outcome }),
        ...(after === undefined ? {} : { after: Number(after) }),
      });
    },
  );
}

/** @throws HttpProblem `invalid-fields` with the sentences that the workflow itself would give */
function readWish(channelId: string, body: unknown): { input: ImportInput; name: string | null } {
  // The only parser there is makes this shape (body.ts); without a body there is none.
  const received = body as ReceivedJson | undefined;
  const raw = received?.json ?? {};
  const isObject = typeof raw === 'object' && !Array.isArray(raw);
  const given: Record<string, unknown> = isObject ? { ...raw } : {};
  const { name = null, ...fields } = given;
  const errors: { field: string; message: string }[] = [];
  if (name !== null && (typeof name !== 'string' || !isImportName(name)))
    errors.push({ field: 'name', message: IMPORT_NAME_RULE });
  for (const field of ['hints', 'runId'])
    if (fields[field] !== undefined) errors.push({ field, message: 'is not for imports by hand' });
  const read = parseImportInput(isObject ? { channelId, ...fields } : raw);
  if (!read.ok) errors.push(...read.problems);
  else if (read.input.channelId !== channelId)
    errors.push({ field: 'channelId', message: `is another channel than the address says: ${channelId}` });
  if (read.ok && errors.length === 0)
    return { input: read.input, name: typeof name === 'string' ? name : null };
  throw new HttpProblem('invalid-fields', 'Nothing was started; the import cannot be understood.', {
    errors,
  });
}

/** What the workflow would refuse at its beginning, where nobody who asked over HTTP would hear of it. */
async function refuseHopeless({ db }: RouteParts, channel: Channel, input: ImportInput): Promise<void> {
  const { id: channelId } = channel;
  if (!channel.enabled) {
    throw new HttpProblem(
      'import-state',
      `Channel ${channelId} is disabled, so nothing is imported. Enable it: waybill channel enable ${channelId}`,
    );
  }
  const { resume, list } = input;
  if (resume !== undefined) {
    const refused = whyNotResumed(await getRun(db, resume), channelId, resume);
    if (refused !== null) throw new HttpProblem('import-state', refused);
  }
  if (list !== undefined && (await countImportList(db, { channelId, listId: list })) === 0) {
    throw new HttpProblem(
      'import-state',
      `There is no list ${list} of order numbers (any more). Send the numbers as orderIds, or the file: waybill import ${channelId} --file …`,
    );
  }
}

async function startOrJoin(
  { db, temporal }: RouteParts,
  input: ImportInput,
  given: string | null,
): Promise<z.input<typeof startedAnswer>> {
  const connection = temporal.current();
  if (connection === null) throw temporalAway('so nothing was started');
  const name = given ?? defaultImportName(input);
  const workflowId = manualImportId(input.channelId, name);
  try {
    const { firstExecutionRunId: temporalRunId } = await inTime(connection, () =>
      startImport(connection.client, { input, name, summary: describeImport(input) }),
    );
    return { run: importRunId({ workflowId, temporalRunId }), workflowId, temporalRunId, joined: false };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      if (given !== null) {
        throw new HttpProblem(
          'import-state',
          `Nothing was started: ${workflowId} is running already. Wait for it, or give this import another name.`,
        );
      }
      const { runId: temporalRunId } = await inTime(connection, () =>
        connection.client.workflow.getHandle(workflowId).describe(),
      );
      const begun = await runningRunOf(db, workflowId);
      const run = begun?.id ?? importRunId({ workflowId, temporalRunId });
      return { run, workflowId, temporalRunId, joined: true };
    }
    if (grpcCode(error) !== null) throw temporalAway('so it is not known whether the import was started');
    throw error;
  }
}

function inTime<T>({ connection }: TemporalConnection, ask: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + START_DEADLINE_MS, ask);
}

function temporalAway(so: string): HttpProblem {
  return new HttpProblem(
    'temporal-unavailable',
    `Temporal does not answer, ${so}. Send the same again in ${String(RETRY_AFTER_SECONDS)} seconds: it joins what is running.`,
    { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } },
  );
}

async function runOf({ db }: RouteParts, channelId: string, runId: string): Promise<ImportRun> {
  const run = UUID.test(runId) ? await getRun(db, runId) : null;
  if (run?.channelId === channelId) return run;
  throw new HttpProblem(
    'unknown-run',
    `Channel ${channelId} has no import run ${runId.slice(0, 40)}; one that was just started is known once a worker has begun it. \`GET /v1/channels/${channelId}/runs\` lists them.`,
  );
}
