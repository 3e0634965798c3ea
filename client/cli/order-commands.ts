/** `waybill order`, `find`: what Postgres knows of an order. An operator's words are `word-commands.ts`. */
import type { Command } from 'commander';
import { findByNumber, orderView, type OrderView } from '../../db/order-view.ts';
import { shopperMailsAnswer, storeAsChecked } from '../store-as-checked.ts';
import { previewPlan } from '../../db/plan-preview.ts';
import { shortId } from '../../db/named-steps.ts';
import type { Shipment } from '../../domain/facts.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { channelArgument, orderArgument } from './arguments.ts';
import { CommandError, EXIT } from './command-error.ts';
import { explain, temporalCommand } from './explain.ts';
import { showPlan } from './order-plan.ts';
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
    .option('--plan', 'what would be written to the store now, what is left out, and how many mails it sends')
    .action(
      run(async (session, channelId: string, orderId: number, options: { plan?: true }) => {
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
        const channel = await requireChannel(db, channelId);
        if (options.plan === true) {
          const preview = await previewPlan(db, { channelId, orderId });
          if (preview === null) throw unknownOrder(channelId, orderId);
          const store = storeAsChecked(channel);
          showPlan(out, preview, store);
          out.result({ ...preview, shopperMails: shopperMailsAnswer(store, preview.storefrontId) });
          return;
        }
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

  out.line('\nLines');
  out.table(
    ['line', 'sku', 'kind', 'ordered', 'refunded', 'in parcels', 'shipped in store', 'left'],
    view.lines.map((line) => [
      line.orderProductId,
      line.sku,
      line.kind,
      line.quantity,
      line.refunded,
      line.held,
      line.inStore,
      line.remaining,
    ]),
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
      ['step', 'state', 'what', 'mails', 'attempts', 'outcome'],
      view.writeBacks.map((row) => [
        shortId(row),
        row.blocked === null ? row.state : `${row.state}, blocked: ${row.blocked}`,
        row.summary,
        row.mails,
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
        entry.signedBy === undefined ? entry.detail : `${entry.detail}, signed by ${entry.signedBy}`,
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

/** For every command about one order. */
export function unknownOrder(channelId: string, orderId: number): CommandError {
  return new CommandError('not_found', {
    what: `Order ${String(orderId)} of ${channelId} is not known here.`,
    why: 'It was never imported, or the number is wrong.',
    todo: `Import it with \`waybill import ${channelId} --ids ${String(orderId)}\`.`,
  });
}
