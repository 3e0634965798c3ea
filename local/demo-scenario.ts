/**
 * What the demonstration does and what the store must look like afterwards. Both tables are written by hand: the second
 * one is what a person who knows the store and the settings would expect, and no code of ours computed any of it.
 */

/** Settings of the demonstration's channel, as an operator would type them. */
export const DEMO_SETTINGS: readonly string[] = [
  // The story asks for its imports itself: one that the full hour began would take the orders before it.
  'orders.import.interval_minutes=1440',
  'orders.import.align_to_clock=false',
  'channel.profile=import_and_writeback',
  'fulfillment.push_enabled=true',
  'fulfillment.status.shipped_on_writeback=false',
  'fulfillment.status.shipped_on_possession=true',
  'fulfillment.status.on_delivered=true',
];

export interface DemoOrder {
  id: number;
  /** A kind that the simulator knows how to make up. */
  kind: string;
  statusId?: number;
  lines?: { sku: string; quantity: number }[];
}

const TWO_AND_ONE = [
  { sku: 'DEMO-MUG', quantity: 2 },
  { sku: 'DEMO-SHIRT', quantity: 1 },
];

export const DEMO_ORDERS: readonly DemoOrder[] = [
  { id: 1001, kind: 'plain', lines: TWO_AND_ONE },
  { id: 1002, kind: 'plain', lines: TWO_AND_ONE },
  { id: 1003, kind: 'plain', lines: TWO_AND_ONE },
  { id: 1004, kind: 'plain', lines: TWO_AND_ONE },
  { id: 1005, kind: 'plain', lines: TWO_AND_ONE },
  { id: 1006, kind: 'two_addresses' },
  { id: 1007, kind: 'mixed' },
  { id: 1008, kind: 'digital', statusId: 11 },
  { id: 1009, kind: 'cod', lines: TWO_AND_ONE },
  { id: 1010, kind: 'cancelled', lines: TWO_AND_ONE },
  { id: 1011, kind: 'incomplete', lines: TWO_AND_ONE },
  { id: 1012, kind: 'pending', lines: TWO_AND_ONE },
  { id: 1013, kind: 'awaiting_payment', lines: TWO_AND_ONE },
  { id: 1014, kind: 'completed', lines: TWO_AND_ONE },
  { id: 1015, kind: 'plain', lines: TWO_AND_ONE },
  { id: 1016, kind: 'plain', lines: TWO_AND_ONE },
  { id: 1017, kind: 'unicode', lines: TWO_AND_ONE },
  { id: 1018, kind: 'plain', lines: TWO_AND_ONE },
  { id: 1019, kind: 'sixty_lines' },
  { id: 1020, kind: 'plain', lines: TWO_AND_ONE },
  { id: 1021, kind: 'plain', lines: TWO_AND_ONE },
  { id: 1022, kind: 'guest', lines: TWO_AND_ONE },
];

/** Ordinary orders beside the named ones, so that the cost per order is that of a page and not of a handful. */
export const DEMO_PLAIN_ORDERS = { firstId: 2001, count: 200 };

export type DemoStep =
  /** One event. `sameTwice` sends the identical body two times at once. */
  | {
      do: 'event';
      via: 'http' | 'cli' | 'signal';
      orderId: number;
      type: string;
      status?: string;
      number: string;
      /** Quantities by SKU; absent is whatever is left. */
      lines?: Record<string, number>;
      /** Minutes after the story's beginning. */
      minute: number;
      sameTwice?: true;
    }
  | { do: 'import'; args: string[] }
  | { do: 'person-ships'; orderId: number; number: string }
  | { do: 'person-sets-status'; orderId: number; statusId: number }
  /** Waits until the store says so: what follows must find it done. */
  | { do: 'until'; orderId: number; statusId?: number; shipments?: number };

