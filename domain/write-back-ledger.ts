/**
 * What the ledger's rows mean for the plan. It promises that nothing is planned twice: a confirmed or refused row is
 * never repeated unless its counter rises. It must not look at parcels' progress.
 */
import type { LineQuantity } from './carrier-event.ts';
import type { Shipment } from './facts.ts';
import type { ToldTracking } from './write-back-body.ts';
import type {
  LedgerEntry,
  StoreOrderView,
  WriteBackBlock,
  WriteBackKind,
  WriteBackState,
  WritingRules,
} from './write-back-types.ts';

/** Our shipment's key and the consignment. */
export function shipmentSubject(key: string, orderAddressId: number): string {
  return `${key}@${String(orderAddressId)}`;
}

export function statusSubject(statusId: number): string {
  return `status:${String(statusId)}`;
}

/** The row with the highest counter of a subject. `aliases`: earlier names of the same subject. */
export function latestRow(
  ledger: readonly LedgerEntry[],
  kind: WriteBackKind,
  subjects: readonly string[],
): LedgerEntry | null {
  const rows = ledger.filter((row) => row.kind === kind && subjects.includes(row.subject));
  return rows.reduce<LedgerEntry | null>((last, row) => (last === null || row.n > last.n ? row : last), null);
}

/**
 * All names that a parcel's rows may bear: its key and its numbers, because a replacement that is told late joins a
 * parcel that was already written under its newer number.
 */
export function subjectsOf(shipment: Shipment, orderAddressId: number): string[] {
  return [...new Set([shipment.key, ...shipment.numbers])].map((name) =>
    shipmentSubject(name, orderAddressId),
  );
}

/** Store shipments that we took away again: their rows no longer stand for anything in the store. */
export function deletedIds(ledger: readonly LedgerEntry[]): Set<number> {
  return new Set(
    ledger.flatMap((row) =>
      row.state === 'confirmed' && row.body.kind === 'delete_shipment' ? [row.body.shipmentId] : [],
    ),
  );
}

/**
 * Whether another parcel's label took this store shipment over since (by an update), so that it is not the parcel's any
 * more. Two parcels that both adopted one shipment share it; neither takes it from the other.
 */
export function isTakenOver(
  ledger: readonly LedgerEntry[],
  subjects: readonly string[],
  storeShipmentId: number,
): boolean {
  const about = ledger.filter(
    ({ state, body, storeShipmentId: id }) =>
      (state === 'confirmed' && body.kind === 'create_shipment' && id === storeShipmentId) ||
      ((state === 'confirmed' || state === 'sent') &&
        body.kind === 'update_shipment' &&
        body.shipmentId === storeShipmentId),
  );
  const madeBy = new Set(about.filter((row) => row.kind === 'create_shipment').map((row) => row.subject));
  const shares = subjects.some((subject) => madeBy.has(subject));
  const lastOwn = about.findLastIndex((row) => subjects.includes(row.subject));
  return about
    .slice(lastOwn + 1)
    .some((row) => row.kind === 'update_shipment' && !(shares && madeBy.has(row.subject)));
}

export interface Written {
  storeShipmentId: number;
  created: LedgerEntry | null;
  /** What the shopper was told last. */
  told: ToldTracking;
}

/**
 * The store's shipment of a parcel, and the tracking that was last written to it; null while it has none, also where
 * another parcel's label took it over.
 */
export function writtenShipment(ledger: readonly LedgerEntry[], subjects: readonly string[]): Written | null {
  const gone = deletedIds(ledger);
  const confirmed = ledger.filter(
    (row) =>
      row.state === 'confirmed' &&
      subjects.includes(row.subject) &&
      row.storeShipmentId !== null &&
      !gone.has(row.storeShipmentId) &&
      !isTakenOver(ledger, subjects, row.storeShipmentId),
  );
  const created = latestRow(confirmed, 'create_shipment', subjects);
  // What was told to a shipment that is gone says nothing of the one that was made anew since.
  const since = created === null ? -1 : confirmed.indexOf(created);
  const updates = confirmed
    .filter(
      (row, at) =>
        row.kind === 'update_shipment' && (at > since || row.storeShipmentId === created?.storeShipmentId),
    )
    .sort((a, b) => a.n - b.n);
  const last = updates.at(-1) ?? created;
  if (last?.storeShipmentId === undefined || last.storeShipmentId === null) return null;
  let told: ToldTracking = { trackingNumber: '', trackingUrl: '', comments: '' };
  for (const { body } of created === null ? updates : [created, ...updates]) {
    if (body.kind !== 'create_shipment' && body.kind !== 'update_shipment') continue;
    const { trackingNumber, trackingUrl, comments = told.comments } = body;
    told = { trackingNumber, trackingUrl, comments };
  }
  return { storeShipmentId: last.storeShipmentId, created, told };
}

