// What one order must look like in the store after any history: a second, much simpler reading of the design, written
// down without looking at ours. It imports nothing of the product, and the check of the arrows keeps it so.
import { parcelOf, type Parcel, type Stage, type Told } from './parcel-model.ts';

export interface Rules {
  /** Which fact makes a parcel due: its label (or anything that proves one), the manifest, the carrier's first scan. */
  due: 'label' | 'manifest' | 'scan';
  onVoid: 'leave' | 'delete';
  /** Status that delivery sets, or null. */
  delivered: number | null;
}

/** What is ordered, and how upstream packs it. */
export interface Ordered {
  quantity: number;
  /** Units of each parcel, and the number on its first label; no parcels for an order that is collected in the shop. */
  units: readonly number[];
  numbers: readonly string[];
}

/** What a person does in the store. */
export type Edit =
  | { kind: 'status'; status: number }
  | { kind: 'ship'; units: number; number: string }
  | { kind: 'unship'; number: string }
  | { kind: 'refund'; units: number };

interface Shipment {
  /** Null for one that a person made. */
  parcel: number | null;
  number: string;
  units: number;
}

const PROTECTED = [4, 5, 6, 12, 13];
const CLOSING = [4, 5, 6];
const SHIPPED = [2, 3];
const WAITING = [7, 9, 11];
const PART_REFUNDED = 14;
/** Refunded, cancelled, partially refunded: the design never writes them, so nothing leads back to one either. */
const NEVER_WRITTEN = [4, 5, PART_REFUNDED];
const RANKS: Record<number, number> = { 0: 0, 1: 0, 7: 0, 12: 0, 11: 1, 9: 2, 3: 3, 8: 3, 2: 4, 10: 5 };
const rank = (status: number): number => RANKS[status] ?? 0;
const LEVELS: readonly Stage[] = ['imported', 'trackable', 'shipped', 'delivered', 'returned'];
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** The order in the store, and how many mails our writes sent. */
export class StoreModel {
  status = 11;
  shipments: Shipment[] = [];
  mails = 0;
  stage: Stage = 'imported';
  #told: Told[] = [];
  /** Told by number only, before any fact told whose number it is. */
  #waiting: Told[] = [];
  #known: boolean;
  #refunded = 0;
  /** The statuses that are the start or our own doing. */
  #ours: number[] = [11];
  #before = 11;
  /** Units of the parcels that were written: what a person deleted since is not written again. */
  readonly #written = new Map<number, number>();
  readonly #reached = new Set<number>();
  /** Voided parcels whose shipment was deleted, and whose status has not followed yet; a new label ends the wish. */
  #back = new Set<number>();
  readonly #rules: Rules;
  readonly #ordered: Ordered;

  constructor(rules: Rules, ordered: Ordered, known = true) {
    this.#rules = rules;
    this.#ordered = ordered;
    this.#known = known;
  }

  /** The order is read for the first time. */
  meet(): void {
    this.#known = true;
    this.#settle();
  }

