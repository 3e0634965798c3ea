/** What became of a delivery, by the id that its 202 answered. Reads only. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { deliveryOutcome } from '../../db/delivery-outcome.ts';
import { ATTENTIONS, STAGES } from '../../domain/facts.ts';
import { refusals, security } from './operator-parts.ts';
import { HttpProblem } from './problems.ts';
import type { RouteParts } from './route-parts.ts';

const time = z.string().describe('RFC 3339 in UTC.');
const deliveryAnswer = z
  .object({
    id: z.string(),
    source: z.string().describe('`http`, `cli`, `signal`, or the provider.'),
    receivedAt: time,
    facts: z.number().int(),
    new: z.number().int(),
    events: z
      .array(
        z.object({
          eventId: z.string(),
          type: z.string(),
          status: z.string().nullable(),
          trackingNumber: z.string().nullable(),
          occurredAt: time,
          state: z
            .enum(['parked', 'applied', 'late'])
            .describe('`parked`: its order or number is not known yet. `applied`: it counts.'),
          orderId: z.number().int().nullable(),
          order: z
            .object({
              stage: z.enum(STAGES).nullable(),
              attention: z.enum(ATTENTIONS).nullable(),
              attentionReason: z.string().nullable(),
              writes: z.array(
                z.object({
                  kind: z.string(),
                  state: z.string(),
                  blocked: z.string().nullable(),
                  outcome: z.string().nullable(),
                }),
              ),
            })
            .nullable()
            .describe('As it is now; null for an order that was never taken in.'),
        }),
      )
      .describe('The facts that were new; those known before came with an earlier delivery.'),
  })
  .meta({ id: 'DeliveryOutcome' });

export function deliveryRoutes(
  scope: FastifyInstance,
  { db }: RouteParts,
  guard: (request: FastifyRequest) => Promise<void>,
): void {
  scope.withTypeProvider<ZodTypeProvider>().get(
    '/v1/channels/:channel/deliveries/:id',
    {
      onRequest: guard,
      schema: {
        operationId: 'getDelivery',
        summary: 'What became of a delivery of carrier events, by the id of its 202',
        tags: ['events'],
        security,
        params: z.object({ channel: z.string(), id: z.uuid('must be the id of a delivery') }),
        response: { 200: deliveryAnswer, ...refusals },
      },
    },
    async (request) => {
      const { channel, id } = request.params;
      const found = await deliveryOutcome(db, { channelId: channel, deliveryId: id });
      if (found !== null) return found;
      throw new HttpProblem(
        'unknown-delivery',
        `Channel ${channel} has no delivery ${id}; bodies are kept for retention.deliveries_days.`,
      );
    },
  );
}
