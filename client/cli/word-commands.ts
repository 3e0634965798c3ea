/**
 * `waybill pause`, `resume`, `retry`, `resend`, `override`, `approve`: an operator's word about one order, and an approval of all
 * that waits in a channel. Each is recorded by one transaction and needs neither a worker nor Temporal.
 */
import type { Command } from 'commander';
import { approvalForecast, approveAll, ordersToApprove, type ApprovalForecast } from '../../db/approvals.ts';
import { approveOrder, type StepsResult } from '../../db/approve-steps.ts';
import type { Database } from '../../db/database.ts';
import {
  overrideOrder,
  pauseOrder,
  resumeOrder,
  type RefusalCode,
  type Refused,
} from '../../db/operator-words.ts';
import { orderView } from '../../db/order-view.ts';
import { getOrder } from '../../db/orders.ts';
import { resendOrder } from '../../db/resend-steps.ts';
import { retryOrder } from '../../db/retry-steps.ts';
import { STAGES } from '../../domain/facts.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { mailSwitchInWords, shopperMailsAnswer, storeAsChecked } from '../store-as-checked.ts';
import { channelArgument, orderArgument } from './arguments.ts';
import { CommandError, EXIT } from './command-error.ts';
import { explain, temporalCommand } from './explain.ts';
import { unknownOrder } from './order-commands.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';

const UPDATE_NOTE = 'The update needs a running lifecycle and a worker; this command needs neither.';
/** Refusals of what was typed, not of what was asked. */
const BAD_WORDS: readonly RefusalCode[] = [
  'reason_missing',
  'reason_too_long',
  'unknown_stage',
  'unknown_step',
];

/** Words about steps of the ledger that need nothing but the step. */
const STEP_WORDS = [
  {
    name: 'retry',
    word: retryOrder,
    description: 'try a refused or waiting write again, now',
    which: 'short id, subject or kind of a write-back; default all that failed or wait',
    happens: { now: 'is tried now', before: 'was let go already' },
  },
  {
    name: 'resend',
    word: resendOrder,
    description: 'send the tracking of an order to the store once more; no second shipment comes of it',
    which: 'tracking number, or short id, subject or kind of a write-back; default every shipment',
    happens: { now: 'goes out again', before: 'goes out already' },
  },
] as const;

interface WordOptions {
  reason?: string;
}

