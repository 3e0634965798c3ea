/** `waybill label`: all that a label needs of one order, and what people may set of it. */
import type { Command } from 'commander';
import { editOrderFields } from '../../db/order-fields.ts';
import { getOrder } from '../../db/orders.ts';
import { fieldInWords } from '../../domain/field-edits.ts';
import { moneyText } from '../../domain/money-text.ts';
import { orderLabel } from '../../domain/order-label.ts';
import type { Address } from '../../domain/order.ts';
import { localFields } from '../../settings/import-rules.ts';
import { channelArgument, collect, orderArgument } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain } from './explain.ts';
import { editsOf, parcelsOption, weightOption, type LabelOptions } from './label-options.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';

const IN_POSTGRES = {
  commands: [],
  note: 'Orders are kept in Postgres; customer data is never in Temporal.',
};

export function addLabelCommand(program: Command, run: Run): void {
  program
    .command('label')
    .description('all that a label needs of an order: where to, what, how heavy, what to collect')
    .argument('<channel>', 'channel', channelArgument)
    .argument('<order>', 'order number', orderArgument)
    .option('--parcels <n>', 'set the number of parcels, or default', parcelsOption)
    .option(
      '--weight <weight>',
      'set the weight, such as 1.2kg, or store for what the store says',
      weightOption,
    )
    .option(
      '--address <field=value>',
      'set a part of the address, such as city=Rome; city alone, or store for all, takes it from the store again',
      collect,
    )
    .option('--consignment <id>', 'which address, where the order has several', orderArgument)
    .action(
      run(async (session, channelId: string, orderId: number, options: LabelOptions) => {
        const { out } = session;
        if (session.explain) return explain(out, IN_POSTGRES);
        const fields = editsOf(options);
        const db = await session.database();
        const { settings } = await requireChannel(db, channelId);
        const order =
          Object.keys(fields).length > 0
            ? await editOrderFields(db, {
                channelId,
                orderId,
                fields,
                defaults: localFields(settings),
                by: session.operator,
                now: session.now(),
              })
            : await getOrder(db, channelId, orderId);
        if (order === null) {
          throw new CommandError('not_found', {
            what: `Order ${String(orderId)} of channel ${channelId} is not known here.`,
            todo: `Import it: waybill import ${channelId} --ids ${String(orderId)}`,
          });
        }
        if ('message' in order)
          throw new CommandError('not_allowed', { what: 'Nothing was changed.', why: order.message });
        const label = orderLabel(order.canonical, order.local);
        const { weight: used, storeWeight, cod, consignee } = label;
        out.line(
          `${consignee.firstName} ${consignee.lastName}${consignee.company === '' ? '' : `, ${consignee.company}`}`,
        );
        for (const { shipTo, storeAddress, shippingMethod, lines, pickupPoint } of label.destinations) {
          out.line(
            shipTo === null
              ? `Destination unknown: the pickup point cannot be read (${pickupPoint?.readFrom ?? ''})`
              : inOneLine(shipTo),
          );
          if (storeAddress !== null) out.line(`  the store says ${inOneLine(storeAddress)}`);
          out.line(`  by ${shippingMethod === '' ? 'any method' : shippingMethod}`);
          for (const line of lines) out.line(`  ${String(line.quantity)} × ${line.sku} ${line.name}`);
        }
        for (const { locationName, pickupMethodName } of label.storePickups)
          out.line(`Collected in the shop: ${locationName} (${pickupMethodName})`);
        out.line(
          `${String(label.parcels.count)} ${label.parcels.count === 1 ? 'parcel' : 'parcels'} (${label.parcels.by}), ${used.value} ${used.unit ?? "in the store's unit"} (${used.source})` +
            (used.source === storeWeight.source
              ? ''
              : `; the store says ${storeWeight.value} ${storeWeight.unit ?? ''}`),
        );
        if (cod !== null) out.line(`Collect ${moneyText(cod.amount, cod.currency)} (${cod.reason})`);
        for (const { field, by, at, idle } of label.edits)
          out.line(
            `${by} set ${fieldInWords(field)} (${at})${idle ? '; the order goes there no more, so it counts for nothing' : ''}`,
          );
        for (const { code, detail } of label.warnings) out.line(`Note (${code}): ${detail}`);
        out.result(label);
      }),
    );
}

function inOneLine(address: Address): string {
  const { company, street1, street2, postalCode, city, state, countryIso2 } = address;
  return [company, street1, street2, postalCode, city, state, countryIso2]
    .filter((part) => part !== '')
    .join(', ');
}
