/**
 * `POST /v1/channels/{channel}/events`: carrier events in our own envelope. The answer 202 means committed; lifecycles
 * are told afterwards, so a Temporal that is away delays nothing here.
 */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { CARRIER_EVENT_JSON_SCHEMA } from '../../domain/carrier-envelope-schema.ts';
import { acceptCarrierEvent } from '../carrier-events.ts';
import { admitCaller } from './authentication.ts';
import type { ReceivedJson } from './body.ts';
import { OWN_ENVELOPE, type DeliveryCounts } from './delivery-counts.ts';
import { believeSigned, isSigned } from './signed-events.ts';
import { inTime } from './database-deadline.ts';
import { createInboundGuard } from './inbound-limit.ts';
import { HttpProblem, problemSchema } from './problems.ts';
import type { RouteParts } from './route-parts.ts';

const acceptedSchema = z
  .object({
    id: z.string().describe('Of the delivery as stored; quote it when something looks wrong.'),
    facts: z.number().int().describe('Facts in the body: one for each order named.'),
    new: z.number().int().describe('Facts that were not known yet; 0 for a repeat.'),
    parked: z
      .number()
      .int()
      .describe('New facts whose order or tracking number is not known yet; they wait for it.'),
  })
  .meta({ id: 'AcceptedEvent' });

export function eventRoutes(app: FastifyInstance, parts: RouteParts, counts: DeliveryCounts): void {
  const { db, waker, record, clock } = parts;
  const inbound = createInboundGuard(db);
  app.withTypeProvider<ZodTypeProvider>().route({
    method: 'POST',
    url: '/v1/channels/:channel/events',
    config: { documentedBody: CARRIER_EVENT_JSON_SCHEMA },
    schema: {
      operationId: 'sendCarrierEvent',
      summary: 'Send a carrier event',
      description:
        'Stores one event and applies it to its orders. Repeats are recognized by `id` (or, without one, by the exact body) and are accepted again. ' +
        'Instead of an API key the request may be signed by Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`).',
      tags: ['events'],
      security: [{ bearer: [] }, { apiKey: [] }],
      params: z.object({ channel: z.string().describe('The channel the event belongs to.') }),
      response: {
        202: acceptedSchema.describe('Committed.'),
        400: problemSchema.describe('Not JSON.'),
        401: problemSchema.describe('No valid API key, or a signature that is not right.'),
        403: problemSchema.describe('The key belongs to another channel.'),
        404: problemSchema.describe('No such channel.'),
        413: problemSchema.describe('More than 256 KiB.'),
        415: problemSchema.describe('Not application/json.'),
        422: problemSchema.describe('Fields that cannot be used, one entry each.'),
        429: problemSchema.describe('More than the channel takes; nothing was stored. Carries Retry-After.'),
        503: problemSchema.describe(
          'Postgres is away, slow, or gets more than it stores in time. Send the same again: what is stored after all is known by its id. Carries Retry-After.',
        ),
      },
    },
    onRequest: async (request) => {
      // A signature covers the body, so it is looked at when the body is there.
      if (isSigned(request)) return;
      await admitCaller(db, request, request.params.channel);
    },
    handler: async (request, reply) => {
      const channelId = request.params.channel;
      if (request.body === undefined)
        throw new HttpProblem('malformed-json', 'The body is empty. Nothing was stored.');
      const { bytes, text, json } = request.body as ReceivedJson; // the only parser there is makes this shape (body.ts)
      const messageId = isSigned(request)
        ? await believeSigned(parts, counts, { channelId, request, body: bytes })
        : null;
      await inbound.admit(channelId);
      const received = {
        channelId,
        source: 'http',
        body: text,
        json,
        ...(messageId === null ? {} : { messageId }),
        now: clock(),
      } as const;
      const accepted = await inTime(acceptCarrierEvent(db, received, record));
      if (!accepted.ok) {
        throw new HttpProblem('invalid-fields', 'Some fields cannot be used; nothing was stored.', {
          errors: accepted.problems,
        });
      }
      const { delivery, eventId, unknown } = accepted;
      counts.accepted({
        channelId,
        source: OWN_ENVELOPE,
        outcome: delivery.newFacts === 0 ? 'repeated' : 'new',
        unknown: { of: unknown?.provider ?? OWN_ENVELOPE, words: unknown === null ? 0 : 1 },
      });
      waker.wake(
        delivery.wake.map(({ orderId, generation }) => ({
          channelId,
          orderId,
          generation,
          reason: 'event',
          eventId,
        })),
      );
      return reply.code(202).send({
        id: delivery.deliveryId,
        facts: delivery.facts,
        new: delivery.newFacts,
        parked: delivery.parked,
      });
    },
  });
}
