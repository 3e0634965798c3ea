/**
 * The operator API: what Postgres knows of channels, orders and imports. What an operator may say about an order is
 * `word-routes.ts`, imports are `import-routes.ts`.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listChannels, type Channel } from '../../db/channels.ts';
import { listRuns } from '../../db/import-runs.ts';
import { orderView } from '../../db/order-view.ts';
import { channelAnswer, orderAnswer, runAnswer } from './answers.ts';
import { authenticate, authorizeChannel, type Caller } from './authentication.ts';
import { channelParam, orderParams, refusals, security, unknownOrder } from './operator-parts.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import { orderListRoutes } from './order-list-routes.ts';
import { importRoutes } from './import-routes.ts';
import { reportRoutes } from './report-routes.ts';
import type { RouteParts } from './route-parts.ts';
import { wordRoutes } from './word-routes.ts';

const RUNS_DEFAULT = 20;
const RUNS_MAX = 200;

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

  wordRoutes(scope, parts, guardChannel);
  reportRoutes(scope, parts, guardChannel);
  orderListRoutes(scope, parts, guardChannel);
  deliveryRoutes(scope, parts, guardChannel);
  importRoutes(scope, parts, guardChannel);
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
