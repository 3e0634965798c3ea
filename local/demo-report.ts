/** Compares the store with the literal table of the scenario and puts the outcome into words. Pure: facts in, report out. */
import type { DEMO_EXPECTED, DEMO_TOTALS } from './demo-scenario.ts';
import type { StoreOrder } from './demo-store.ts';

export interface DemoOutcome {
  orders: readonly StoreOrder[];
  /** Our stages by order id, as the operator API tells. */
  stages: ReadonlyMap<number, string>;
  seeded: number;
  imported: number;
  rejected: Readonly<Record<string, number>>;
  importCalls: number;
  importSeen: number;
  storeRequests: number;
  mails: number;
}

export interface DemoReport {
  ok: boolean;
  rows: { id: number; ok: boolean; expected: string; found: string; why: string }[];
  totals: { name: string; ok: boolean; expected: string; found: string }[];
  rejected: Readonly<Record<string, number>>;
  duplicates: string[];
  apiCallsPerOrder: number;
  mails: number;
  storeRequests: number;
}

/** Holds the outcome against the tables; every difference makes it not ok. */
export function compareDemo(
  expected: typeof DEMO_EXPECTED,
  totals: typeof DEMO_TOTALS,
  outcome: DemoOutcome,
): DemoReport {
  const rows = expected.map(({ id, statusId, shipments, why }) => {
    const order = outcome.orders.find((candidate) => candidate.id === id);
    const wanted = inWords(statusId, shipments);
    const found =
      order === undefined
        ? 'not in the store'
        : inWords(
            order.statusId,
            order.shipments.map((shipment) => `${shipment.number} × ${String(shipment.units)}`),
          );
    return { id, ok: wanted === found, expected: wanted, found, why };
  });
  const delivered = [...outcome.stages.values()].filter((stage) => stage === 'delivered').length;
  const rejected = Object.values(outcome.rejected).reduce((sum, count) => sum + count, 0);
  const total = (name: string, wanted: number, found: number) => ({
    name,
    ok: wanted === found,
    expected: String(wanted),
    found: String(found),
  });
  const duplicates = findDuplicates(outcome.orders);
  const sums = [
    total('orders seeded', totals.seeded, outcome.seeded),
    total('imported', totals.imported, outcome.imported),
    total('rejected', totals.rejected, rejected),
    total('delivered', totals.delivered, delivered),
    total('duplicate shipments', 0, duplicates.length),
  ];
  return {
    ok: rows.every((row) => row.ok) && sums.every((sum) => sum.ok),
    rows,
    totals: sums,
    rejected: outcome.rejected,
    duplicates,
    apiCallsPerOrder: outcome.importSeen === 0 ? 0 : outcome.importCalls / outcome.importSeen,
    mails: outcome.mails,
    storeRequests: outcome.storeRequests,
  };
}

function inWords(statusId: number, shipments: readonly string[]): string {
  const list = [...shipments].sort().join(', ');
  return `status ${String(statusId)}, ${list === '' ? 'no shipment' : list}`;
}

/** Two shipments of one order to one address with one number: what must never happen. */
function findDuplicates(orders: readonly StoreOrder[]): string[] {
  return orders.flatMap((order) => {
    const keys = order.shipments.map(
      (shipment) => `${String(shipment.addressId)} ${shipment.number.toUpperCase().replaceAll(/[\s-]/g, '')}`,
    );
    return keys
      .filter((key, index) => keys.indexOf(key) !== index)
      .map((key) => `order ${String(order.id)}: ${key}`);
  });
}
