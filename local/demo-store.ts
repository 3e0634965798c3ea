/**
 * The simulated store as its owner sees it, read through the control API: what the demonstration compares. It knows
 * nothing of what Waybill thinks.
 */
import { z } from 'zod';
import { LocalError } from './errors.ts';

const storeOrder = z
  .object({
    order: z.object({
      id: z.number(),
      status_id: z.number(),
      consignments: z.object({
        shipping: z.array(z.object({ line_items: z.array(z.object({ id: z.number(), sku: z.string() })) })),
      }),
    }),
    shipments: z.array(
      z.object({
        tracking_number: z.string(),
        order_address_id: z.number(),
        items: z.array(z.object({ quantity: z.number() })),
      }),
    ),
  })
  .transform(({ order, shipments }) => ({
    id: order.id,
    statusId: order.status_id,
    lines: order.consignments.shipping.flatMap((consignment) => consignment.line_items),
    shipments: shipments.map((shipment) => ({
      number: shipment.tracking_number,
      addressId: shipment.order_address_id,
      units: shipment.items.reduce((sum, item) => sum + item.quantity, 0),
    })),
  }));
export type StoreOrder = z.output<typeof storeOrder>;

const requests = z.object({ total: z.number() });
const mails = z.object({ total: z.number() });

/** @throws LocalError `demo_failed` when the simulator does not know it. */
export async function readStoreOrder(
  simulatorUrl: string,
  storeHash: string,
  orderId: number,
): Promise<StoreOrder> {
  return storeOrder.parse(await read(simulatorUrl, storeHash, `orders/${String(orderId)}`));
}

/** How many orders the store has, how often it was asked, how many mails its shoppers got. */
export async function readStoreTotals(
  simulatorUrl: string,
  storeHash: string,
): Promise<{ orders: number; requests: number; mails: number }> {
  const [orders, asked, sent] = await Promise.all([
    read(simulatorUrl, storeHash, 'orders?fields=id'),
    read(simulatorUrl, storeHash, 'requests'),
    read(simulatorUrl, storeHash, 'mails'),
  ]);
  return {
    orders: z.array(z.unknown()).parse(orders).length,
    requests: requests.parse(asked).total,
    mails: mails.parse(sent).total,
  };
}

async function read(simulatorUrl: string, storeHash: string, what: string): Promise<unknown> {
  const answer = await fetch(`${simulatorUrl}/_control/stores/${storeHash}/${what}`);
  if (!answer.ok)
    throw new LocalError('demo_failed', `The simulator answered ${String(answer.status)} for ${what}.`);
  return answer.json();
}