/** The last create of the ledger that put this shipment into the store; null for one that we adopted by an update. */
export function createdRow(ledger: readonly LedgerEntry[], storeShipmentId: number): LedgerEntry | null {
  return (
    ledger.findLast(
      (row) =>
        row.kind === 'create_shipment' &&
        row.state === 'confirmed' &&
        row.storeShipmentId === storeShipmentId,
    ) ?? null
  );
}

/** The counter of a step: the same row while it waits, a new one after an end. */
export function nextCount(row: LedgerEntry | null): number {
  if (row === null) return 0;
  return row.state === 'planned' || row.state === 'superseded' ? row.n : row.n + 1;
}

/** Units per line that are in the store or on their way there: a person's, our confirmed ones, and what was sent. */
export function unitsInStore(ledger: readonly LedgerEntry[], store: StoreOrderView): Map<number, number> {
  const units = new Map<number, number>();
  const ids = store.shipments?.map((one) => one.shipmentId) ?? null;
  const add = (lines: readonly LineQuantity[], to: Map<number, number>) => {
    for (const line of lines) to.set(line.orderProductId, (to.get(line.orderProductId) ?? 0) + line.quantity);
  };
  const confirmed = new Map<number, number>();
  const sent = new Map<number, number>();
  const deleted = deletedIds(ledger);
  for (const row of ledger) {
    if (row.body.kind !== 'create_shipment') continue;
    if (row.storeShipmentId !== null && deleted.has(row.storeShipmentId)) continue;
    if (row.state === 'sent') add(row.body.items, sent);
    // A shipment that is no longer in the store was deleted by a person: its units are free again.
    const stillThere = ids === null || row.storeShipmentId === null || ids.includes(row.storeShipmentId);
    // Which one went is not known where the store only counts fewer than there were: then its count is the answer.
    if (row.state === 'confirmed' && stillThere && store.countsFewer !== true) add(row.body.items, confirmed);
  }
  add(store.shipped, units);
  for (const [line, quantity] of confirmed) units.set(line, Math.max(units.get(line) ?? 0, quantity));
  for (const [line, quantity] of sent) units.set(line, (units.get(line) ?? 0) + quantity);
  return units;
}

/**
 * Why a planned step is not due. A row that came due while push was off or in dry run stays blocked until a person
 * approves it, so that no shopper gets a month of mails at once (design section 6, "Switching on is quiet").
 */
export function blockOf(rules: WritingRules, row: LedgerEntry | null, asks: boolean): WriteBackBlock | null {
  const planned = row?.state === 'planned' ? row : null;
  if (planned?.blocked === 'auth' || planned?.blocked === 'channel') return planned.blocked;
  if (!rules.pushEnabled) return 'push_off';
  if (rules.dryRun) return 'dry_run';
  if (planned?.approved === true) return null;
  if (asks) return 'ask';
  return planned?.blocked === 'push_off' || planned?.blocked === 'dry_run' ? planned.blocked : null;
}

/**
 * The one row to work on now. Rows come in the plan's order; a `sent` one is settled before anything else is asked,
 * blocked ones are passed over, and a row that waits lets nothing overtake it. `dueAt`: when the clock alone makes the
 * next one due.
 */
export function nextDue<
  Row extends { state: WriteBackState; blocked: WriteBackBlock | null; notBefore: string | null },
>(rows: readonly Row[], now: string): { due: Row | null; dueAt: string | null } {
  const next =
    rows.find((row) => row.state === 'sent') ??
    rows.find((row) => row.state === 'planned' && row.blocked === null);
  if (next === undefined) return { due: null, dueAt: null };
  return next.notBefore !== null && next.notBefore > now
    ? { due: null, dueAt: next.notBefore }
    : { due: next, dueAt: null };
}
