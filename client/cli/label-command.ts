/** `waybill label`: all that a label needs of one order, and the two fields of it that people may set. */
import { InvalidArgumentError, type Command } from 'commander';
import { editOrderFields, type FieldEdits } from '../../db/order-fields.ts';
import { getOrder } from '../../db/orders.ts';
import { orderLabel } from '../../domain/order-label.ts';
import type { WeightUnit } from '../../domain/order.ts';
import { channelArgument, numberOption, orderArgument } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain } from './explain.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';

const PARCELS_MAX = 99;
const IN_POSTGRES = {
  commands: [],
  note: 'Orders are kept in Postgres; customer data is never in Temporal.',
};

interface LabelOptions {
  parcels?: number;
  weight?: NonNullable<FieldEdits['weight']> | 'store';
}

export function addLabelCommand(program: Command, run: Run): void {
  program
    .command('label')
    .description('all that a label needs of an order: where to, what, how heavy, what to collect')
    .argument('<channel>', 'channel', channelArgument)
    .argument('<order>', 'order number', orderArgument)
    .option('--parcels <n>', 'set the number of parcels', numberOption(1, PARCELS_MAX))
    .option(
      '--weight <weight>',
      'set the weight, such as 1.2kg, or store for what the store says',
      weightOption,
    )
    .action(
      run(async (session, channelId: string, orderId: number, options: LabelOptions) => {
        const { out } = session;
        if (session.explain) return explain(out, IN_POSTGRES);
        const db = await session.database();
        await requireChannel(db, channelId);
        const { parcels, weight } = options;
        const fields: FieldEdits = {
          ...(parcels === undefined ? {} : { parcels }),
          ...(weight === undefined ? {} : { weight: weight === 'store' ? null : weight }),
        };
        const edits = Object.keys(fields).length > 0;
        const by = session.operator;
        const order = edits
          ? await editOrderFields(db, { channelId, orderId, fields, by, now: session.now() })
          : await getOrder(db, channelId, orderId);
        if (order === null) {
          throw new CommandError('not_found', {
            what: `Order ${String(orderId)} of channel ${channelId} is not known here.`,
            todo: `Import it: waybill import ${channelId} --ids ${String(orderId)}`,
          });
        }
        const label = orderLabel(order.canonical, order.local);
        const { weight: used, storeWeight, cod, consignee } = label;
        out.line(
          `${consignee.firstName} ${consignee.lastName}${consignee.company === '' ? '' : `, ${consignee.company}`}`,
        );
        for (const { shipTo, shippingMethod, lines, pickupPoint } of label.destinations) {
          out.line(
            shipTo === null
              ? `Destination unknown: the pickup point cannot be read (${pickupPoint?.readFrom ?? ''})`
              : [
                  shipTo.company,
                  shipTo.street1,
                  shipTo.street2,
                  shipTo.postalCode,
                  shipTo.city,
                  shipTo.countryIso2,
                ]
                  .filter((part) => part !== '')
                  .join(', '),
          );
          out.line(`  by ${shippingMethod === '' ? 'any method' : shippingMethod}`);
          for (const line of lines) out.line(`  ${String(line.quantity)} × ${line.sku} ${line.name}`);
        }
        for (const { locationName, pickupMethodName } of label.storePickups)
          out.line(`Collected in the shop: ${locationName} (${pickupMethodName})`);
        out.line(
          `${String(label.parcels.count)} parcels (${label.parcels.by}), ${used.value} ${used.unit ?? "in the store's unit"} (${used.source})` +
            (used.source === storeWeight.source
              ? ''
              : `; the store says ${storeWeight.value} ${storeWeight.unit ?? ''}`),
        );
        if (cod !== null) out.line(`Collect ${cod.amount} ${cod.currency} (${cod.reason})`);
        for (const { code, detail } of label.warnings) out.line(`Note (${code}): ${detail}`);
        out.result(label);
      }),
    );
}

function weightOption(text: string): NonNullable<LabelOptions['weight']> {
  if (text === 'store') return 'store';
  const match = /^(\d{1,7})(?:\.(\d{1,4}))?\s*(kg|g|lb|oz|t)$/.exec(text);
  if (match?.[1] === undefined || match[3] === undefined)
    throw new InvalidArgumentError(
      'It must be a number with a unit, such as 1.2kg (kg, g, lb, oz, t), or store.',
    );
  // One of the alternatives of the pattern.
  const unit = match[3] as WeightUnit;
  return { value: `${match[1]}.${(match[2] ?? '').padEnd(4, '0')}`, unit };
}
