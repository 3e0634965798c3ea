/** `waybill order`, `find`, `pause`, `resume`: what Postgres knows of an order, and an operator's word about it. */
import type { Command } from 'commander';
import { findByNumber, orderView, type OrderView } from '../../db/order-view.ts';
import { pauseOrder, resumeOrder } from '../../db/operator-words.ts';
import type { Shipment } from '../../domain/facts.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { channelArgument, orderArgument } from './arguments.ts';
import { CommandError, EXIT } from './command-error.ts';
import { explain, temporalCommand } from './explain.ts';
import type { Output } from './output.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';

/** More lines than this scroll the stage out of sight; `--json` has them all. */
const TIMELINE_SHOWN_MAX = 30;

export function addOrderCommands(program: Command, run: Run): void {
  program
    .command('order')
    .description('stage, shipments, timeline and write-backs of one order')
    .argument('<channel>', 'channel', channelArgument)
    .argument('<order>', "the store's order number", orderArgument)
    .action(
      run(async (session, channelId: string, orderId: number) => {
        const { out } = session;
        if (session.explain) {
          explain(out, {
            commands: [
              temporalCommand([
                'workflow',
                'query',
                '--workflow-id',
                orderLifecycleId(channelId, orderId),
                '--name',
                'state',
              ]),
            ],
            note: 'The query answers as of the last wake; this command reads Postgres.',
          });
          return;
        }
        const db = await session.database();
        await requireChannel(db, channelId);
        const view = await orderView(db, channelId, orderId);
        if (view === null) throw unknownOrder(channelId, orderId);
        showOrder(out, view);
        out.result(view);
      }),
    );

  program
    .command('find')
    .description('the order that a tracking number belongs to')
    .argument('<number>', 'tracking number, in any spelling')
    .option('--channel <channel>', 'only in this channel', channelArgument)
    .action(
      run(async (session, number: string, options: { channel?: string }) => {
        const { out } = session;
        if (session.explain) {
          explain(out, { commands: [], note: 'Tracking numbers are known to Postgres only.' });
          return;
        }
        const db = await session.database();
        const { channel: channelId } = options;
        const answer = await findByNumber(db, { number, ...(channelId === undefined ? {} : { channelId }) });
        out.result(answer);
        if (answer.found.length > 0) {
          out.table(
            ['channel', 'order', 'stage', 'attention', 'shipment', 'position'],
            answer.found.map((hit) => [
              hit.channelId,
              hit.orderId,
              hit.stage,
              hit.attention,
              hit.shipment.trackingNumber,
              positionOf(hit.shipment),
            ]),
          );
        }
        for (const event of answer.parked) {
          out.line(
            `Waiting in ${event.channelId}: ${event.type} ${event.status ?? ''} of ${event.occurredAt}, no order has this number yet.`,
          );
        }
        if (answer.found.length > 0 || answer.parked.length > 0) return;
        out.line('No order and no event has this number.');
        return EXIT.refused;
      }),
    );

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
          if (session.explain) {
            explain(out, {
              commands: [
                temporalCommand([
                  'workflow',
                  'update',
                  'execute',
                  '--workflow-id',
                  orderLifecycleId(channelId, orderId),
                  '--name',
                  name,
                  '--input',
                  { reason },
                ]),
              ],
              note: 'The update needs a running lifecycle and a worker; this command needs neither.',
            });
            return;
          }
          const db = await session.database();
          await requireChannel(db, channelId);
          const said = await word(db, {
            channelId,
            orderId,
            reason,
            by: session.operator,
            now: session.now(),
          });
          if (!said.ok) {
            if (said.code === 'unknown_order') throw unknownOrder(channelId, orderId);
            const wrongWords = said.code === 'reason_missing' || said.code === 'reason_too_long';
            throw new CommandError(wrongWords ? 'bad_usage' : 'not_allowed', { what: said.message });
          }
          const follows =
            said.changed && (await orderView(db, channelId, orderId))?.lifecycleState === 'open';
          const { tellLifecycles } = await import('./tell-lifecycles.ts');
          const told = follows
            ? await tellLifecycles(session, db, [
                { channelId, orderId, generation: null, reason: 'operator' },
              ])
            : true;
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
}

function showOrder(out: Output, view: OrderView): void {
  out.line(`Order ${String(view.orderId)} of ${view.channelId} (store ${view.storeHash})`);
  out.line(
    `Stage      ${view.stage ?? 'not decided'}, ${view.progress}${view.stageChangedAt === null ? '' : `, since ${view.stageChangedAt}`}`,
  );
  if (view.counts !== null) {
    const { needed, imported, trackable, shipped, delivered, returned } = view.counts;
    out.line(
      `Units      ${String(needed)} needed: ${String(imported)} imported, ${String(trackable)} trackable, ${String(shipped)} shipped, ${String(delivered)} delivered, ${String(returned)} returned`,
    );
  }
  out.line(
    `Attention  ${view.attention === null ? 'none' : `${view.attention}: ${view.attentionReason ?? ''}`}`,
  );
  if (view.paused) out.line(`Paused     ${view.pauseReason ?? ''}`);
  out.line(
    `Lifecycle  ${view.lifecycleState}${view.closedReason === null ? '' : ` (${view.closedReason}, ${view.closedAt ?? ''})`}`,
  );
  out.line(
    `Store      ${view.statusName} (${String(view.statusId)}), changed ${view.storeModifiedAt}, read ${view.readAt}`,
  );

  if (view.shipments.length > 0) {
    out.line('\nShipments');
    out.table(
      ['number', 'carrier', 'position', 'lines', 'last event'],
      view.shipments.map((shipment) => [
        shipment.trackingNumber ?? shipment.key,
        shipment.carrier,
        positionOf(shipment),
        shipment.holds.map((line) => `${String(line.orderProductId)}:${String(line.quantity)}`).join(' '),
        shipment.lastEventAt,
      ]),
    );
  }
  if (view.writeBacks.length > 0) {
    out.line('\nWrite-backs');
    out.table(
      ['state', 'what', 'attempts', 'outcome'],
      view.writeBacks.map((row) => [
        row.blocked === null ? row.state : `${row.state}, blocked: ${row.blocked}`,
        row.summary,
        row.attempts,
        row.outcome,
      ]),
    );
  }
  if (view.timeline.length > 0) {
    const shown = view.timeline.slice(-TIMELINE_SHOWN_MAX);
    out.line(
      `\nTimeline${shown.length < view.timeline.length ? ` (last ${String(shown.length)} of ${String(view.timeline.length)})` : ''}`,
    );
    out.table(
      ['at', 'kind', 'what', 'detail'],
      shown.map((entry) => [
        entry.at,
        entry.kind,
        entry.what + (entry.state === 'applied' || entry.state === null ? '' : ` (${entry.state})`),
        entry.detail,
      ]),
    );
  }
}

/** The word for where a parcel is: its side status first, then its position. */
function positionOf(shipment: Shipment): string {
  if (shipment.voided) return 'voided';
  if (shipment.returned) return 'returned';
  const position = shipment.position ?? 'no news';
  return shipment.side === null ? position : `${position}, ${shipment.side}`;
}

function unknownOrder(channelId: string, orderId: number): CommandError {
  return new CommandError('not_found', {
    what: `Order ${String(orderId)} of ${channelId} is not known here.`,
    why: 'It was never imported, or the number is wrong.',
    todo: `Import it with \`waybill import ${channelId} --ids ${String(orderId)}\`.`,
  });
}
