/** Operators' questions over HTTP: what is stuck, one channel at a glance, why an order is or is not here. Reads only. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { channelReport } from '../../db/channel-report.ts';
import { requireChannel } from '../../db/channels.ts';
import { explainFacts } from '../../db/explain-order.ts';
import { stuckOrders } from '../../db/stuck-orders.ts';
import { explainOrder } from '../explanation.ts';
import { storeAsChecked } from '../store-as-checked.ts';
import { channelParam, orderParams, refusals, security, unknownOrder } from './operator-parts.ts';
import type { RouteParts } from './route-parts.ts';

const count = z.number().int();
const counts = z.record(z.string(), count);
const lines = z.array(z.string());
const listed = <Row extends z.ZodType>(row: Row) => z.object({ count, orders: z.array(row) });

const stuckAnswer = z.object({
  stuck: z.array(
    z
      .object({
        channelId: z.string(),
        reason: z.string().describe('Such as `attention:refused`, `write:push_off`, `status:11`.'),
        text: z.string(),
        command: z.string().describe('The command of the `waybill` program that helps.'),
        otherwise: z
          .object({ text: z.string(), command: z.string() })
          .optional()
          .describe('What a person says who decides the other way, where there are two ways.'),
        count,
        orders: z.array(z.object({ orderId: count, detail: z.string(), since: z.string() })),
      })
      .meta({ id: 'StuckGroup' }),
  ),
});
const reportAnswer = z
  .object({
    channelId: z.string(),
    orders: count,
    open: count,
    gone: count.describe('Orders that the store lists no more.'),
    stages: counts,
    attention: counts,
    writes: counts.describe('Ledger rows by state, blocked ones by what blocks them.'),
    mailsDue: count,
    shopperMails: z
      .object({ on: z.boolean().nullable(), at: z.string().nullable() })
      .describe("The store's own switch for mails about statuses as last read; null: not known."),
    approvals: z.object({
      orders: count,
      steps: count,
      mails: count,
      reasons: counts,
      leftOut: z.object({ paused: count, conflicts: count }),
    }),
    withoutNumber: listed(z.object({ orderId: count, stage: z.string().nullable(), statusId: count })),
    moneyAndStatus: listed(z.object({ orderId: count, detail: z.string() })),
    duplicates: listed(z.object({ what: z.string(), orderIds: z.array(count) })),
  })
  .meta({ id: 'ChannelReport' });
const explainAnswer = z
  .object({
    channelId: z.string(),
    orderId: count,
    seen: z.boolean(),
    history: lines,
    rule: lines,
    waitsFor: lines,
    unsent: z.array(z.object({ subject: z.string(), reason: z.string(), detail: z.string() })),
    todo: z.array(z.object({ text: z.string(), command: z.string().nullable() })),
  })
  .meta({ id: 'Explanation' });

export function reportRoutes(
  scope: FastifyInstance,
  { db, clock }: RouteParts,
  guard: (request: FastifyRequest) => Promise<void>,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/channels/:channel/stuck',
    {
      onRequest: guard,
      schema: {
        operationId: 'getStuck',
        summary: 'What needs a person, grouped, with the command that helps',
        tags: ['operate'],
        security,
        params: channelParam,
        response: { 200: stuckAnswer, ...refusals },
      },
    },
    async (request) => {
      const channel = await requireChannel(db, request.params.channel);
      return { stuck: await stuckOrders(db, channel, clock().toISOString()) };
    },
  );

  app.get(
    '/v1/channels/:channel/report',
    {
      onRequest: guard,
      schema: {
        operationId: 'getReport',
        summary: 'One channel at a glance',
        tags: ['operate'],
        security,
        params: channelParam,
        response: { 200: reportAnswer, ...refusals },
      },
    },
    async (request) => {
      const { channel: channelId } = request.params;
      const store = storeAsChecked(await requireChannel(db, channelId));
      const report = await channelReport(db, channelId);
      return { ...report, shopperMails: { on: store.shopperMails, at: store.at } };
    },
  );

  app.get(
    '/v1/channels/:channel/orders/:id/explain',
    {
      onRequest: guard,
      schema: {
        operationId: 'explainOrder',
        summary: 'Why an order is, or is not, here; what it waits for; what to do. Does not ask the store',
        tags: ['operate'],
        security,
        params: orderParams,
        response: { 200: explainAnswer, ...refusals },
      },
    },
    async (request) => {
      const { channel, id } = request.params;
      const facts = await explainFacts(db, channel, Number(id));
      if (facts === null) throw unknownOrder(channel, id);
      return explainOrder(facts, null, clock().toISOString());
    },
  );
}
