/**
 * `POST /v1/stores/{channel}/webhooks`: what the store itself tells. The answer comes as soon as the hint is committed,
 * because a slow answer or a refusal counts against our whole domain at the store (bigcommerce-api.md section 9), so more
 * than can be read are left to the poll; a delivery that is not proved learns nothing, not even whether the channel exists.
 */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { Counter } from 'prom-client';
import { z } from 'zod';
import { getChannel } from '../../db/channels.ts';
import { receiveStoreWebhook, type ReceivedWebhook } from '../store-webhooks.ts';
import type { ReceivedJson } from './body.ts';
import { inTime } from './database-deadline.ts';
import { HttpProblem, problemSchema } from './problems.ts';
import type { RouteParts } from './route-parts.ts';
import type { SignedDelivery } from './signatures/verdict.ts';
import { signedDelivery } from './signed-delivery.ts';
import { createWebhookLine, LEFT_TO_POLL } from './store-webhook-line.ts';
import { createHintWaker, type HintWaker } from './wake-hints.ts';

const takenSchema = z
  .object({
    outcome: z
      .enum(['taken', 'repeat', 'ignored', LEFT_TO_POLL])
      .describe(
        '`repeat`: known already; `ignored`: of no order; `left_to_poll`: not looked at, for more come than can be read.',
      ),
  })
  .meta({ id: 'TakenWebhook' });

export function storeWebhookRoutes(app: FastifyInstance, parts: RouteParts): void {
  const waker: HintWaker = createHintWaker(parts);
  const line = createWebhookLine();
  app.addHook('onClose', () => waker.stop());
  const received = new Counter({
    name: 'waybill_store_webhooks_total',
    help: "Deliveries of stores' webhooks by what became of them.",
    labelNames: ['outcome'],
    registers: [parts.metrics.registry],
  });
  app.withTypeProvider<ZodTypeProvider>().route({
    method: 'POST',
    url: '/v1/stores/:channel/webhooks',
    config: {
      documentedBody: { type: 'object', description: "BigCommerce's own webhook body." },
    },
    schema: {
      operationId: 'receiveStoreWebhook',
      summary: 'Receive what the store tells',
      description:
        'Registered at the store by Waybill itself; see `waybill channel webhooks`. Only the store knows the secret that it must carry.',
      tags: ['stores'],
      security: [],
      params: z.object({ channel: z.string().describe('The channel that the webhook was registered for.') }),
      response: {
        200: takenSchema.describe('Committed, or left to the poll.'),
        400: problemSchema.describe('Not JSON.'),
        401: problemSchema.describe('Not proved to be from the store.'),
        413: problemSchema.describe('More than 256 KiB.'),
        415: problemSchema.describe('Not application/json.'),
        422: problemSchema.describe('Proved, but no webhook of this store.'),
        503: problemSchema.describe('Postgres is away; nothing was stored. Carries Retry-After.'),
      },
    },
    handler: async (request, reply) => {
      const { bytes, json } = (request.body ?? { bytes: Buffer.alloc(0), json: null }) as ReceivedJson; // body.ts
      const delivery = { ...signedDelivery(request, bytes), json };
      const answer = await line.take(() => take(parts, request.params.channel, delivery));
      if (answer === LEFT_TO_POLL) {
        received.inc({ outcome: LEFT_TO_POLL });
        return reply.code(200).send({ outcome: LEFT_TO_POLL });
      }
      received.inc({ outcome: answer.ok ? answer.outcome : answer.reason });
      if (!answer.ok) {
        throw answer.kind === 'unproven'
          ? new HttpProblem('unproved', 'The delivery was not accepted. Nothing was stored.')
          : new HttpProblem('invalid-fields', `${answer.message} Nothing was stored.`);
      }
      if (answer.outcome === 'taken') waker.wake(request.params.channel);
      return reply.code(200).send({ outcome: answer.outcome });
    },
  });
}

async function take(
  { db, secrets, clock }: RouteParts,
  channelId: string,
  delivery: SignedDelivery & { json: unknown },
): Promise<ReceivedWebhook> {
  const channel = secrets === null ? null : await inTime(getChannel(db, channelId));
  if (secrets === null || channel === null) {
    return { ok: false, kind: 'unproven', reason: 'not_registered', message: 'No webhook is registered.' };
  }
  return inTime(receiveStoreWebhook({ db, secrets }, { channel, ...delivery, now: clock() }));
}
