// What one order must look like in the store after any history: a second, much simpler reading of the design, written
// down without looking at ours. It imports nothing of the product, and the check of the arrows keeps it so.
import { parcelOf, type Heard, type Parcel, type Stage, type Told } from './parcel-model.ts';
import { beyond, covers, least, same, share, sumOf, total, type Units } from './units.ts';

export interface Rules {
  /** Which fact makes a parcel due: its label (or anything that proves one), the manifest, the carrier's first scan. */
  due: 'label' | 'manifest' | 'scan';
  onVoid: 'leave' | 'delete';
  /** Status that delivery sets, or null. */
  delivered: number | null;
  /** Status while a parcel is in trouble, and when all came back; absent: none. */
  onException?: number;
  onReturned?: number;
  /** What stands against a person's decision is asked, not left out. */
  asks?: true;
}

/** What is ordered, and how upstream packs it. */
export interface Ordered {
  /** Quantity and shipping address of each line. */
  lines: readonly { quantity: number; address: number }[];
  /** Units of each parcel, and the number on its first label; no parcels for an order that is collected in the shop. */
  parcels: readonly Units[];
  numbers: readonly string[];
}

/** What a person does in the store. */
export type Edit =
  | { kind: 'status'; status: number }
  | { kind: 'ship'; address: number; units: Units; number: string }
  | { kind: 'unship'; address: number; number: string }
  | { kind: 'refund'; line: number; units: number }
  /** Lets go out what stands against a person's decision. */
  | { kind: 'approve' };

export interface Shipment {
  /** Null for one that a person made. */
  parcel: number | null;
  address: number;
  number: string;
  units: Units;
}

/** A parcel's part of one address, which is a shipment of its own in the store. */
interface Part extends Parcel {
  address: number;
  /** Of the part. */
  holds: Units;
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
/** Whether a status of the store tells of more progress than another. */
export const furtherThan = (status: number, other: number): boolean => rank(status) > rank(other);
const LEVELS: readonly Stage[] = ['imported', 'trackable', 'shipped', 'delivered', 'returned'];
const index = (level: Stage): number => LEVELS.indexOf(level);
const keyOf = ({ parcel, address }: Pick<Shipment, 'parcel' | 'address'>): string =>
  `${String(parcel)}@${String(address)}`;

/** The order in the store, and how many mails our writes sent. */
export class StoreModel {
  status = 11;
  shipments: Shipment[] = [];
  mails = 0;
  stage: Stage = 'imported';
  #told: Heard[] = [];
  /** Told by number only, before any fact told whose number it is. */
  #waiting: Heard[] = [];
  #known: boolean;
  #refunded: Units;
  /** The statuses that are the start or our own doing. */
  #ours: number[] = [11];
  #before = 11;
  /** Units of the parts that were written: what a person deleted since is not written again. */
  readonly #written = new Map<string, Units>();
  readonly #reached = new Set<number>();
  /** Troubles and returns that a status answered. */
  readonly #answered = new Set<string>();
  /** Voided parts whose shipment was deleted, and whose status has not followed yet; a new label ends the wish. */
  #back = new Set<string>();
  #approved = false;
  /** Some shipment waits for a person's word. */
  #asking = false;
  readonly #rules: Rules;
  readonly #ordered: Ordered;

  constructor(rules: Rules, ordered: Ordered, known = true) {
    this.#rules = rules;
    this.#ordered = ordered;
    this.#known = known;
    this.#refunded = ordered.lines.map(() => 0);
  }

  /** The order is read for the first time. */
  meet(): void {
    this.#known = true;
    this.#settle();
  }

