/**
 * What one run of an order's lifecycle knows between two wakes, and the questions its loop asks: when to ring, which
 * step to write, whether it may end. Plain memory without waiting or side effects; Postgres knows everything of it.
 */
import type { CarrierEventSignal, OrderLifecycleInput, OrderState, Settled } from './contract.ts';

/** Events that go into one settling; more wait for the next one, so that no payload grows without bound. */
export const EVENTS_PER_SETTLE_MAX = 100;
/** Characters of a signalled event as JSON. Ours has an id only; a whole hand-typed envelope stays far below. */
const EVENT_LENGTH_MAX = 32_768;
const EVENT_ID_LENGTH_MAX = 255;

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Watchdogs that one bulk import armed must not ring together: up to this much later, and never a tenth more. */
const WATCHDOG_JITTER_MAX_MS = 4 * HOUR_MS;
const WATCHDOG_JITTER_SHARE = 0.1;
/** A part of it is always added, so that a database whose clock is a little behind agrees that it is time. */
const WATCHDOG_JITTER_LEAST = 0.1;
/** When every deadline was asked about and the order is still open, beside an unclear write for example. */
const WATCHDOG_AGAIN_MS = DAY_MS;
/** How long a run waits for an order that no import has found yet. */
const UNKNOWN_ORDER_WAIT_MS = 7 * DAY_MS;
/** A step that came back unchanged after its attempt is tried again after 5 s, 10 s, …, at most 2 h apart. */
const SAME_STEP_WAIT_MS = 5 * SECOND_MS;
const SAME_STEP_WAIT_MAX_MS = 2 * HOUR_MS;

export type DueStep = NonNullable<Settled['due']>;

/** Why a signalled event is left out, or null when it can be taken. Signals may be typed by hand and hold anything. */
export function eventProblem(event: unknown): string | null {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return 'it is not an object';
  const id: unknown = 'id' in event ? event.id : undefined;
  if (typeof id !== 'string' || id.length === 0) return 'it has no "id", which makes a repetition harmless';
  if (id.length > EVENT_ID_LENGTH_MAX)
    return `its "id" is longer than ${String(EVENT_ID_LENGTH_MAX)} characters`;
  if (JSON.stringify(event).length > EVENT_LENGTH_MAX)
    return `it is longer than ${String(EVENT_LENGTH_MAX)} characters`;
  return null;
}

export class LifecycleProgress {
  readonly channelId: string;
  readonly orderId: number;
  readonly pending: CarrierEventSignal[];
  /** Something happened since the last settling; true at the start, so that a run begins by settling. */
  wake = true;
  /** The watchdog's time has come and the database must be asked. */
  rang = false;
  /** A step is on its way to the store. */
  writing = false;
  /** Cancels the waiting of that step; null while nothing is on its way. */
  writer: { cancel(): void } | null = null;
  settled: Settled | null = null;
  /** How often this run has settled; an operator's word waits for the next one. */
  settlements = 0;

