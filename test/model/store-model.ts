// What one order must look like in the store after any history: a second, much simpler reading of the rules, written
// down without looking at ours. It imports nothing of the product, and the check of the arrows keeps it so.

export interface Rules {
  /** Which fact makes a parcel due: its label, or the carrier's first scan. */
  due: 'label' | 'scan';
  onVoid: 'leave' | 'delete';
  /** Status that delivery sets, or null. */
  delivered: number | null;
}

export type Fact =
  { kind: 'label' | 'void' | 'in_transit' | 'delivered' } | { kind: 'replace'; number: string };

/** One parcel's fact as it is told: `at` is its place in the order of events, whenever it arrives. */
export interface Told {
  parcel: number;
  at: number;
  fact: Fact;
}

interface Shipment {
  parcel: number;
  number: string;
  units: number;
}

const PROTECTED = [4, 5, 6, 12, 13];
const CLOSED = [4, 5, 6];
const SHIPPED = [2, 3];
const RANKS: Record<number, number> = { 7: 0, 11: 1, 9: 2, 3: 3, 8: 3, 2: 4, 10: 5 };
const rank = (status: number): number => RANKS[status] ?? 0;
const waiting = (status: number): boolean => [7, 9, 11].includes(status);

/** The order in the store, and how many mails our writes sent. */
export class StoreModel {
  status = 11;
  shipments: Shipment[] = [];
  mails = 0;
  #told: Told[] = [];
  /** Statuses that are the start or our own doing. */
  #ours: number[] = [11];
  #before = 11;
  #closed = false;
  #statusesSet: number[] = [];
  readonly #rules: Rules;
  /** Units of each parcel; together the order's. */
  readonly #units: readonly number[];
  readonly #numbers: readonly string[];

  constructor(rules: Rules, units: readonly number[], numbers: readonly string[]) {
    this.#rules = rules;
    this.#units = units;
    this.#numbers = numbers;
  }

  personSets(status: number): void {
    this.status = status;
    if (status === 10 || (CLOSED.includes(status) && !this.#anyMoved())) this.#closed = true;
    this.#settle();
  }

  hear(told: Told): void {
    if (this.#told.some((one) => one.parcel === told.parcel && one.at === told.at)) return;
    // An order that is over is not taken apart again by a label that is voided late.
    if (this.#closed && told.fact.kind === 'void') return;
    this.#told.push(told);
    this.#settle();
  }

  #facts(parcel: number): Fact[] {
    return this.#told
      .filter((one) => one.parcel === parcel)
      .sort((a, b) => a.at - b.at)
      .map((one) => one.fact);
  }

  #is(parcel: number, kind: Fact['kind']): boolean {
    return this.#facts(parcel).some((fact) => fact.kind === kind);
  }

  #voided(parcel: number): boolean {
    const last = this.#facts(parcel).findLast((fact) => ['label', 'void', 'replace'].includes(fact.kind));
    return last?.kind === 'void';
  }

  #anyMoved(): boolean {
    return this.#units.some(
      (_, parcel) =>
        !this.#voided(parcel) && (this.#is(parcel, 'in_transit') || this.#is(parcel, 'delivered')),
    );
  }

  #number(parcel: number): string {
    const replaced = this.#facts(parcel).findLast((fact) => fact.kind === 'replace');
    return replaced?.kind === 'replace' ? replaced.number : (this.#numbers[parcel] ?? '');
  }

  #isDue(parcel: number): boolean {
    const scanned = this.#is(parcel, 'in_transit') || this.#is(parcel, 'delivered');
    if (this.#rules.due === 'scan') return scanned;
    return scanned || this.#is(parcel, 'label') || this.#is(parcel, 'replace');
  }

  #byPerson(target: number): boolean {
    const known = this.#ours.some((one) => one === this.status || (waiting(one) && waiting(this.status)));
    if (known) return false;
    const lowest = Math.min(...this.#ours.map(rank));
    return rank(this.status) >= rank(target) || rank(this.status) < lowest;
  }

  #shippedUnits(): number {
    return this.shipments.reduce((sum, one) => sum + one.units, 0);
  }

  #set(status: number): void {
    this.status = status;
    this.#ours = [status];
    this.mails += 1;
  }

  /** Everything that follows from what is known, until nothing does. */
  #settle(): void {
    const all = this.#units.reduce((sum, units) => sum + units, 0);
    this.#units.forEach((units, parcel) => {
      const written = this.shipments.find((one) => one.parcel === parcel);
      if (this.#voided(parcel) || !this.#isDue(parcel)) return;
      if (written !== undefined) {
        if (!CLOSED.includes(this.status)) written.number = this.#number(parcel);
        return;
      }
      // A new label for as many units as a voided one left in the store takes that shipment over.
      const left = this.shipments.find((one) => this.#voided(one.parcel) && one.units === units);
      if (left !== undefined) {
        if (!CLOSED.includes(this.status)) Object.assign(left, { parcel, number: this.#number(parcel) });
        return;
      }
      if (PROTECTED.includes(this.status) || rank(this.status) > rank(2) || this.#byPerson(2)) return;
      if (!SHIPPED.includes(this.status)) this.#before = this.status;
      this.shipments.push({ parcel, number: this.#number(parcel), units });
      this.status = this.#shippedUnits() === all ? 2 : 3;
      this.#ours = SHIPPED;
      this.mails += 1;
    });
    const deleted = this.#deleteVoided();
    const arrived = this.#units
      .map((units, parcel) => (!this.#voided(parcel) && this.#is(parcel, 'delivered') ? units : 0))
      .reduce((sum, units) => sum + units, 0);
    if (arrived === all) this.#reach(this.#rules.delivered);
    else if (this.shipments.length > 0 && this.#shippedUnits() === all) this.#reach(2);
    else if (deleted) this.#putBack();
    if (arrived === all) this.#closed = true;
  }

  #deleteVoided(): boolean {
    if (this.#rules.onVoid === 'leave' || CLOSED.includes(this.status)) return false;
    const kept = this.shipments.filter((one) => !this.#voided(one.parcel));
    const some = kept.length < this.shipments.length;
    this.shipments = kept;
    return some;
  }

  #putBack(): void {
    const target = this.#shippedUnits() > 0 ? 3 : this.#before;
    const known = this.#ours.some((one) => one === this.status || (waiting(one) && waiting(this.status)));
    if (this.status === target || PROTECTED.includes(this.status) || !known) return;
    this.#set(target);
  }

  #reach(target: number | null): void {
    if (target === null || this.status === target || this.#statusesSet.includes(target)) return;
    if (PROTECTED.includes(this.status) || rank(this.status) >= rank(target) || this.#byPerson(target))
      return;
    this.#statusesSet.push(target);
    this.#set(target);
  }
}
