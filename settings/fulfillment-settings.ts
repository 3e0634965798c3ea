/** Settings under `fulfillment`: what is written back to the store, when, and what is never touched. */
import { z } from 'zod';
import { CARRIER_TARGET_RULE, COMMON_CARRIERS, readCarrierTarget } from '../domain/carrier-map.ts';
import { SHIPMENT_TRIGGERS } from '../domain/write-back-types.ts';
import { group, setting } from './setting.ts';
import { distinct, statusIds, targetStatus, words } from './value-kinds.ts';

/** Words of tracking that prove that the carrier has the goods; any later word proves it as well. */
const POSSESSION_STATES = [
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'attempt_failed',
  'available_for_pickup',
] as const;

const shipment = group({
  status_side_effect: setting(
    z.enum(['auto', 'accept', 'defer', 'restore']),
    'auto',
    'Creating a shipment makes the store move the order to Shipped. `accept` lets it, `defer` holds the shipment until a shipped rule ' +
      'is met for it, `restore` puts the earlier status back afterwards, `auto` defers only while some shipped rule is on and not met yet.',
    ['Q-35', 'X-3'],
  ),
  multi_parcel: setting(
    z.enum(['lead_and_comments', 'joined']),
    'lead_and_comments',
    'Several parcels of one shipment: the first number as tracking number and the others in the comments, or all of them joined as long as ' +
      'they fit into 50 characters.',
    ['K-13'],
  ),
  partial: setting(
    z.enum(['per_line', 'whole_order']),
    'per_line',
    'Shipments name the lines and quantities of their parcel; `whole_order` waits until everything is on its way and writes all lines at once.',
    ['K-13'],
  ),
});

const status = group({
  shipped_on_writeback: setting(
    z.boolean(),
    true,
    'Sets the shipped status when every needed unit has been written as shipped.',
    ['S-2', 'S-27', 'P-33'],
  ),
  shipped_on_trackable: setting(
    z.boolean(),
    false,
    'Sets the shipped status when the carrier knows every parcel.',
    ['Q-30'],
  ),
  shipped_on_possession: setting(
    z.boolean(),
    false,
    'Sets the shipped status when the carrier has every parcel.',
    ['Q-31'],
  ),
  shipped_target: setting(
    targetStatus,
    2,
    'The status that means shipped in this store: 2 (Shipped) or 10 (Completed).',
    ['S-27', 'S-28', 'X-4'],
  ),
  on_delivered: setting(
    z.boolean(),
    false,
    'Sets the delivered status when every needed unit was delivered.',
    ['Q-33'],
  ),
  delivered_target: setting(
    targetStatus,
    10,
    'The status that means delivered in this store. BigCommerce has no status called Delivered; 10 is Completed.',
    ['Q-33', 'X-4'],
  ),
  on_exception: setting(
    targetStatus.nullable(),
    null,
    'The status set when a parcel needs a person (lost, damaged, refused); null for none.',
    ['Q-45'],
  ),
  on_returned: setting(
    targetStatus.nullable(),
    null,
    'The status set when every parcel came back to the sender; null for none.',
    ['Q-45'],
  ),
});

const pickup = group({
  enabled: setting(
    z.boolean(),
    false,
    'Orders that the shopper collects in the shop: ready and collected set statuses, and no shipment is created for them.',
    ['S-38', 'X-26'],
  ),
  carrier_codes: setting(
    distinct(words(80), 50),
    ['pickup_in_store'],
    'Carriers of upstream that mean collection in the shop.',
    ['S-39'],
  ),
  target_status: setting(targetStatus, 8, 'The status that means ready to be collected.', ['S-39']),
  collected_target: setting(
    targetStatus.nullable(),
    10,
    'The status that means collected; null for leaving it as it is.',
    ['S-40'],
  ),
  write_pickup_record: setting(
    z.boolean(),
    false,
    "Also keeps the store's own record of the collection. Needs the scope Order Fulfillment.",
    ['S-39', 'SC-13'],
  ),
});

export const fulfillment = group({
  push_enabled: setting(
    z.boolean(),
    false,
    'Writes outcomes back to the store. Needs a profile that may write, and a token that may modify orders.',
    ['P-21', 'Q-29'],
  ),
  dry_run: setting(
    z.boolean(),
    false,
    'Plans and shows every write, sends none. What came due meanwhile waits for `waybill approve`.',
    [],
  ),
  trigger: setting(
    distinct(z.enum(SHIPMENT_TRIGGERS), SHIPMENT_TRIGGERS.length).min(1),
    ['label.created', 'shipment.external'],
    'Which facts make a parcel due as a shipment in the store.',
    ['S-2', 'S-41', 'Q-30', 'Q-31', 'P-33', 'X-2'],
  ),
  tracking: group({
    write: setting(
      z.boolean(),
      true,
      'Creates shipments with their tracking numbers in the store. Off: only statuses are written.',
      ['Q-34'],
    ),
    require_number: setting(
      z.boolean(),
      true,
      'A parcel without a tracking number is not written until it has one.',
      ['K-20'],
    ),
  }),
  shipment,
  status,
  delivered_marker: setting(
    z.enum(['none', 'order_metafield', 'staff_note']),
    'order_metafield',
    'How Delivered is told from Completed in the store: a metafield with the time of delivery, a note for the staff, or not at all. ' +
      'Only where `fulfillment.status.on_delivered` is on.',
    ['Q-33', 'X-4'],
  ),
  pickup,
  possession_states: setting(
    distinct(z.enum(POSSESSION_STATES), POSSESSION_STATES.length).refine(
      (states) => states.includes('picked_up'),
      { error: 'picked_up must be among them: every later word proves it as well' },
    ),
    ['picked_up', 'in_transit', 'out_for_delivery'],
    'Tracking words that prove that the carrier has the goods.',
    ['Q-31'],
  ),
  carrier_map: setting(
    z.record(
      z.string().min(1).max(80),
      z
        .string()
        .refine((value) => readCarrierTarget(value) !== null, { error: `expected ${CARRIER_TARGET_RULE}` }),
    ),
    { ...COMMON_CARRIERS },
    'Our carrier words and how the store links to them. Entries given here are added to the common carriers or replace them.',
    ['S-43'],
    { addsToDefault: true },
  ),
  protected_statuses: setting(
    statusIds,
    [4, 5, 6, 13],
    'Store statuses that are never overwritten. 4, 5, 6, 12 and 13 are protected in any case.',
    ['P-35', 'X-25'],
  ),
  respect_manual_change: setting(
    z.boolean(),
    true,
    "A status that a person set in the store counts as that person's decision; see `on_conflict`.",
    ['X-25'],
  ),
  on_conflict: setting(
    z.enum(['skip', 'overwrite', 'ask']),
    'skip',
    "What a write does that stands against a person's decision: is skipped, goes out nevertheless (never backwards), or waits for `waybill approve`.",
    ['X-25'],
  ),
  on_void: setting(
    z.enum(['leave', 'delete_shipment']),
    'leave',
    'What a voided label does to the shipment that was written for it.',
    ['K-14'],
  ),
  void_restore_status: setting(
    z.union([z.enum(['none', 'previous']), targetStatus], {
      error: 'expected none, previous, or a status other than 4, 5 and 14',
    }),
    'previous',
    'The status set after a shipment was deleted because its label was voided: the one before it, a fixed one, or none. Deleting alone ' +
      'leaves the order in Shipped.',
    ['K-14'],
  ),
});