  readonly #startedAt: number;
  readonly #jitter: number;
  #settledAt = 0;
  /** When the database was last asked by the watchdog; every deadline up to here is dealt with. */
  #askedAt = 0;
  #lastStep: {
    id: string;
    tries: number;
    endedAt: number;
    settlements: number;
    /** What was known when it was started: a later one is a person's wish to try it at once. */
    retryAt: string | null;
  } | null = null;

  /** @param jitter from 0 to 1, the same in every replay. */
  constructor(input: OrderLifecycleInput, start: { now: number; jitter: number }) {
    this.channelId = input.channelId;
    this.orderId = input.orderId;
    this.pending = [...(input.carried?.pending ?? [])];
    this.#startedAt = start.now;
    this.#jitter = WATCHDOG_JITTER_LEAST + (1 - WATCHDOG_JITTER_LEAST) * start.jitter;
  }

  /** Begins with what the opener read, as if this run had settled then. News that waits makes it settle all the same. */
  begin(settled: Settled, readAt: number): void {
    this.settled = settled;
    this.#settledAt = readAt;
    this.wake = this.pending.length > 0;
  }

  /** Takes what is to be settled now; what does not fit keeps the run awake. */
  take(): { events: CarrierEventSignal[]; watchdog: boolean } {
    const taken = { events: this.pending.splice(0, EVENTS_PER_SETTLE_MAX), watchdog: this.rang };
    this.wake = this.pending.length > 0;
    this.rang = false;
    return taken;
  }

  /** Puts the answer in place of the former one. */
  learn(settled: Settled, now: number, watchdog: boolean): void {
    this.settled = settled;
    this.settlements += 1;
    this.#settledAt = now;
    if (watchdog) this.#askedAt = now;
  }

  /** The step to write now: one at a time, none while paused, and the same one again only after a wait. */
  stepToWrite(now: number): DueStep | null {
    const settled = this.settled;
    if (settled === null || settled.due === null || settled.paused || settled.done || this.writing)
      return null;
    return now >= this.#heldUntil() ? settled.due : null;
  }

  /** A person wants the step on its way tried at once; true once for each time that was asked. */
  retryIsAsked(): boolean {
    const last = this.#lastStep;
    if (!this.writing || last === null || !this.#isAskedAnew(last)) return false;
    last.retryAt = this.settled?.due?.retryAt ?? null;
    // It was a person's wish, not a failure: the next attempt is not held back.
    last.tries = 0;
    return true;
  }

  stepStarted(step: DueStep): void {
    this.writing = true;
    const tries = this.#lastStep?.id === step.writeBackId ? this.#lastStep.tries + 1 : 1;
    const retryAt = step.retryAt ?? null;
    this.#lastStep = { id: step.writeBackId, tries, endedAt: 0, settlements: 0, retryAt };
  }

  stepEnded(now: number): void {
    this.writing = false;
    this.writer = null;
    this.wake = true;
    if (this.#lastStep === null) return;
    this.#lastStep.endedAt = now;
    this.#lastStep.settlements = this.settlements;
  }

  /** When to look again by the clock alone: the watchdog, a step with a time, a step that is held; null for never. */
  alarmAt(): number | null {
    const settled = this.settled;
    if (settled === null) return null;
    if (!settled.known) return this.#startedAt + UNKNOWN_ORDER_WAIT_MS;
    const times = [this.#watchdogAt(settled), this.#writeAt(settled)].filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** The alarm rang: settle again, and ask as the watchdog if that is what was due. */
  ring(now: number): void {
    const watchdogAt = this.settled?.known === true ? this.#watchdogAt(this.settled) : null;
    if (watchdogAt !== null && watchdogAt <= now) this.rang = true;
    this.wake = true;
  }

  /** Nothing is left to do and nothing waits: the row is closed, or an import never found the order. */
  mayEnd(now: number): boolean {
    const settled = this.settled;
    if (settled === null || this.wake || this.writing || this.pending.length > 0) return false;
    return settled.known ? settled.done : now >= this.#startedAt + UNKNOWN_ORDER_WAIT_MS;
  }

  state(now: string): OrderState {
    const settled = this.settled;
    return {
      channelId: this.channelId,
      orderId: this.orderId,
      stage: settled?.stage ?? null,
      counts: settled?.counts ?? null,
      progress: settled === null ? 'not settled yet' : settled.progress,
      attention: settled?.attention ?? null,
      attentionReason: settled?.attentionReason ?? null,
      paused: settled?.paused ?? false,
      nextWrite: settled?.due?.summary ?? null,
      asOf: settled === null ? now : new Date(this.#settledAt).toISOString(),
    };
  }

  #watchdogAt(settled: Settled): number | null {
    if (settled.done) return null;
    const news = Date.parse(settled.lastNewsAt);
    const deadlines = [settled.staleAfterMs, settled.closeAfterMs]
      .filter((after) => after > 0)
      .map(
        (after) =>
          news + after + this.#jitter * Math.min(WATCHDOG_JITTER_MAX_MS, after * WATCHDOG_JITTER_SHARE),
      )
      .sort((a, b) => a - b);
    if (deadlines.length === 0 || Number.isNaN(news)) return null;
    return deadlines.find((deadline) => deadline > this.#askedAt) ?? this.#askedAt + WATCHDOG_AGAIN_MS;
  }

  #writeAt(settled: Settled): number | null {
    if (settled.paused || settled.done || this.writing) return null;
    if (settled.due !== null) {
      // An answer from before the attempt ended says nothing of what is due now.
      return this.#lastStep?.settlements === this.settlements ? null : this.#heldUntil();
    }
    // A time that had come when the database answered is not waited for: the answer would have been the step itself.
    return settled.dueAt === null ? null : Math.max(Date.parse(settled.dueAt), this.#settledAt + SECOND_MS);
  }

  /** Zero, or until when the step that is due now is held back because its last attempt left it as it was. */
  #heldUntil(): number {
    const last = this.#lastStep;
    if (last === null || last.id !== this.settled?.due?.writeBackId) return 0;
    if (last.tries === 0 || this.#isAskedAnew(last)) return 0;
    return last.endedAt + Math.min(SAME_STEP_WAIT_MAX_MS, SAME_STEP_WAIT_MS * 2 ** (last.tries - 1));
  }

  /** True when a person asked for the step after its last attempt was begun. */
  #isAskedAnew(last: { id: string; retryAt: string | null }): boolean {
    const due = this.settled?.due;
    if (due?.writeBackId !== last.id) return false;
    const asked = due.retryAt ?? null;
    return asked !== null && (last.retryAt === null || asked > last.retryAt);
  }
}
