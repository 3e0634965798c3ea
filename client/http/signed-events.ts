/**
 * Our own envelope, signed by Standard Webhooks instead of sent with an API key. A signature that is not right is
 * refused without a hint and counted; an API key beside it is not looked at.
 */
import type { FastifyRequest } from 'fastify';
import { providerDoor } from '../../db/provider-secrets.ts';
import { inTime } from './database-deadline.ts';
import { OWN_ENVELOPE, type DeliveryCounts } from './delivery-counts.ts';
import { HttpProblem } from './problems.ts';
import type { RouteParts } from './route-parts.ts';
import { verifyStandardWebhook, WEBHOOK_SIGNATURE } from './signatures/standard-webhooks.ts';
import { signedDelivery } from './signed-delivery.ts';

/** Ids are keys of events (design section 5), which are no longer than this. */
const MESSAGE_ID_LENGTH_MAX = 200;

export function isSigned(request: FastifyRequest): boolean {
  return request.headers[WEBHOOK_SIGNATURE] !== undefined;
}

/**
 * The sender's id of the message: the key of an event that brings no id of its own.
 * @throws HttpProblem `unproved`
 */
export async function believeSigned(
  parts: RouteParts,
  counts: DeliveryCounts,
  input: { channelId: string; request: FastifyRequest; body: Buffer },
): Promise<string> {
  const { channelId, request, body } = input;
  const door = await inTime(providerDoor(parts.db, parts.secrets, channelId, 'events'));
  const { verdict, messageId } = verifyStandardWebhook(
    signedDelivery(request, body),
    door?.secrets.map(({ value }) => value) ?? [],
    parts.clock().getTime(),
  );
  if (door !== null && verdict.ok && messageId.length <= MESSAGE_ID_LENGTH_MAX) return messageId;
  await counts.refused({
    channelId: door === null ? null : channelId,
    source: OWN_ENVELOPE,
    reason: door === null ? 'channel' : verdict.ok ? 'signature' : verdict.reason,
  });
  throw new HttpProblem('unproved', 'The delivery was not accepted. Nothing was stored.');
}