  hear(told: Told): void {
    if (told.recycled === true) return;
    const known = (one: Told): boolean => one.parcel === told.parcel && one.at === told.at;
    if (this.#told.some(known) || this.#waiting.some(known)) return;
    const own = this.#told.filter((one) => one.parcel === told.parcel);
    const heard: Heard = { ...told, early: !own.some((one) => one.fact.kind === 'replace') };
    const named = own.length > 0;
    if (told.byNumber && !named) {
      this.#waiting.push(heard);
      return;
    }
    const brought = named ? [] : this.#waiting.filter((one) => one.parcel === told.parcel);
    const before = this.#told;
    this.#told = [...before, heard, ...brought];
    this.#waiting = this.#waiting.filter((one) => !brought.includes(one));
    if (!this.#known) return;
    // An order that is over stays so, unless its goods came back or something is left to write.
    const late = this.#isOver() && this.#lateFor();
    if (late) this.#told = before;
    else this.#settle();
  }

  person(edit: Edit): void {
    if (edit.kind === 'approve') {
      this.#approved = true;
      this.#settle();
      this.#approved = false;
      return;
    }
    const wasClosing = CLOSING.includes(this.status);
    this.#edit(edit);
    const reopened = wasClosing && !CLOSING.includes(this.status);
    if (reopened) this.stage = this.#derived();
    else if (this.#isOver() && this.#lateFor()) return;
    this.#settle();
  }

  /** Units that a person could still put into a shipment. */
  room(): Units {
    return beyond(this.#needed(), this.#inStore());
  }

  /** The address of the first line of which there are units. */
  addressOf(units: Units): number {
    return this.#ordered.lines[units.findIndex((one) => one > 0)]?.address ?? 0;
  }

  /** These units without those of other addresses. */
  at(address: number, units: Units): Units {
    return units.map((one, line) => (this.#ordered.lines[line]?.address === address ? one : 0));
  }

  #edit(edit: Exclude<Edit, { kind: 'approve' }>): void {
    switch (edit.kind) {
      case 'status':
        this.status = edit.status;
        return;
      case 'ship':
        this.#ship({ parcel: null, address: edit.address, number: edit.number, units: edit.units });
        return;
      case 'unship':
        this.shipments = this.shipments.filter(
          (one) => one.number !== edit.number || one.address !== edit.address,
        );
        return;
      case 'refund':
        this.#refunded = this.#refunded.map((units, line) =>
          line === edit.line ? units + edit.units : units,
        );
        this.status = total(this.#needed()) === 0 ? 4 : PART_REFUNDED;
    }
  }

  // ---- what is known

  #needed(): Units {
    return beyond(
      this.#ordered.lines.map((line) => line.quantity),
      this.#refunded,
    );
  }

  #inStore(): Units {
    return this.#sum(this.shipments.map((one) => one.units));
  }

  #sum(all: readonly Units[]): Units {
    return sumOf(this.#ordered.lines.length, all);
  }

  /** Parcels in the order in which they began, with the units that they hold of what is needed. */
  #parcels(): (Parcel & { holds: Units })[] {
    const parcels = this.#ordered.parcels
      .map((_, parcel) => parcelOf(parcel, this.#told, this.#ordered.numbers[parcel] ?? ''))
      .filter((one) => one.began < Infinity)
      .sort((a, b) => a.began - b.began || a.index - b.index);
    let left = this.#needed();
    const holds = new Map<number, Units>();
    // What came back is served last, so that a refund takes its units away first.
    for (const one of [...parcels.filter((p) => !p.returned), ...parcels.filter((p) => p.returned)]) {
      const units = one.voided ? [] : (this.#ordered.parcels[one.index] ?? []);
      holds.set(one.index, least(left, units));
      left = beyond(left, units);
    }
    return parcels.map((one) => ({ ...one, holds: holds.get(one.index) ?? [] }));
  }

  /** The parcels' parts in the order in which they are written. */
  #parts(): Part[] {
    const addresses = [...new Set(this.#ordered.lines.map((line) => line.address))].sort((a, b) => a - b);
    return this.#parcels().flatMap((one) =>
      addresses.map((address) => ({ ...one, address, holds: this.at(address, one.holds) })),
    );
  }

  /** Level of each needed unit. */
  #levels(): Stage[] {
    const byPerson = beyond(this.#inStore(), this.#sum([...this.#written.values()]));
    const floor = this.#explained()
      ? 'imported'
      : this.status === 10
        ? 'delivered'
        : this.status === 2
          ? 'shipped'
          : 'imported';
    const parcels = this.#parcels();
    return this.#needed()
      .flatMap((needed, line) => {
        const units = parcels.flatMap((one) => Array.from({ length: one.holds[line] ?? 0 }, () => one.level));
        while (units.length < needed) units.push(this.#counter() ?? 'imported');
        return lifted(units, byPerson[line] ?? 0);
      })
      .map((level) => (index(level) < index(floor) ? floor : level));
  }

  /** What the counter of the shop says, for an order that is collected there. */
  #counter(): Stage | null {
    const said = this.#told.filter((one) => one.parcel === -1).map((one) => one.fact.kind);
    return said.includes('collected') ? 'delivered' : said.includes('ready') ? 'trackable' : null;
  }

  #derived(): Stage {
    const levels = this.#levels();
    const moved = levels.some((level) => index(level) >= index('shipped'));
    if (levels.length === 0) {
      const gone = this.#parcels().filter((one) => !one.voided && index(one.level) >= index('shipped'));
      if (gone.length > 0) return gone.every((one) => one.returned) ? 'returned' : 'delivered';
      return total(this.#inStore()) > 0 ? 'delivered' : 'cancelled';
    }
    if (CLOSING.includes(this.status) && !moved) return 'cancelled';
    return LEVELS[Math.min(...levels.map(index))] ?? 'imported';
  }

  /** The stage never falls but for a voided label that it rested on (and for what `person` says). */
  #next(): Stage {
    const derived = this.#derived();
    if (this.stage === 'cancelled') return 'cancelled';
    if (derived === 'cancelled') return index(this.stage) <= index('trackable') ? 'cancelled' : this.stage;
    if (this.stage === 'returned' && this.#parcels().some((one) => one.leftReturn)) return derived;
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
    this.#asking = false;
    for (const part of this.#parts()) {
      if (part.voided || total(part.holds) === 0) continue;
      const written = this.#written.has(keyOf({ parcel: part.index, address: part.address }));
      const write = written ? this.#dueNumber(part) : this.#dueShipment(part);
      if (write !== null) return write;
    }
    const deletion = this.#dueDeletion();
    // No status overtakes a shipment that waits for a person.
    return deletion ?? (this.#asking ? null : this.#dueStatus());
  }

  #dueNumber(part: Part): (() => void) | null {
    const own = this.shipments.find((one) => one.parcel === part.index && one.address === part.address);
    if (own === undefined || own.number === part.number || CLOSING.includes(this.status)) return null;
    return () => {
      own.number = part.number;
    };
  }

  #isDue(parcel: Parcel): boolean {
    if (parcel.returned) return false;
    if (this.#rules.due === 'manifest') return parcel.manifested;
    return this.#rules.due === 'scan' ? parcel.possessed : parcel.labelled;
  }

  #dueShipment(part: Part): (() => void) | null {
    if (!this.#isDue(part)) return null;
    const { index: parcel, number, address, holds } = part;
    const here = this.shipments.filter((one) => one.address === address);
    const there = here.find((one) => one.parcel === null && one.number === number);
    if (there !== undefined) {
      return () => {
        there.parcel = parcel;
        this.#written.set(keyOf(there), there.units);
        if (SHIPPED.includes(this.status)) this.#ours = SHIPPED;
      };
    }
    const voided = this.#parcels().filter((one) => one.voided);
    const left = here.filter((one) => voided.some((gone) => gone.index === one.parcel));
    // A new label for the units that a voided one left in the store takes that shipment over.
    const equal = left.find((one) => same(one.units, holds));
    if (equal !== undefined) {
      if (CLOSING.includes(this.status)) return null;
      return () => {
        this.#written.delete(keyOf(equal));
        Object.assign(equal, { parcel, number });
        this.#written.set(keyOf(equal), equal.units);
      };
    }
    const units = least(holds, this.room());
    const inTheWay = same(units, holds) ? undefined : left.find((one) => share(one.units, holds));
    if (inTheWay !== undefined && !CLOSING.includes(this.status)) return () => this.#delete(inTheWay);
    if (total(units) === 0 || PROTECTED.includes(this.status)) return null;
    if (rank(this.status) > rank(2)) return null;
    if (this.#byPerson(2) && !this.#approved) {
      this.#asking ||= this.#rules.asks === true;
      return null;
    }
    return () => {
      if (!SHIPPED.includes(this.status)) this.#before = this.status;
      const shipment = { parcel, address, number, units };
      this.#ship(shipment);
      this.#written.set(keyOf(shipment), units);
      this.#ours = SHIPPED;
      this.mails += 1;
    };
  }

  #ship(shipment: Shipment): void {
    this.shipments.push(shipment);
    this.status = covers(this.#inStore(), this.#needed()) ? 2 : 3;
  }

  /** Takes a voided part's shipment away, if a person did not do so before. */
  #delete(gone: Pick<Shipment, 'parcel' | 'address'>): void {
    this.shipments = this.shipments.filter((one) => keyOf(one) !== keyOf(gone));
    this.#written.delete(keyOf(gone));
    this.#back.add(keyOf(gone));
  }

  #dueDeletion(): (() => void) | null {
    if (this.#rules.onVoid === 'leave' || CLOSING.includes(this.status)) return null;
    const gone = this.#voidedParts().find((one) => this.#written.has(keyOf(one)));
    return gone === undefined ? null : () => this.#delete(gone);
  }

  #voidedParts(): { parcel: number; address: number }[] {
    return this.#parts().flatMap(({ voided, index: parcel, address }) =>
      voided ? [{ parcel, address }] : [],
    );
  }

  #dueStatus(): (() => void) | null {
    const trouble = this.#trouble();
    if (trouble !== null) return this.#dueAnswer(trouble);
    const target = this.#target();
    if (target !== null) return this.#dueForward(target);
    if (!this.#voidedParts().some((one) => this.#back.has(keyOf(one)))) return null;
    const back = total(this.#inStore()) > 0 ? 3 : this.#before;
    if (this.status === back || PROTECTED.includes(this.status) || this.status === PART_REFUNDED) return null;
    if ((!this.#explained() && !this.#approved) || NEVER_WRITTEN.includes(back)) return null;
    return () => {
      this.#back.clear();
      this.#reached.clear();
      this.#set(back);
    };
  }

  /** What takes the place of progress while it lasts, and the status that answers it once. */
  #trouble(): { cause: string; status: number } | null {
    const { onException, onReturned } = this.#rules;
    const parcels = this.#parcels();
    const troubled = parcels.find((one) => !one.voided && one.troubled);
    if (onException !== undefined && troubled !== undefined)
      return { cause: `exception ${String(troubled.index)}`, status: onException };
    const levels = this.#levels();
    if (onReturned === undefined || levels.length === 0 || levels.some((level) => level !== 'returned'))
      return null;
    const first = parcels.find((one) => one.returned)?.index ?? -1;
    return { cause: `returned ${String(first)}`, status: onReturned };
  }

  #dueAnswer({ cause, status }: { cause: string; status: number }): (() => void) | null {
    if (this.#answered.has(cause) || this.status === status) return null;
    if (PROTECTED.includes(this.status) || this.status === PART_REFUNDED) return null;
    if (!this.#explained() && !this.#approved) return null;
    return () => {
      this.#answered.add(cause);
      this.#reached.clear();
      this.#set(status);
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
    const ours = this.#parts().some(
      ({ index: parcel, address, holds }) =>
        total(holds) > 0 && this.#written.has(keyOf({ parcel, address })),
    );
    return ours && covers(this.#inStore(), this.#needed()) ? 2 : null;
  }

  #dueForward(target: number): (() => void) | null {
    if (this.status === target || this.#reached.has(target)) return null;
    if (PROTECTED.includes(this.status) || this.status === PART_REFUNDED) return null;
    if (rank(this.status) >= rank(target) || (this.#byPerson(target) && !this.#approved)) return null;
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

/** The least advanced units are shipped where a person shipped that many, whichever they were. */
function lifted(units: readonly Stage[], byPerson: number): Stage[] {
  let left = byPerson;
  return [...units]
    .sort((a, b) => index(a) - index(b))
    .map((level) => {
      if (left <= 0 || index(level) >= index('shipped')) return level;
      left -= 1;
      return 'shipped';
    });
}