  hear(told: Told): void {
    const same = (one: Told): boolean => one.parcel === told.parcel && one.at === told.at;
    if (this.#told.some(same) || this.#waiting.some(same)) return;
    const named = this.#told.some((one) => one.parcel === told.parcel);
    if (told.byNumber && !named) {
      this.#waiting.push(told);
      return;
    }
    const brought = named ? [] : this.#waiting.filter((one) => one.parcel === told.parcel);
    const before = this.#told;
    this.#told = [...before, told, ...brought];
    this.#waiting = this.#waiting.filter((one) => !brought.includes(one));
    if (!this.#known) return;
    // An order that is over stays so, unless its goods came back or something is left to write.
    const late = this.#isOver() && this.#lateFor();
    if (late) this.#told = before;
    else this.#settle();
  }

  person(edit: Edit): void {
    const wasClosing = CLOSING.includes(this.status);
    this.#edit(edit);
    const reopened = wasClosing && !CLOSING.includes(this.status);
    if (reopened) this.stage = this.#derived();
    else if (this.#isOver() && this.#lateFor()) return;
    this.#settle();
  }

  /** Units that a person could still put into a shipment. */
  room(): number {
    return Math.max(0, this.#ordered.quantity - this.#refunded - this.#inStore());
  }

  #edit(edit: Edit): void {
    switch (edit.kind) {
      case 'status':
        this.status = edit.status;
        return;
      case 'ship':
        this.#ship({ parcel: null, number: edit.number, units: edit.units });
        return;
      case 'unship':
        this.shipments = this.shipments.filter((one) => one.number !== edit.number);
        return;
      case 'refund':
        this.#refunded += edit.units;
        this.status = this.#refunded >= this.#ordered.quantity ? 4 : PART_REFUNDED;
    }
  }

  // ---- what is known

  #needed(): number {
    return this.#ordered.quantity - this.#refunded;
  }

  #inStore(): number {
    return sum(this.shipments.map((one) => one.units));
  }

  /** Parcels in the order in which they began, with the units that they hold of what is needed. */
  #parcels(): (Parcel & { holds: number })[] {
    const parcels = this.#ordered.units
      .map((_, index) => parcelOf(index, this.#told, this.#ordered.numbers[index] ?? ''))
      .filter((one) => one.began < Infinity)
      .sort((a, b) => a.began - b.began || a.index - b.index);
    let left = this.#needed();
    const holds = new Map<number, number>();
    // What came back is served last, so that a refund takes its units away first.
    for (const one of [...parcels.filter((p) => !p.returned), ...parcels.filter((p) => p.returned)]) {
      const units = one.voided ? 0 : Math.min(left, this.#ordered.units[one.index] ?? 0);
      holds.set(one.index, units);
      left -= units;
    }
    return parcels.map((one) => ({ ...one, holds: holds.get(one.index) ?? 0 }));
  }

  /** Level of each needed unit. */
  #levels(): Stage[] {
    const units = this.#parcels().flatMap((one) => Array.from({ length: one.holds }, () => one.level));
    const counter = this.#counter();
    while (units.length < this.#needed()) units.push(counter ?? 'imported');
    const index = (level: Stage): number => LEVELS.indexOf(level);
    let byPerson = this.#inStore() - sum([...this.#written.values()]);
    const lifted = units
      .sort((a, b) => index(a) - index(b))
      .map((level) => {
        if (byPerson <= 0 || index(level) >= index('shipped')) return level;
        byPerson -= 1;
        return 'shipped';
      });
    const floor = this.#explained()
      ? 'imported'
      : this.status === 10
        ? 'delivered'
        : this.status === 2
          ? 'shipped'
          : 'imported';
    return lifted.map((level) => (index(level) < index(floor) ? floor : level));
  }

  /** What the counter of the shop says, for an order that is collected there. */
  #counter(): Stage | null {
    const said = this.#told.filter((one) => one.parcel === -1).map((one) => one.fact.kind);
    return said.includes('collected') ? 'delivered' : said.includes('ready') ? 'trackable' : null;
  }

  #derived(): Stage {
    const levels = this.#levels();
    const index = (level: Stage): number => LEVELS.indexOf(level);
    const moved = levels.some((level) => index(level) >= index('shipped'));
    if (levels.length === 0) {
      const gone = this.#parcels().filter((one) => !one.voided && index(one.level) >= index('shipped'));
      if (gone.length > 0) return gone.every((one) => one.returned) ? 'returned' : 'delivered';
      return this.#inStore() > 0 ? 'delivered' : 'cancelled';
    }
    if (CLOSING.includes(this.status) && !moved) return 'cancelled';
    return LEVELS[Math.min(...levels.map(index))] ?? 'imported';
  }

  /** The stage never falls but for a voided label that it rested on (and for what `person` says). */
  #next(): Stage {
    const derived = this.#derived();
    const index = (level: Stage): number => LEVELS.indexOf(level);
    if (this.stage === 'cancelled') return 'cancelled';
    if (derived === 'cancelled') return index(this.stage) <= index('trackable') ? 'cancelled' : this.stage;
    const rested = this.#parcels().some((one) => one.voided && index(one.level) >= index(this.stage));
    return index(derived) > index(this.stage) || rested ? derived : this.stage;
  }

