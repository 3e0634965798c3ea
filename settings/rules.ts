/** From settings to the rules that `domain/` reads. It only renames; it must not decide. */
import { COMMON_CARRIERS } from '../domain/carrier-map.ts';
import type { GateRules } from '../domain/gate.ts';
import type { WriteBackRules } from '../domain/write-back-types.ts';
import type { ChannelSettings } from './channel-settings.ts';

/** The rules of write-back; an import-only channel has none, by type. */
export function writeBackRules(settings: ChannelSettings): WriteBackRules {
  const { profile } = settings.channel;
  if (profile === 'import_only') return { profile };
  const { fulfillment } = settings;
  return {
    profile,
    pushEnabled: fulfillment.push_enabled,
    dryRun: fulfillment.dry_run,
    trigger: fulfillment.trigger,
    trackingWrite: fulfillment.tracking.write,
    requireNumber: fulfillment.tracking.require_number,
    statusSideEffect: fulfillment.shipment.status_side_effect,
    partial: fulfillment.shipment.partial,
    multiParcel: fulfillment.shipment.multi_parcel,
    shippedOnWriteback: fulfillment.status.shipped_on_writeback,
    shippedOnTrackable: fulfillment.status.shipped_on_trackable,
    shippedOnPossession: fulfillment.status.shipped_on_possession,
    possessionStates: fulfillment.possession_states,
    shippedTarget: fulfillment.status.shipped_target,
    onDelivered: fulfillment.status.on_delivered,
    deliveredTarget: fulfillment.status.delivered_target,
    deliveredMarker: fulfillment.delivered_marker,
    onException: fulfillment.status.on_exception,
    onReturned: fulfillment.status.on_returned,
    pickup: {
      enabled: fulfillment.pickup.enabled,
      carrierCodes: fulfillment.pickup.carrier_codes,
      targetStatus: fulfillment.pickup.target_status,
      collectedTarget: fulfillment.pickup.collected_target,
      writeRecord: fulfillment.pickup.write_pickup_record,
    },
    onVoid: fulfillment.on_void,
    voidRestoreStatus: fulfillment.void_restore_status,
    protectedStatuses: fulfillment.protected_statuses,
    respectManualChange: fulfillment.respect_manual_change,
    onConflict: fulfillment.on_conflict,
    carrierMap: { ...COMMON_CARRIERS, ...fulfillment.carrier_map },
  };
}

/** The rules of admission. */
export function gateRules(settings: ChannelSettings): GateRules {
  const { statuses, cod, hold_minutes, own_orders } = settings.orders.import;
  return {
    storefrontIds: settings.connection.bc_channel_ids,
    include: statuses.include,
    exclude: statuses.exclude,
    defaultExclude: statuses.default_exclude,
    holdMinutes: hold_minutes,
    codBypassStatuses: cod.bypass_statuses,
    ownOrders: own_orders,
    ownSource: settings.orders.push.external_source,
  };
}
