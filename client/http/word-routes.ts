/**
 * What an operator may say about an order over HTTP: pause, resume, retry, resend, override, approve; and an approval of all
 * that waits in a channel, which must name the count that was seen. Each is one transaction; lifecycles are told beside.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { approvalForecast, approveAll, ordersToApprove } from '../../db/approvals.ts';
import { approveOrder, type StepsResult } from '../../db/approve-steps.ts';
import { requireChannel } from '../../db/channels.ts';
import { overrideOrder, pauseOrder, resumeOrder, type Refused } from '../../db/operator-words.ts';
import { orderView } from '../../db/order-view.ts';
import { getOrder } from '../../db/orders.ts';
import { resendOrder } from '../../db/resend-steps.ts';
import { retryOrder } from '../../db/retry-steps.ts';
import { STAGES } from '../../domain/facts.ts';
import { shopperMailsAnswer, storeAsChecked } from '../store-as-checked.ts';
import { authenticate } from './authentication.ts';
import type { ReceivedJson } from './body.ts';
import { channelParam, orderParams, refusals, security, unknownOrder } from './operator-parts.ts';
import { HttpProblem, problemSchema } from './problems.ts';
import type { RouteParts } from './route-parts.ts';

type Guard = (request: FastifyRequest) => Promise<void>;

const by = z.string().trim().min(1).max(100).optional().describe('Who says it; default the API key.');
const needed = z.string().trim().min(1).max(500).describe('For those who read it later.');
const optional = z.string().trim().max(500).optional().describe('For those who read it later.');
const plainWord = z.strictObject({ reason: needed, by });
const stepWord = z.strictObject({
  step: z
    .string()
    .trim()
    .min(1)
    .max(300)
    .optional()
    .describe('Short id, subject or kind of a write-back; without one all that the word can mean.'),
  reason: optional,
  by,
});
const overrideWord = z.strictObject({ stage: z.enum(STAGES), reason: needed, by });
const channelWord = z.strictObject({
  steps: z.number().int().min(1).describe('As `GET …/approvals` said: more or fewer now is refused.'),
  mails: z.number().int().min(0).describe('As `GET …/approvals` said.'),
  reason: optional,
  by,
});

const pauseAnswer = z
  .object({ paused: z.boolean(), changed: z.boolean().describe('False for a repeat.') })
  .meta({ id: 'OperatorWordRecorded' });
const shopperMails = z
  .object({ on: z.boolean().nullable(), at: z.string().nullable() })
  .describe(
    "The switch for mails about statuses that counts, as last read: the storefront's own, else the store's.",
  );
const stepsAnswer = z
  .object({
    changed: z.boolean().describe('False for a repeat.'),
    steps: z.array(
      z.object({ step: z.string(), kind: z.string(), summary: z.string(), mails: z.number().int() }),
    ),
    notes: z.array(z.string()),
    shopperMails: shopperMails.optional(),
  })
  .meta({ id: 'StepsMoved' });
const overrideAnswer = z
  .object({ stage: z.enum(STAGES), before: z.enum(STAGES).nullable(), changed: z.boolean() })
  .meta({ id: 'StageOverridden' });
const forecastAnswer = z
  .object({
    orders: z.number().int(),
    steps: z.number().int(),
    mails: z.number().int().describe('Mails to shoppers that these steps are expected to cause.'),
    reasons: z.partialRecord(z.enum(['auth', 'ask', 'push_off', 'dry_run', 'channel']), z.number().int()),
    leftOut: z.object({ paused: z.number().int(), conflicts: z.number().int() }),
    shopperMails,
  })
  .meta({ id: 'ApprovalForecast' });

const wordRefusals = {
  ...refusals,
  409: problemSchema.describe('It is not in a state for that; the detail says why and what helps.'),
  422: problemSchema.describe('A field is missing or cannot be used.'),
};

export function wordRoutes(scope: FastifyInstance, parts: RouteParts, guard: Guard): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { db, waker, clock } = parts;

  /** Reads the word, says it, tells the lifecycle; `work` refuses with a sentence or answers. */
  const orderWord = <
    Body extends { reason?: string | undefined; by?: string | undefined },
    Answer extends z.ZodType,
  >(
    name: string,
    summary: string,
    body: z.ZodType<Body>,
    answer: Answer,
    work: (
      said: { channelId: string; orderId: number; reason: string; by: string; now: string },
      body: Body,
    ) => Promise<Refused | { ok: true; answer: z.input<Answer>; wake: { generation: number | null } | null }>,
  ): void => {
    // Without the type provider: it cannot follow an answer whose schema is an argument.
    scope.post(
      `/v1/channels/:channel/orders/:id/${name}`,
      {
        onRequest: guard,
        config: { documentedBody: z.toJSONSchema(body) },
        schema: {
          operationId: `${name}Order`,
          summary,
          tags: ['operate'],
          security,
          params: orderParams,
          response: { 200: answer, ...wordRefusals },
        },
      },
      async (request) => {
        const { channel: channelId, id } = request.params as z.output<typeof orderParams>; // checked by the schema
        const orderId = Number(id);
        const word = readWord(body, request.body);
        const caller = await authenticate(db, request);
        const now = clock().toISOString();
        const { reason = '', by: sayer = `key:${caller.keyId}` } = word;
        const said = await work({ channelId, orderId, reason, by: sayer, now }, word);
        if (!said.ok) throw refusedWord(said, channelId, id);
        if (said.wake !== null) waker.wake([{ channelId, orderId, reason: 'operator', ...said.wake }]);
        return said.answer;
      },
    );
  };

  /** The switch of the order's storefront beside the mails of what was let go. */
  const beside = async (
    { channelId, orderId }: { channelId: string; orderId: number },
    moved: ReturnType<typeof stepsMoved>,
  ) => {
    if (!moved.ok) return moved;
    const store = storeAsChecked(await requireChannel(db, channelId));
    const storefrontId = (await getOrder(db, channelId, orderId))?.storefrontId ?? null;
    return { ...moved, answer: { ...moved.answer, shopperMails: shopperMailsAnswer(store, storefrontId) } };
  };

  for (const [name, say, summary] of [
    ['pause', pauseOrder, 'Stop write-backs of an order; events are still recorded'],
    ['resume', resumeOrder, 'Let write-backs of a paused order go on'],
  ] as const) {
    orderWord(name, summary, plainWord, pauseAnswer, async (said) => {
      const result = await say(db, said);
      if (!result.ok) return result;
      const open =
        result.changed && (await orderView(db, said.channelId, said.orderId))?.lifecycleState === 'open';
      const answer = { paused: name === 'pause', changed: result.changed };
      return { ok: true, answer, wake: open ? { generation: null } : null };
    });
  }
  orderWord('retry', 'Try a refused or waiting write again, now', stepWord, stepsAnswer, async (said, word) =>
    stepsMoved(await retryOrder(db, { ...said, step: word.step ?? null })),
  );
  orderWord('resend', 'Send the tracking to the store once more', stepWord, stepsAnswer, async (said, word) =>
    stepsMoved(await resendOrder(db, { ...said, step: word.step ?? null })),
  );
  orderWord('approve', 'Let writes out that wait for a person', stepWord, stepsAnswer, async (said, word) =>
    beside(said, stepsMoved(await approveOrder(db, { ...said, step: word.step ?? null }))),
  );
  orderWord(
    'override',
    'Say where an order is, whatever was heard so far',
    overrideWord,
    overrideAnswer,
    async (said, { stage }) => {
      const result = await overrideOrder(db, { ...said, stage });
      if (!result.ok) return result;
      const { ok, generation, ...answer } = result;
      return { ok, answer, wake: generation === null ? null : { generation } };
    },
  );

  app.get(
    '/v1/channels/:channel/approvals',
    {
      onRequest: guard,
      schema: {
        operationId: 'getApprovals',
        summary:
          'What came due while writing was off and waits for an approval, with the mails it would cause',
        tags: ['operate'],
        security,
        params: channelParam,
        response: { 200: forecastAnswer, ...refusals },
      },
    },
    async (request) => {
      const { channel: channelId } = request.params;
      const forecast = await approvalForecast(db, channelId);
      const store = storeAsChecked(await requireChannel(db, channelId));
      return { ...forecast, shopperMails: shopperMailsAnswer(store, null) };
    },
  );

  app.post(
    '/v1/channels/:channel/approvals',
    {
      onRequest: guard,
      config: { documentedBody: z.toJSONSchema(channelWord) },
      schema: {
        operationId: 'approveChannel',
        summary: 'Let everything out that waits, if it is still what was seen',
        tags: ['operate'],
        security,
        params: channelParam,
        response: {
          200: z.object({ orders: z.number().int(), steps: z.number().int() }),
          ...wordRefusals,
        },
      },
    },
    async (request) => {
      const { channel: channelId } = request.params;
      const word = readWord(channelWord, request.body);
      const caller = await authenticate(db, request);
      const orders = await ordersToApprove(db, channelId);
      const steps = orders.reduce((sum, order) => sum + order.writeBackIds.length, 0);
      const mails = orders.reduce((sum, order) => sum + order.mails, 0);
      if (steps !== word.steps || mails !== word.mails) {
        throw new HttpProblem(
          'order-state',
          `Now ${String(steps)} writes with ${String(mails)} mails wait, not ${String(word.steps)} with ${String(word.mails)}. Nothing was approved; look again and say so.`,
        );
      }
      const { reason = '', by: sayer = `key:${caller.keyId}` } = word;
      const done = await approveAll(db, { channelId, orders, reason, by: sayer, now: clock().toISOString() });
      if (!done.ok) throw new HttpProblem('order-state', done.message);
      waker.wake(done.approved.map((order) => ({ ...order, channelId, reason: 'operator' })));
      return { orders: done.approved.length, steps: done.steps };
    },
  );
}

function stepsMoved(result: StepsResult) {
  if (!result.ok) return result;
  const { ok, generation, ...answer } = result;
  return { ok, answer, wake: generation === null ? null : { generation } };
}

/** @throws HttpProblem `invalid-fields` */
function readWord<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  // The only parser there is makes this shape (body.ts); without a body there is none.
  const received = body as ReceivedJson | undefined;
  const read = schema.safeParse(received?.json ?? {});
  if (read.success) return read.data;
  throw new HttpProblem('invalid-fields', 'Some fields cannot be used; nothing was changed.', {
    errors: read.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })),
  });
}

function refusedWord(said: Refused, channel: string, id: string): HttpProblem {
  const field = (name: string): HttpProblem =>
    new HttpProblem('invalid-fields', said.message, { errors: [{ field: name, message: said.message }] });
  switch (said.code) {
    case 'unknown_order':
      return unknownOrder(channel, id);
    case 'reason_missing':
    case 'reason_too_long':
      return field('reason');
    case 'unknown_stage':
      return field('stage');
    case 'unknown_step':
      return field('step');
    default:
      return new HttpProblem('order-state', said.message);
  }
}
