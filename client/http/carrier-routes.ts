/**
 * `POST /v1/carriers/{provider}/{channel}`: what tracking providers send, in their own words and signed in their own
 * way. 202 means committed; a delivery that is not proved learns nothing, not even whether the channel exists.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { providerDoor } from '../../db/provider-secrets.ts';
import { isProviderId, PROVIDER_IDS } from '../../domain/carriers/provider-ids.ts';
import type { CarrierProvider } from '../../domain/carriers/provider.ts';
import { PROVIDERS } from '../../domain/carriers/registry.ts';
import { acceptProviderDelivery } from '../provider-deliveries.ts';
import { inTime } from './database-deadline.ts';
import type { DeliveryCounts } from './delivery-counts.ts';
import { createInboundGuard } from './inbound-limit.ts';
import { HttpProblem, problemSchema } from './problems.ts';
import type { RouteParts } from './route-parts.ts';
import { verifyDelivery } from './signatures/verify.ts';
import { signedDelivery } from './signed-delivery.ts';

/** A long history has about 100 KiB; 1 MiB is ample (carrier-events.md section 4). */
const BODY_BYTES_MAX = 1024 * 1024;

const receivedSchema = z
  .object({
    id: z.string().describe('Of the delivery as stored; the same delivery has the same one.'),
    facts: z.number().int().describe('Facts in the body.'),
    new: z.number().int().describe('Facts that were not known yet; 0 for a repeat.'),
    parked: z.number().int().describe('New facts whose tracking number is not known yet; they wait for it.'),
    nothing: z
      .string()
      .optional()
      .describe('Why there is no fact: other_event, test, inbound, no_number, no_events or unreadable.'),
  })
  .meta({ id: 'ReceivedDelivery' });

export function carrierRoutes(scope: FastifyInstance, parts: RouteParts, counts: DeliveryCounts): void {
  void scope.register(async (own) => {
    // The bytes are what is signed; whether they are JSON is asked after the signature.
    own.removeAllContentTypeParsers();
    own.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body);
    addRoute(own, parts, counts);
  });
}

function addRoute(scope: FastifyInstance, parts: RouteParts, counts: DeliveryCounts): void {
  const { waker } = parts;
  const inbound = createInboundGuard(parts.db);
  scope.withTypeProvider<ZodTypeProvider>().route({
    method: 'POST',
    url: '/v1/carriers/:provider/:channel',
    bodyLimit: BODY_BYTES_MAX,
    config: {
      documentedBody: { type: 'object', description: "The provider's own body; see its documentation." },
    },
    schema: {
      operationId: 'receiveProviderDelivery',
      summary: 'Receive what a tracking provider sends',
      description: `For ${PROVIDER_IDS.join(', ')}. Enter this address at the provider, and its secret with \`waybill channel secret add\`.`,
      tags: ['events'],
      security: [],
      params: z.object({
        provider: z.string().describe(`One of ${PROVIDER_IDS.join(', ')}.`),
        channel: z.string().describe('The channel whose orders the parcels belong to.'),
      }),
      querystring: z.looseObject({}).describe('`token`: a secret, for providers that do not sign.'),
      response: {
        202: receivedSchema.describe('Committed.'),
        400: problemSchema.describe('Proved, but not JSON.'),
        401: problemSchema.describe('Not proved to be from the provider.'),
        404: problemSchema.describe('No such provider.'),
        413: problemSchema.describe('More than 1 MiB.'),
        422: problemSchema.describe('Proved, but fields cannot be used, one entry each.'),
        429: problemSchema.describe('More than the channel takes; nothing was stored. Carries Retry-After.'),
        503: problemSchema.describe(
          'Postgres is away, slow, or gets more than it stores in time. Send the same again: what is stored after all is known. Carries Retry-After.',
        ),
      },
    },
    handler: async (request, reply) => {
      const { provider: id, channel: channelId } = request.params;
      if (!isProviderId(id)) {
        throw new HttpProblem(
          'unknown-provider',
          `No provider is called ${id.slice(0, 40)}. Known: ${PROVIDER_IDS.join(', ')}.`,
        );
      }
      const provider = PROVIDERS[id];
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const bound = await believe(parts, counts, { provider, channelId, request, body });
      await inbound.admit(channelId);
      const accepted = await inTime(
        acceptProviderDelivery(
          parts.db,
          {
            channelId,
            provider,
            body,
            bound,
            now: parts.clock(),
          },
          parts.record,
        ),
      );
      if (!accepted.ok || accepted.problems.length > 0) {
        await counts.refused({ channelId, source: id, reason: 'unreadable' });
      }
      if (!accepted.ok) {
        if (!accepted.isJson)
          throw new HttpProblem('malformed-json', 'The body is not valid JSON. Nothing was stored.');
        throw new HttpProblem('invalid-fields', 'Some fields cannot be used; nothing was stored.', {
          errors: accepted.problems,
        });
      }
      const { delivery, nothing, unknown } = accepted;
      const outcome = delivery.facts === 0 ? 'nothing' : delivery.newFacts === 0 ? 'repeated' : 'new';
      counts.accepted({ channelId, source: id, outcome, unknown: { of: id, words: unknown } });
      waker.wake(
        delivery.wake.map(({ orderId, generation }) => ({
          channelId,
          orderId,
          generation,
          reason: 'event',
          eventId: delivery.deliveryId,
        })),
      );
      return reply.code(202).send({
        id: delivery.deliveryId,
        facts: delivery.facts,
        new: delivery.newFacts,
        parked: delivery.parked,
        ...(nothing === null ? {} : { nothing }),
      });
    },
  });
}

/**
 * Whether the proof covers the body.
 * @throws HttpProblem `unproved` for everything that is not believed, whatever the reason; it is counted
 */
async function believe(
  parts: RouteParts,
  counts: DeliveryCounts,
  input: { provider: CarrierProvider; channelId: string; request: FastifyRequest; body: Buffer },
): Promise<boolean> {
  const { provider, channelId, request, body } = input;
  const door = await inTime(providerDoor(parts.db, parts.secrets, channelId, provider.id));
  const verdict =
    door === null
      ? null
      : verifyDelivery({
          scheme: provider.signature,
          urlSecret: provider.urlSecret,
          delivery: signedDelivery(request, body),
          secrets: door.secrets.map(({ value }) => value),
          nowMs: parts.clock().getTime(),
        });
  if (door !== null && verdict?.ok === true) return verdict.bound;
  await counts.refused({
    channelId: door === null ? null : channelId,
    source: provider.id,
    reason: verdict === null || verdict.ok ? 'channel' : verdict.reason,
  });
  throw new HttpProblem('unproved', 'The delivery was not accepted. Nothing was stored.');
}
