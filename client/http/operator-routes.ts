/**
 * The operator API: what Postgres knows of channels, orders and imports, and the two words that an operator may say
 * about an order from here. It reads; starting work is the command line's.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listChannels, type Channel } from '../../db/channels.ts';
import { listRuns } from '../../db/import-runs.ts';
import { pauseOrder, resumeOrder, type OperatorWordResult } from '../../db/operator-words.ts';
import { orderView } from '../../db/order-view.ts';
import { channelAnswer, orderAnswer, runAnswer } from './answers.ts';
import { authenticate, authorizeChannel, type Caller } from './authentication.ts';
import type { ReceivedJson } from './body.ts';
import { HttpProblem, problemSchema } from './problems.ts';
import type { RouteParts } from './route-parts.ts';

const RUNS_DEFAULT = 20;
const RUNS_MAX = 200;

const security = [{ bearer: [] }, { apiKey: [] }];
const refusals = {
  401: problemSchema.describe('No valid API key.'),
  403: problemSchema.describe('The key belongs to another channel.'),
  404: problemSchema.describe('No such channel or order.'),
  503: problemSchema.describe('Postgres is away.'),
};
const channelParam = z.object({ channel: z.string() });
const orderParams = z.object({
  channel: z.string(),
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be an order number')
    .describe("The store's order number."),
});

export function operatorRoutes(scope: FastifyInstance, parts: RouteParts): void {
  const { db } = parts;
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const guardChannel = async (request: FastifyRequest): Promise<void> => {
    const { channel } = request.params as { channel: string }; // every route that is guarded so has it in its path
    await authorizeChannel(db, await authenticate(db, request), channel);
  };

  app.get(
    '/v1/channels',
    {
      schema: {
        operationId: 'listChannels',
        summary: 'Channels that the key may see',
        tags: ['operate'],
        security,
        response: {
          200: z.object({ channels: z.array(channelAnswer) }),
          401: refusals[401],
          503: refusals[503],
        },
      },
    },
    async (request) => {
      const caller = await authenticate(db, request);
      const channels = await listChannels(db);
      return { channels: channels.filter(({ id }) => maySee(caller, id)).map(channelOf) };
    },
  );

  app.get(
    '/v1/channels/:channel/orders/:id',
    {
      onRequest: guardChannel,
      schema: {
        operationId: 'getOrder',
        summary: 'Stage, shipments, timeline and write-backs of an order',
        tags: ['operate'],
        security,
        params: orderParams,
        response: { 200: orderAnswer, ...refusals },
      },
    },
    async (request) => {
      const { channel, id } = request.params;
      const view = await orderView(db, channel, Number(id));
      if (view === null) throw unknownOrder(channel, id);
      return view;
    },
  );

  app.get(
    '/v1/channels/:channel/runs',
    {
      onRequest: guardChannel,
      schema: {
        operationId: 'listImportRuns',
        summary: 'The last imports and their counts, newest first',
        tags: ['operate'],
        security,
        params: channelParam,
        querystring: z.object({
          limit: z
            .string()
            .regex(/^\d{1,3}$/, `must be a number from 1 to ${String(RUNS_MAX)}`)
            .optional()
            .describe(`How many; default ${String(RUNS_DEFAULT)}, at most ${String(RUNS_MAX)}.`),
        }),
        response: { 200: z.object({ runs: z.array(runAnswer) }), ...refusals },
      },
    },
    async (request) => {
      const asked = Number(request.query.limit ?? RUNS_DEFAULT);
      const limit = Math.min(Math.max(asked, 1), RUNS_MAX);
      return { runs: await listRuns(db, { channelId: request.params.channel, limit }) };
    },
  );

  operatorWord(
    app,
    parts,
    guardChannel,
    'pause',
    pauseOrder,
    'Stop write-backs of an order; events are still recorded',
  );
  operatorWord(app, parts, guardChannel, 'resume', resumeOrder, 'Let write-backs of a paused order go on');
}

const wordSchema = z.strictObject({
  reason: z.string().trim().min(1).max(500).describe('For those who read it later.'),
  by: z.string().trim().min(1).max(100).optional().describe('Who says it; default the API key.'),
});
const wordAnswer = z
  .object({ paused: z.boolean(), changed: z.boolean().describe('False for a repeat.') })
  .meta({ id: 'OperatorWordRecorded' });

function operatorWord(
  scope: FastifyInstance,
  { db, waker, clock }: RouteParts,
  guardChannel: (request: FastifyRequest) => Promise<void>,
  name: 'pause' | 'resume',
  say: typeof pauseOrder,
  summary: string,
): void {
  scope.withTypeProvider<ZodTypeProvider>().post(
    `/v1/channels/:channel/orders/:id/${name}`,
    {
      onRequest: guardChannel,
      config: { documentedBody: z.toJSONSchema(wordSchema) },
      schema: {
        operationId: `${name}Order`,
        summary,
        tags: ['operate'],
        security,
        params: orderParams,
        response: {
          200: wordAnswer,
          ...refusals,
          409: problemSchema.describe('It is not in a state for that.'),
          422: problemSchema.describe('The reason is missing.'),
        },
      },
    },
    async (request) => {
      const { channel, id } = request.params;
      const orderId = Number(id);
      const { reason, by } = readWord(request.body);
      const caller = await authenticate(db, request);
      const now = clock().toISOString();
      const said = await say(db, {
        channelId: channel,
        orderId,
        reason,
        by: by ?? `key:${caller.keyId}`,
        now,
      });
      if (!said.ok) throw refusedWord(said, channel, id);
      if (said.changed && (await orderView(db, channel, orderId))?.lifecycleState === 'open') {
        waker.wake([{ channelId: channel, orderId, generation: null, reason: 'operator' }]);
      }
      return { paused: name === 'pause', changed: said.changed };
    },
  );
}

/** @throws HttpProblem `invalid-fields` */
function readWord(body: unknown): z.output<typeof wordSchema> {
  // The only parser there is makes this shape (body.ts); without a body there is none.
  const received = body as ReceivedJson | undefined;
  const read = wordSchema.safeParse(received?.json);
  if (read.success) return read.data;
  throw new HttpProblem('invalid-fields', 'Some fields cannot be used; nothing was changed.', {
    errors: read.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })),
  });
}

function refusedWord(
  said: Extract<OperatorWordResult, { ok: false }>,
  channel: string,
  id: string,
): HttpProblem {
  switch (said.code) {
    case 'unknown_order':
      return unknownOrder(channel, id);
    case 'reason_missing':
    case 'reason_too_long':
      return new HttpProblem('invalid-fields', said.message, {
        errors: [{ field: 'reason', message: said.message }],
      });
    case 'unknown_stage':
      return new HttpProblem('invalid-fields', said.message, {
        errors: [{ field: 'stage', message: said.message }],
      });
    default:
      return new HttpProblem('order-state', said.message);
  }
}

function unknownOrder(channel: string, id: string): HttpProblem {
  return new HttpProblem(
    'unknown-order',
    `Order ${id} of ${channel} is not known here; it was never imported.`,
  );
}

function maySee(caller: Caller, channelId: string): boolean {
  return caller.channelId === null || caller.channelId === channelId;
}

function channelOf({
  id,
  storeHash,
  enabled,
  disabledReason,
  settings,
}: Channel): z.output<typeof channelAnswer> {
  return {
    id,
    name: settings.channel.name,
    storeHash,
    profile: settings.channel.profile,
    enabled,
    disabledReason,
    importMode: settings.orders.import.mode,
    pushEnabled: settings.fulfillment.push_enabled,
  };
}
