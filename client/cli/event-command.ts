/** `waybill event`: a carrier event by hand, through the same reader and the same transaction as the HTTP ingress. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { orderView } from '../../db/order-view.ts';
import { CARRIER_EVENT_TYPES, TRACKING_STATUSES, type CarrierEventType } from '../../domain/carrier-event.ts';
import { ENVELOPE_PROVIDERS } from '../../domain/carriers/envelope-words.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { acceptCarrierEvent, type FieldProblem } from '../carrier-events.ts';
import { channelArgument, orderArgument } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain, temporalCommand } from './explain.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';

interface EventOptions {
  id?: string;
  tracking?: string;
  replaces?: string;
  carrier?: string;
  service?: string;
  url?: string;
  status?: string;
  reason?: string;
  provider?: string;
  providerStatus?: string;
  providerDetail?: string;
  signedBy?: string;
  cod?: string;
  returning?: true;
  line?: { orderProductId: number; quantity: number }[];
  occurredAt?: string;
  location?: string;
}

export function addEventCommand(program: Command, run: Run): void {
  program
    .command('event')
    .description('send a carrier event by hand, as an upstream service would')
    .argument('<channel>', 'channel', channelArgument)
    .argument('<order>', "the store's order number", orderArgument)
    .argument('<type>', CARRIER_EVENT_TYPES.join(', '), eventType)
    .option('--tracking <number>', 'tracking number')
    .option('--replaces <number>', 'with label.replaced: the number it takes the place of')
    .option('--carrier <carrier>', 'such as ups, usps, dhl')
    .option('--service <service>', 'such as ground')
    .option('--url <url>', 'tracking page')
    .addOption(new Option('--status <status>', 'with tracking.updated').choices(TRACKING_STATUSES))
    .option('--reason <text>', 'why, in the words of the carrier')
    .option(
      '--provider <name>',
      `whose word it is; with ${ENVELOPE_PROVIDERS.join(', ')} the word below may stand for the status`,
    )
    .option('--provider-status <word>', "the provider's own word")
    .option('--provider-detail <word>', "the provider's finer word")
    .option('--signed-by <name>', 'who signed for the parcel')
    .addOption(
      new Option('--cod <state>', 'whether cash on delivery was collected').choices(['paid', 'not_paid']),
    )
    .option('--returning', 'with the status returned: on its way back, not yet back')
    .option(
      '--line <id:quantity>',
      'order line in the parcel, repeatable; without any, what is left',
      lineOption,
    )
    .option('--occurred-at <time>', 'RFC 3339, such as 2026-08-21T10:02:00Z; default now')
    .option('--location <text>', 'where it happened')
    .option('--id <id>', "the event's own id: the same id again changes nothing; default a new one")
    .action(
      run(
        async (
          session,
          channelId: string,
          orderId: number,
          type: CarrierEventType,
          options: EventOptions,
        ) => {
          const { out } = session;
          const envelope = envelopeOf(orderId, type, options, session.now());
          if (session.explain) {
            explain(out, { commands: [signalCommand(channelId, orderId, envelope)] });
            return;
          }
          const db = await session.database();
          await requireChannel(db, channelId);
          const before = await orderView(db, channelId, orderId);
          if (before === null) throw unknownOrder(channelId, orderId);

          const body = JSON.stringify(envelope);
          const accepted = await acceptCarrierEvent(db, {
            channelId,
            source: 'cli',
            body,
            json: envelope,
            now: new Date(),
          });
          if (!accepted.ok) throw unusable(accepted.problems);
          const { delivery, eventId } = accepted;
          const { tellLifecycles } = await import('./tell-lifecycles.ts');
          const told = await tellLifecycles(
            session,
            db,
            delivery.wake.map((wake) => ({ ...wake, channelId, reason: 'event', eventId })),
          );
          const after = (await orderView(db, channelId, orderId)) ?? before;

          out.line(
            delivery.newFacts === 0
              ? `Known already: event ${eventId} changes nothing.`
              : `Stored: ${type} for order ${String(orderId)} of ${channelId} (event ${eventId}).`,
          );
          if (delivery.parked > 0)
            out.line('It waits: the order has no shipment yet that it could belong to.');
          out.line(
            before.stage === after.stage
              ? `Stage: ${String(after.stage)} (${after.progress})`
              : `Stage: ${String(before.stage)} → ${String(after.stage)} (${after.progress})`,
          );
          if (after.attention !== null)
            out.line(`Attention: ${after.attention}: ${after.attentionReason ?? ''}`);
          out.result({
            id: delivery.deliveryId,
            eventId,
            facts: delivery.facts,
            new: delivery.newFacts,
            parked: delivery.parked,
            told,
            stageBefore: before.stage,
            stage: after.stage,
            progress: after.progress,
            attention: after.attention,
          });
        },
      ),
    );
}

/** The envelope of design section 5, with only what was given. */
function envelopeOf(
  orderId: number,
  type: CarrierEventType,
  options: EventOptions,
  now: string,
): { id: string } {
  const shipment = given({
    trackingNumber: options.tracking,
    replaces: options.replaces,
    carrier: options.carrier,
    service: options.service,
    trackingUrl: options.url,
  });
  const tracking = given({
    status: options.status,
    reason: options.reason,
    provider: options.provider,
    providerStatus: options.providerStatus,
    providerSubstatus: options.providerDetail,
    signedBy: options.signedBy,
    cod: options.cod,
    returning: options.returning,
  });
  return {
    id: options.id ?? `cli-${randomUUID()}`,
    ...given({
      type,
      occurredAt: options.occurredAt ?? now,
      orderId,
      lines: options.line,
      shipment: Object.keys(shipment).length === 0 ? undefined : shipment,
      tracking: Object.keys(tracking).length === 0 ? undefined : tracking,
      location: options.location,
    }),
  };
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function signalCommand(channelId: string, orderId: number, envelope: object): string {
  return temporalCommand([
    'workflow',
    'signal-with-start',
    '--workflow-id',
    orderLifecycleId(channelId, orderId),
    '--type',
    'orderLifecycle',
    '--task-queue',
    'waybill',
    '--input',
    { channelId, orderId },
    '--signal-name',
    'carrierEvent',
    '--signal-input',
    envelope,
  ]);
}

function eventType(text: string): CarrierEventType {
  const type = CARRIER_EVENT_TYPES.find((known) => known === text);
  if (type === undefined)
    throw new InvalidArgumentError(`There is no such event. Known: ${CARRIER_EVENT_TYPES.join(', ')}.`);
  return type;
}

function lineOption(text: string, before: EventOptions['line']): EventOptions['line'] {
  const match = /^(\d{1,15}):(\d{1,6})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('A line is id:quantity, such as 15:2.');
  return [...(before ?? []), { orderProductId: Number(match[1]), quantity: Number(match[2]) }];
}

/** The flags under which the fields were typed. */
const FLAGS: Readonly<Record<string, string>> = {
  occurredAt: '--occurred-at',
  'shipment.trackingNumber': '--tracking',
  'shipment.replaces': '--replaces',
  'shipment.carrier': '--carrier',
  'shipment.trackingUrl': '--url',
  'tracking.status': '--status',
  tracking: '--status',
  id: '--id',
};

function unusable(problems: readonly FieldProblem[]): CommandError {
  const lines = problems.map(({ field, message }) => `  ${FLAGS[field] ?? field}: ${message}`);
  return new CommandError('bad_usage', {
    what: 'The event was not stored; some of it cannot be used:',
    why: lines.join('\n'),
    todo: 'See `waybill event --help`.',
  });
}

function unknownOrder(channelId: string, orderId: number): CommandError {
  return new CommandError('not_found', {
    what: `Order ${String(orderId)} of ${channelId} is not known here. Nothing was stored.`,
    why: 'It was never imported, or the number is wrong.',
    todo: `Import it first: waybill import ${channelId} --ids ${String(orderId)}`,
  });
}