export function addWordCommands(program: Command, run: Run): void {
  for (const [name, word, description] of [
    ['pause', pauseOrder, 'stop write-backs of one order; events are still recorded'],
    ['resume', resumeOrder, 'let write-backs of a paused order go on'],
  ] as const) {
    program
      .command(name)
      .description(description)
      .argument('<channel>', 'channel', channelArgument)
      .argument('<order>', "the store's order number", orderArgument)
      .requiredOption('--reason <text>', 'for those who read it later')
      .action(
        run(async (session, channelId: string, orderId: number, options: { reason: string }) => {
          const { out } = session;
          const { reason } = options;
          if (session.explain) return explainUpdate(session, { channelId, orderId }, name, { reason });
          const db = await session.database();
          await requireChannel(db, channelId);
          const said = await word(db, spoken(session, { channelId, orderId }, options));
          if (!said.ok) throw refusal(said, channelId, orderId);
          const follows =
            said.changed && (await orderView(db, channelId, orderId))?.lifecycleState === 'open';
          const told = follows ? await tell(session, db, [{ channelId, orderId, generation: null }]) : true;
          const state =
            name === 'pause'
              ? 'is paused: nothing is written to the store'
              : 'goes on: its writes are not held back';
          out.line(
            `Order ${String(orderId)} of ${channelId} ${state}.${said.changed ? '' : ' It was so already.'}`,
          );
          out.result({ channelId, orderId, paused: name === 'pause', changed: said.changed, told });
        }),
      );
  }

  for (const { name, word, description, which, happens } of STEP_WORDS) {
    program
      .command(name)
      .description(description)
      .argument('<channel>', 'channel', channelArgument)
      .argument('<order>', "the store's order number", orderArgument)
      .argument('[step]', which)
      .option('--reason <text>', 'for those who read it later')
      .action(
        run(
          async (
            session,
            channelId: string,
            orderId: number,
            step: string | undefined,
            options: WordOptions,
          ) => {
            const order = { channelId, orderId };
            if (session.explain) return explainUpdate(session, order, name, stepInput(step, options));
            const db = await session.database();
            await requireChannel(db, channelId);
            const said = await word(db, { ...spoken(session, order, options), step: step ?? null });
            await finishSteps(session, db, order, said, happens);
            return undefined;
          },
        ),
      );
  }

  program
    .command('override')
    .description('say where an order is, whatever was heard so far; later events count again')
    .argument('<channel>', 'channel', channelArgument)
    .argument('<order>', "the store's order number", orderArgument)
    .requiredOption('--stage <stage>', STAGES.join(', '))
    .requiredOption('--reason <text>', 'for those who read it later')
    .action(
      run(async (session, channelId: string, orderId: number, options: { stage: string; reason: string }) => {
        const order = { channelId, orderId };
        const { stage, reason } = options;
        if (session.explain) return explainUpdate(session, order, 'override', { stage, reason });
        const db = await session.database();
        await requireChannel(db, channelId);
        const said = await overrideOrder(db, { ...spoken(session, order, options), stage });
        if (!said.ok) throw refusal(said, channelId, orderId);
        const told =
          said.generation === null
            ? true
            : await tell(session, db, [{ ...order, generation: said.generation }]);
        const was = said.before ?? 'not decided';
        session.out.line(
          said.changed
            ? `Order ${String(orderId)} of ${channelId} is ${said.stage} (was ${was}). What was received before counts no more for its stage.`
            : `Order ${String(orderId)} of ${channelId} is ${said.stage}. It was so already.`,
        );
        session.out.result({ ...order, stage: said.stage, before: said.before, changed: said.changed, told });
      }),
    );

  program
    .command('approve')
    .description('let writes out that wait for a person: one order, one step of it, or all of a channel')
    .argument('<channel>', 'channel', channelArgument)
    .argument('[order]', "the store's order number", orderArgument)
    .argument('[step]', 'short id, subject or kind of a write-back, or `change`; default all that wait')
    .option(
      '--all',
      'everything of the channel that came due while writing was off; says how many mails first',
    )
    .option('--yes', 'with --all: do not ask')
    .option('--reason <text>', 'for those who read it later')
    .action(
      run(
        async (
          session,
          channelId: string,
          orderId: number | undefined,
          step: string | undefined,
          options: WordOptions & { all?: true; yes?: true },
        ) => {
          if ((orderId === undefined) === (options.all === undefined)) {
            throw new CommandError('bad_usage', {
              what: 'Name an order, or say --all for everything of the channel that waits.',
              todo: `waybill approve ${channelId} 1001, or waybill approve ${channelId} --all`,
            });
          }
          if (orderId === undefined) return approveChannel(session, channelId, options);
          const order = { channelId, orderId };
          if (session.explain) return explainUpdate(session, order, 'approve', stepInput(step, options));
          const db = await session.database();
          await requireChannel(db, channelId);
          const said = await approveOrder(db, { ...spoken(session, order, options), step: step ?? null });
          await finishSteps(session, db, order, said, { now: 'goes out', before: 'was let go already' });
          return undefined;
        },
      ),
    );
}

function spoken(session: Session, order: { channelId: string; orderId: number }, options: WordOptions) {
  return { ...order, reason: options.reason ?? '', by: session.operator, now: session.now() };
}

function stepInput(step: string | undefined, { reason }: WordOptions): object {
  return { ...(step === undefined ? {} : { step }), ...(reason === undefined ? {} : { reason }) };
}

function explainUpdate(
  session: Session,
  { channelId, orderId }: { channelId: string; orderId: number },
  name: string,
  input: object,
): undefined {
  const words = ['workflow', 'update', 'execute', '--workflow-id', orderLifecycleId(channelId, orderId)];
  explain(session.out, {
    commands: [temporalCommand([...words, '--name', name, '--input', input])],
    note: UPDATE_NOTE,
  });
  return undefined;
}

async function tell(
  session: Session,
  db: Database,
  orders: readonly { channelId: string; orderId: number; generation: number | null }[],
): Promise<boolean> {
  const { tellLifecycles } = await import('./tell-lifecycles.ts');
  return tellLifecycles(
    session,
    db,
    orders.map((order) => ({ ...order, reason: 'operator' })),
  );
}

