/** The order list over HTTP: all orders of a channel, or those that one import run brought. Reads only. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { getRun, type ImportRun } from '../../db/import-runs.ts';
import { listOrders, ORDER_PAGE_MAX } from '../../db/order-list.ts';
import { ATTENTIONS, STAGES } from '../../domain/facts.ts';
import { channelParam, refusals, security } from './operator-parts.ts';
import { HttpProblem, problemSchema } from './problems.ts';
import type { RouteParts } from './route-parts.ts';

const LIMIT_DEFAULT = 100;

const time = z.string().describe('RFC 3339 in UTC.');
const listAnswer = z
  .object({
    orders: z.array(
      z.object({
        orderId: z.number().int(),
        stage: z.enum(STAGES).nullable(),
        attention: z.enum(ATTENTIONS).nullable(),
        statusId: z.number().int().describe("The store's status of the order."),
        lifecycleState: z.enum(['none', 'open', 'closed']),
        paused: z.boolean(),
        storeCreatedAt: time,
        storeModifiedAt: time,
        firstSeenAt: time,
      }),
    ),
    next: z.number().int().nullable().describe('`after` of the next page; null: there is no more.'),
  })
  .meta({ id: 'OrderList' });

const query = z.object({
  since_run: z.uuid().optional().describe('Only orders that this import run created.'),
  updated: z
    .enum(['true', 'false'])
    .optional()
    .describe('With `since_run`: also orders that the run changed. Default false.'),
  after: z
    .string()
    .regex(/^\d{1,15}$/, 'must be an order number')
    .optional()
    .describe('Only orders with a higher number.'),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `must be a number from 1 to ${String(ORDER_PAGE_MAX)}`)
    .optional()
    .describe(`How many; default ${String(LIMIT_DEFAULT)}, at most ${String(ORDER_PAGE_MAX)}.`),
});

export function orderListRoutes(
  scope: FastifyInstance,
  { db }: RouteParts,
  guard: (request: FastifyRequest) => Promise<void>,
): void {
  const runOf = async (channelId: string, runId: string): Promise<ImportRun> => {
    const run = await getRun(db, runId);
    if (run?.channelId === channelId) return run;
    throw new HttpProblem(
      'unknown-run',
      `Channel ${channelId} has no import run ${runId}. \`GET /v1/channels/${channelId}/runs\` lists them.`,
    );
  };
  scope.withTypeProvider<ZodTypeProvider>().get(
    '/v1/channels/:channel/orders',
    {
      onRequest: guard,
      schema: {
        operationId: 'listOrders',
        summary: 'Orders along their numbers: all, or those that one import run brought',
        tags: ['operate'],
        security,
        params: channelParam,
        querystring: query,
        response: {
          200: listAnswer,
          ...refusals,
          422: problemSchema.describe('A parameter cannot be used.'),
        },
      },
    },
    async (request) => {
      const { channel: channelId } = request.params;
      const { since_run: runId, updated, after, limit } = request.query;
      const asked = Math.min(Math.max(Number(limit ?? LIMIT_DEFAULT), 1), ORDER_PAGE_MAX);
      return listOrders(db, {
        channelId,
        limit: asked,
        updated: updated === 'true',
        ...(runId === undefined ? {} : { run: await runOf(channelId, runId) }),
        ...(after === undefined ? {} : { after: Number(after) }),
      });
    },
  );
}
