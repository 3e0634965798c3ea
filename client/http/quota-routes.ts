/** `GET /v1/quotas` and `/v1/channels/{channel}/quota`: what `waybill quota` shows, for machines. Reads only. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { getChannel } from '../../db/channels.ts';
import { quotaView, quotaViews } from '../../db/quota-view.ts';
import { authenticate, authorizeChannel } from './authentication.ts';
import { HttpProblem, problemSchema } from './problems.ts';
import type { RouteParts } from './route-parts.ts';

const calls = z.number().int();
const byPurpose = z.object({ operator: calls, write_back: calls, import: calls, bulk: calls });
const time = z.string().describe('RFC 3339 in UTC.');

const quotaAnswer = z
  .object({
    storeHash: z.string(),
    channels: z.array(z.string()).describe('Channels of the store: they share the quota.'),
    limit: calls.describe('The ceiling: the lowest `throttle.limit` of the channels.'),
    windowMs: calls,
    countedMs: calls.describe('A grant counts for so long: the window and the time in which it may be used.'),
    effectiveLimit: calls.describe('The ceiling in force now.'),
    backgroundLimit: calls.describe('Imports get calls while all that was used is below this.'),
    reason: z.enum(['setting', 'headers', 'blocked']),
    because: z.string().describe('The reason as a sentence.'),
    used: byPurpose.describe('Calls granted in the trailing window.'),
    waiting: byPurpose.describe('Calls that were refused for now and will be asked for again.'),
    live: z
      .object({ limit: calls, left: calls, until: time })
      .nullable()
      .describe("What the store's headers said last, until they expire."),
    blockedUntil: time.nullable(),
    refusals: calls.describe('Refusals without a reason, in a row.'),
    concurrency: z.object({ max: calls, inFlight: calls, waiting: calls }),
  })
  .meta({ id: 'Quota' });

const security = [{ bearer: [] }, { apiKey: [] }];
const refusals = {
  401: problemSchema.describe('No valid API key.'),
  503: problemSchema.describe('Postgres is away.'),
};

export function quotaRoutes(scope: FastifyInstance, { db }: RouteParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/quotas',
    {
      schema: {
        operationId: 'listQuotas',
        summary: "The stores' API quotas: limits, use, who waits",
        tags: ['operate'],
        security,
        response: { 200: z.object({ quotas: z.array(quotaAnswer) }), ...refusals },
      },
    },
    async (request) => {
      const caller = await authenticate(db, request);
      const views = await quotaViews(db);
      const { channelId } = caller;
      if (channelId === null) return { quotas: views };
      // A key of one channel learns nothing of the others, not even their names.
      return {
        quotas: views
          .filter((view) => view.channels.includes(channelId))
          .map((view) => ({ ...view, channels: [channelId] })),
      };
    },
  );

  app.get(
    '/v1/channels/:channel/quota',
    {
      schema: {
        operationId: 'getQuota',
        summary: "The API quota of the channel's store",
        tags: ['operate'],
        security,
        params: z.object({ channel: z.string() }),
        response: {
          200: quotaAnswer,
          ...refusals,
          403: problemSchema.describe('The key belongs to another channel.'),
          404: problemSchema.describe('No such channel.'),
        },
      },
    },
    async (request) => {
      const { channel: channelId } = request.params;
      const caller = await authenticate(db, request);
      await authorizeChannel(db, caller, channelId);
      const channel = await getChannel(db, channelId);
      const view = channel === null ? null : await quotaView(db, channel.storeHash);
      if (view === null) throw new HttpProblem('unknown-channel', `No channel is called ${channelId}.`);
      return caller.channelId === null ? view : { ...view, channels: [channelId] };
    },
  );
}