async function finishSteps(
  session: Session,
  db: Database,
  order: { channelId: string; orderId: number },
  said: StepsResult,
  happens: { now: string; before: string },
): Promise<void> {
  const { out } = session;
  if (!said.ok) throw refusal(said, order.channelId, order.orderId);
  const { changed, steps, notes, generation } = said;
  const told = generation === null ? true : await tell(session, db, [{ ...order, generation }]);
  for (const { step, summary } of steps)
    out.line(`${step} ${changed ? happens.now : happens.before}: ${summary}`);
  const mails = steps.reduce((sum, one) => sum + one.mails, 0);
  const store = storeAsChecked(await requireChannel(db, order.channelId));
  const storefrontId = (await getOrder(db, order.channelId, order.orderId))?.storefrontId ?? null;
  if (changed && mails > 0) {
    out.line(`The store is expected to send ${count(mails, 'mail')} to the shopper.`);
    out.line(mailSwitchInWords(order.channelId, store, storefrontId));
  }
  for (const note of notes) out.line(note);
  const shopperMails = shopperMailsAnswer(store, storefrontId);
  out.result({ ...order, changed, steps, mails, shopperMails, notes, told });
}

/** Everything that came due while writing was off: the count and the mails first, then order by order. */
async function approveChannel(
  session: Session,
  channelId: string,
  options: WordOptions & { yes?: true },
): Promise<typeof EXIT.done | undefined> {
  const { out } = session;
  if (session.explain) {
    explain(out, { commands: [], note: 'What waits is known to Postgres only; one order has an update.' });
    return undefined;
  }
  const db = await session.database();
  const store = storeAsChecked(await requireChannel(db, channelId));
  const shopperMails = shopperMailsAnswer(store, null);
  const [forecast, orders] = await Promise.all([
    approvalForecast(db, channelId),
    ordersToApprove(db, channelId),
  ]);
  for (const line of forecastLines(channelId, forecast)) out.line(line);
  if (forecast.mails > 0) out.line(mailSwitchInWords(channelId, store));
  if (orders.length === 0) {
    out.result({ channelId, forecast, shopperMails, approved: 0, steps: 0 });
    return EXIT.done;
  }
  if (options.yes !== true) await confirm(session, channelId, forecast);
  const progress = out.progress(`approving ${count(orders.length, 'order')}`);
  const done = await approveAll(
    db,
    { channelId, orders, reason: options.reason ?? '', by: session.operator, now: session.now() },
    (approved) => progress.update(`${String(approved)} of ${String(orders.length)} orders approved`),
  );
  progress.end();
  if (!done.ok) {
    throw new CommandError('not_allowed', {
      what: done.message,
      why: `${count(done.done, 'order')} had been approved before.`,
    });
  }
  const told = await tell(
    session,
    db,
    done.approved.map((order) => ({ ...order, channelId })),
  );
  out.line(
    `${count(done.steps, 'write')} of ${count(done.approved.length, 'order')} ${done.steps === 1 ? 'goes' : 'go'} out.`,
  );
  out.result({ channelId, forecast, shopperMails, approved: done.approved.length, steps: done.steps, told });
  return EXIT.done;
}

function forecastLines(channelId: string, forecast: ApprovalForecast): string[] {
  const { orders, steps, mails, reasons, leftOut } = forecast;
  const why = Object.entries(reasons)
    .map(([reason, number]) => `${String(number)} since ${reason === 'dry_run' ? 'dry run' : 'push was off'}`)
    .join(', ');
  const lines =
    steps === 0
      ? [`Nothing of ${channelId} waits for an approval.`]
      : [
          `${count(steps, 'write')} of ${count(orders, 'order')} wait in ${channelId} (${why}); the store is expected to send ${count(mails, 'mail')}.`,
        ];
  if (leftOut.conflicts > 0) {
    lines.push(
      `${count(leftOut.conflicts, 'write')} against a person's decision stay: each is approved by its order (waybill stuck ${channelId}).`,
    );
  }
  if (leftOut.paused > 0) lines.push(`${count(leftOut.paused, 'write')} of paused orders stay.`);
  return lines;
}

async function confirm(
  session: Session,
  channelId: string,
  { orders, mails }: ApprovalForecast,
): Promise<void> {
  const { ask, canAsk } = await import('./prompts.ts');
  const refused = new CommandError('not_confirmed', {
    what: 'Nothing was approved.',
    todo: `Say it with --yes: waybill approve ${channelId} --all --yes`,
  });
  if (!canAsk(session)) throw refused;
  const question = `Let them go out (${count(orders, 'order')}, ${count(mails, 'mail')})? Type yes: `;
  if ((await ask(session, question)).toLowerCase() !== 'yes') throw refused;
}

function refusal(said: Refused, channelId: string, orderId: number): CommandError {
  if (said.code === 'unknown_order') return unknownOrder(channelId, orderId);
  return new CommandError(BAD_WORDS.includes(said.code) ? 'bad_usage' : 'not_allowed', {
    what: said.message,
  });
}

function count(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? '' : 's'}`;
}