const label = (orderId: number, number: string, minute = 10): DemoStep => ({
  do: 'event',
  via: 'http',
  orderId,
  type: 'label.created',
  number,
  minute,
});
const scan = (orderId: number, number: string, status: string, minute: number): DemoStep => ({
  do: 'event',
  via: 'http',
  orderId,
  type: 'tracking.updated',
  status,
  number,
  minute,
});

export const DEMO_STORY: readonly DemoStep[] = [
  // The carrier is faster than the import: kept, and applied when the order arrives.
  label(1015, 'WB-1015'),
  scan(1015, 'WB-1015', 'in_transit', 20),
  scan(1015, 'WB-1015', 'delivered', 60),
  { do: 'import', args: [] },

  label(1001, 'WB-1001'),
  scan(1001, 'WB-1001', 'trackable', 12),
  scan(1001, 'WB-1001', 'in_transit', 20),
  scan(1001, 'WB-1001', 'out_for_delivery', 50),
  scan(1001, 'WB-1001', 'delivered', 60),

  label(1002, 'WB-1002'),
  scan(1002, 'WB-1002', 'in_transit', 20),

  label(1003, 'WB-1003'),

  {
    do: 'event',
    via: 'http',
    orderId: 1004,
    type: 'label.created',
    number: 'WB-1004-A',
    lines: { 'DEMO-MUG': 2 },
    minute: 10,
  },
  {
    do: 'event',
    via: 'http',
    orderId: 1004,
    type: 'label.created',
    number: 'WB-1004-B',
    lines: { 'DEMO-SHIRT': 1 },
    minute: 11,
  },
  scan(1004, 'WB-1004-A', 'in_transit', 20),
  scan(1004, 'WB-1004-B', 'picked_up', 21),

  {
    do: 'event',
    via: 'http',
    orderId: 1005,
    type: 'label.created',
    number: 'WB-1005-A',
    lines: { 'DEMO-MUG': 2 },
    minute: 10,
  },
  {
    do: 'event',
    via: 'http',
    orderId: 1005,
    type: 'label.created',
    number: 'WB-1005-B',
    lines: { 'DEMO-SHIRT': 1 },
    minute: 11,
  },
  scan(1005, 'WB-1005-A', 'in_transit', 20),

  label(1006, 'WB-1006'),
  scan(1006, 'WB-1006', 'delivered', 60),
  label(1007, 'WB-1007'),
  scan(1007, 'WB-1007', 'delivered', 60),
  label(1009, 'WB-1009'),
  scan(1009, 'WB-1009', 'picked_up', 20),

  // The last scan overtakes the others, and everything comes twice.
  {
    do: 'event',
    via: 'http',
    orderId: 1016,
    type: 'tracking.updated',
    status: 'delivered',
    number: 'WB-1016',
    minute: 60,
    sameTwice: true,
  },
  {
    do: 'event',
    via: 'http',
    orderId: 1016,
    type: 'tracking.updated',
    status: 'in_transit',
    number: 'WB-1016',
    minute: 20,
    sameTwice: true,
  },
  {
    do: 'event',
    via: 'http',
    orderId: 1016,
    type: 'label.created',
    number: 'WB-1016',
    minute: 10,
    sameTwice: true,
  },

  // Typed by a person.
  { do: 'event', via: 'cli', orderId: 1017, type: 'label.created', number: 'WB-1017', minute: 10 },
  {
    do: 'event',
    via: 'cli',
    orderId: 1017,
    type: 'tracking.updated',
    status: 'delivered',
    number: 'WB-1017',
    minute: 60,
  },

  // A person shipped it in the control panel, with the number that the carrier reports later: adopted, not repeated.
  { do: 'person-ships', orderId: 1018, number: 'wb 1018' },
  label(1018, 'WB-1018'),
  scan(1018, 'WB-1018', 'delivered', 60),

  label(1019, 'WB-1019'),
  scan(1019, 'WB-1019', 'delivered', 60),

  // The merchant cancels between label and collection: nothing is written any more.
  label(1020, 'WB-1020'),
  { do: 'person-sets-status', orderId: 1020, statusId: 5 },
  { do: 'import', args: ['--ids', '1020'] },
  scan(1020, 'WB-1020', 'in_transit', 30),

  // A plain `temporal workflow signal`.
  label(1021, 'WB-1021'),
  {
    do: 'event',
    via: 'signal',
    orderId: 1021,
    type: 'tracking.updated',
    status: 'in_transit',
    number: 'WB-1021',
    minute: 20,
  },
  { do: 'until', orderId: 1021, statusId: 2, shipments: 1 },
  {
    do: 'event',
    via: 'signal',
    orderId: 1021,
    type: 'tracking.updated',
    status: 'delivered',
    number: 'WB-1021',
    minute: 60,
  },
];

