/** Orders, rules and ledger rows that the write-back tests plan with. */
import type { CarrierFact } from '../../domain/carrier-event.ts';
import type { Order } from '../../domain/order.ts';
import type { OrderFacts } from '../../domain/facts.ts';
import { decideOrder } from '../../domain/order-stage.ts';
import { planWriteBack, type PlanInput } from '../../domain/write-back-plan.ts';
import type {
  LedgerEntry,
  StoreOrderView,
  WriteBackPlan,
  WriteBackStep,
  WritingRules,
} from '../../domain/write-back-types.ts';
import { COMMON_CARRIERS } from '../../domain/carrier-map.ts';
import { facts, label, order } from './examples.ts';

export const RULES: WritingRules = {
  profile: 'import_and_writeback',
  pushEnabled: true,
  dryRun: false,
  trigger: ['label.created', 'shipment.external'],
  trackingWrite: true,
  requireNumber: true,
  statusSideEffect: 'auto',
  partial: 'per_line',
  multiParcel: 'lead_and_comments',
  shippedOnWriteback: true,
  shippedOnTrackable: false,
  shippedOnPossession: false,
  possessionStates: ['picked_up', 'in_transit', 'out_for_delivery'],
  shippedTarget: 2,
  onDelivered: false,
  deliveredTarget: 10,
  deliveredMarker: 'none',
  onException: null,
  onReturned: null,
  pickup: {
    enabled: false,
    carrierCodes: ['pickup_in_store'],
    targetStatus: 8,
    collectedTarget: 10,
    writeRecord: false,
  },
  onVoid: 'leave',
  voidRestoreStatus: 'previous',
  protectedStatuses: [4, 5, 6, 13],
  respectManualChange: true,
  onConflict: 'skip',
  carrierMap: { ...COMMON_CARRIERS },
};

export interface Given {
  events?: CarrierFact[];
  order?: Order;
  rules?: Partial<WritingRules>;
  store?: Partial<StoreOrderView>;
  ledger?: LedgerEntry[];
  explained?: number[];
  facts?: Partial<OrderFacts>;
}

export function given({
  events = [],
  order: theOrder = order(),
  rules,
  store,
  ledger = [],
  explained = [11],
  facts: over,
}: Given): PlanInput {
  const view: StoreOrderView = { statusId: 11, shipments: null, shipped: [], ...store };
  const decision = decideOrder(
    facts({
      order: theOrder,
      events,
      store: { statusId: view.statusId, statusExplained: true, shippedByPerson: [] },
      ...over,
    }),
  );
  return {
    order: theOrder,
    decision,
    rules: { ...RULES, ...rules },
    store: view,
    ledger,
    explainedStatuses: explained,
  };
}

export function plan(input: Given): WriteBackPlan {
  return planWriteBack(given(input));
}

export function row(
  step: WriteBackStep,
  state: LedgerEntry['state'],
  over: Partial<LedgerEntry> = {},
): LedgerEntry {
  const { kind, subject, n, body } = step;
  const storeShipmentId =
    state !== 'confirmed'
      ? null
      : body.kind === 'update_shipment'
        ? body.shipmentId
        : body.kind === 'create_shipment'
          ? 500
          : null;
  return {
    id: `${subject}/${String(n)}`,
    kind,
    subject,
    n,
    state,
    blocked: null,
    approved: false,
    body,
    storeShipmentId,
    statusBefore: state === 'sent' || state === 'confirmed' ? 11 : null,
    ...over,
  };
}

export function kinds(result: WriteBackPlan): string[] {
  return result.steps.map((step) => step.kind);
}

export function reasons(result: WriteBackPlan): string[] {
  return result.skipped.map((one) => one.reason);
}

export const printed = [label('9205 5000', { at: 1, carrier: 'USPS', service: 'Priority' })];

/** The ledger after the shipment of `printed` was created. */
export function written(events: CarrierFact[] = printed, over: Given = {}): LedgerEntry[] {
  return plan({ ...over, events })
    .steps.filter((step) => step.kind === 'create_shipment')
    .map((step) => row(step, 'confirmed'));
}