  #isOver(): boolean {
    return ['delivered', 'cancelled', 'returned'].includes(this.stage);
  }

  /** Whether what was just learned of an order that is over is only kept. */
  #lateFor(): boolean {
    const next = this.#next();
    if (next === this.stage || next === 'returned') return false;
    return this.#dueWrite(next) === null;
  }

  // ---- what follows

  #settle(): void {
    for (;;) {
      this.stage = this.#next();
      const write = this.#dueWrite(this.stage);
      if (write === null) return;
      write();
    }
  }

  /** The one write that is due now; null: nothing is. */
  #dueWrite(stage: Stage): (() => void) | null {
    if (stage === 'cancelled') return null;
    for (const parcel of this.#parcels()) {
      if (parcel.voided || parcel.holds === 0) continue;
      const write = this.#written.has(parcel.index) ? this.#dueNumber(parcel) : this.#dueShipment(parcel);
      if (write !== null) return write;
    }
    return this.#dueDeletion() ?? this.#dueStatus();
  }

  #dueNumber(parcel: Parcel): (() => void) | null {
    const own = this.shipments.find((one) => one.parcel === parcel.index);
    if (own === undefined || own.number === parcel.number || CLOSING.includes(this.status)) return null;
    return () => {
      own.number = parcel.number;
    };
  }

  #isDue(parcel: Parcel): boolean {
    if (parcel.returned) return false;
    if (this.#rules.due === 'manifest') return parcel.manifested;
    return this.#rules.due === 'scan' ? parcel.possessed : parcel.labelled;
  }

  #dueShipment(parcel: Parcel & { holds: number }): (() => void) | null {
    if (!this.#isDue(parcel)) return null;
    const { index, number, holds } = parcel;
    const there = this.shipments.find((one) => one.parcel === null && one.number === number);
    const room = Math.max(0, this.#needed() - this.#inStore());
    if (there !== undefined) {
      return () => {
        there.parcel = index;
        this.#written.set(index, there.units);
        if (SHIPPED.includes(this.status)) this.#ours = SHIPPED;
      };
    }
    const voided = this.#parcels()
      .filter((one) => one.voided)
      .map((one) => one.index);
    const left = this.shipments.filter((one) => one.parcel !== null && voided.includes(one.parcel));
    // A new label for as many units as a voided one left in the store takes that shipment over.
    const same = left.find((one) => one.units === holds);
    if (same !== undefined) {
      if (CLOSING.includes(this.status)) return null;
      return () => {
        this.#written.delete(same.parcel ?? -1);
        this.#written.set(index, same.units);
        Object.assign(same, { parcel: index, number });
      };
    }
    const [first] = left;
    if (first !== undefined && room < holds && !CLOSING.includes(this.status))
      return () => this.#delete(first.parcel ?? -1);
    const units = Math.min(holds, room);
    if (units === 0 || PROTECTED.includes(this.status) || rank(this.status) > rank(2) || this.#byPerson(2))
      return null;
    return () => {
      if (!SHIPPED.includes(this.status)) this.#before = this.status;
      this.#ship({ parcel: index, number, units });
      this.#written.set(index, units);
      this.#ours = SHIPPED;
      this.mails += 1;
    };
  }

  #ship(shipment: Shipment): void {
    this.shipments.push(shipment);
    this.status = this.#inStore() + this.#refunded >= this.#ordered.quantity ? 2 : 3;
  }

  /** Takes a voided parcel's shipment away, if a person did not do so before. */
  #delete(parcel: number): void {
    this.shipments = this.shipments.filter((one) => one.parcel !== parcel);
    this.#written.delete(parcel);
    this.#back.add(parcel);
  }

  #dueDeletion(): (() => void) | null {
    if (this.#rules.onVoid === 'leave' || CLOSING.includes(this.status)) return null;
    const gone = this.#parcels().find((one) => one.voided && this.#written.has(one.index));
    return gone === undefined ? null : () => this.#delete(gone.index);
  }

  #dueStatus(): (() => void) | null {
    const target = this.#target();
    if (target !== null) return this.#dueForward(target);
    if (!this.#parcels().some((one) => one.voided && this.#back.has(one.index))) return null;
    const back = this.#inStore() > 0 ? 3 : this.#before;
    if (this.status === back || PROTECTED.includes(this.status) || this.status === PART_REFUNDED) return null;
    if (!this.#explained() || NEVER_WRITTEN.includes(back)) return null;
    return () => {
      this.#back.clear();
      this.#reached.clear();
      this.#set(back);
    };
  }

  /** The status that progress asks for. */
  #target(): number | null {
    const levels = this.#levels();
    const counter = this.#counter();
    const arrived = levels.every((level) => level === 'delivered' || level === 'returned');
    const somewhere = levels.includes('delivered');
    const goingBack = this.#parcels().some((one) => !one.voided && one.returning);
    if (this.#rules.delivered !== null && arrived && somewhere && !goingBack) return this.#rules.delivered;
    if (counter !== null) return levels.length === 0 ? null : counter === 'delivered' ? 10 : 8;
    if (levels.length > 0 && levels.every((level) => level === 'returned')) return null;
    const ours = this.#parcels().some((one) => one.holds > 0 && this.#written.has(one.index));
    return ours && this.#inStore() >= this.#needed() ? 2 : null;
  }

  #dueForward(target: number): (() => void) | null {
    if (this.status === target || this.#reached.has(target)) return null;
    if (PROTECTED.includes(this.status) || this.status === PART_REFUNDED) return null;
    if (rank(this.status) >= rank(target) || this.#byPerson(target)) return null;
    return () => {
      this.#reached.add(target);
      this.#set(target);
    };
  }

  #set(status: number): void {
    this.status = status;
    this.#ours = [status];
    this.mails += 1;
  }

  /** Whether the status is the start or our own doing; the waiting ones count as one. */
  #explained(): boolean {
    return this.#ours.some(
      (one) => one === this.status || (WAITING.includes(one) && WAITING.includes(this.status)),
    );
  }

  /** Whether the status is a person's decision against this target. */
  #byPerson(target: number): boolean {
    if (this.#explained() || this.status === PART_REFUNDED) return false;
    if (PROTECTED.includes(this.status)) return true;
    const now = rank(this.status);
    const lowest = Math.min(...this.#ours.map(rank));
    return now >= rank(target) || now < lowest || (now === lowest && now >= rank(3));
  }
}