/** One row per named order: the store's status, and each shipment as `number × units`. */
export const DEMO_EXPECTED: readonly { id: number; statusId: number; shipments: string[]; why: string }[] = [
  { id: 1001, statusId: 10, shipments: ['WB-1001 × 3'], why: 'delivered' },
  { id: 1002, statusId: 2, shipments: ['WB-1002 × 3'], why: 'the carrier has it' },
  { id: 1003, statusId: 11, shipments: [], why: 'a label alone ships nothing with these settings' },
  {
    id: 1004,
    statusId: 2,
    shipments: ['WB-1004-A × 2', 'WB-1004-B × 1'],
    why: 'both parcels are with the carrier',
  },
  { id: 1005, statusId: 3, shipments: ['WB-1005-A × 2'], why: 'one of two parcels is with the carrier' },
  {
    id: 1006,
    statusId: 10,
    shipments: ['WB-1006 × 1', 'WB-1006 × 3'],
    why: 'one parcel number, two addresses, delivered',
  },
  { id: 1007, statusId: 10, shipments: ['WB-1007 × 5'], why: 'delivered; the download is not shipped' },
  { id: 1008, statusId: 11, shipments: [], why: 'downloads are not followed' },
  { id: 1009, statusId: 2, shipments: ['WB-1009 × 3'], why: 'cash on delivery, with the carrier' },
  { id: 1010, statusId: 5, shipments: [], why: 'cancelled before: rejected' },
  { id: 1011, statusId: 0, shipments: [], why: 'unfinished checkout: rejected' },
  { id: 1012, statusId: 1, shipments: [], why: 'unfinished checkout: rejected' },
  { id: 1013, statusId: 7, shipments: [], why: 'not paid: rejected' },
  { id: 1014, statusId: 10, shipments: [' × 3'], why: 'finished by a person before: rejected' },
  { id: 1015, statusId: 10, shipments: ['WB-1015 × 3'], why: 'its events came before the order' },
  { id: 1016, statusId: 10, shipments: ['WB-1016 × 3'], why: 'events twice and in the wrong order' },
  { id: 1017, statusId: 10, shipments: ['WB-1017 × 3'], why: 'events typed by a person' },
  { id: 1018, statusId: 10, shipments: ['wb 1018 × 3'], why: "the person's own shipment was adopted" },
  { id: 1019, statusId: 10, shipments: ['WB-1019 × 119'], why: 'sixty lines, beyond what a list page shows' },
  { id: 1020, statusId: 5, shipments: [], why: 'cancelled by the merchant on the way' },
  { id: 1021, statusId: 10, shipments: ['WB-1021 × 3'], why: 'moved by plain Temporal signals' },
  { id: 1022, statusId: 11, shipments: [], why: 'nothing happened yet' },
];

/** Totals of the story, counted by hand over the tables above. */
export const DEMO_TOTALS = {
  seeded: 222,
  imported: 217,
  rejectedByStatus: { 'status 0': 1, 'status 1': 1, 'status 5': 1, 'status 7': 1, 'status 10': 1 },
  rejected: 5,
  delivered: 9,
};
