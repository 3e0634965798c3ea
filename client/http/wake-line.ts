/**
 * Who is to be told, each once: news of an order that comes while it waits here joins what waits. A parcel's news comes
 * in bursts (label, manifest, first scan), and one signal makes a lifecycle look at all of it. Sends nothing itself.
 */

/** News of an order. */
export interface News {
  channelId: string;
  orderId: number;
}

export interface WakeLine<N extends News> {
  /** Never throws. With `atOnce` the order waits for nothing but its turn. Beyond the line's length it is forgotten. */
  add(news: N, atOnce: boolean): void;
  /** Waiting and on their way. */
  readonly length: number;
  /** Takes nothing more, tells at once what waits; resolves when all has ended, or after the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

export interface WakeLineParts<N extends News> {
  tell(news: N): Promise<void>;
  /** One piece of news out of two of the same order. */
  join(older: N, newer: N): N;
  /** Every failed attempt; `last`: it is not tried again. */
  onFailure(error: unknown, news: N, last: boolean): void;
  /** News waits for so long for more of its order; each more begins the wait anew. */
  lingerMs: number;
  /** But nothing waits for longer than this. */
  lingerMaxMs: number;
  concurrentMax: number;
  /** More than this do not wait. */
  lengthMax: number;
}

/** A failed attempt is repeated after so long, then after twice as long each time. */
const RETRY_PAUSE_MS = 1_000;
/** With the pauses half a minute: who does not answer by then is away, and the outbox remembers. */
const ATTEMPTS_MAX = 6;

interface Entry<N> {
  news: N;
  failures: number;
  /** When the first of its news came, on the clock of `performance.now()`. */
  since: number;
  timer?: NodeJS.Timeout;
}

export function createWakeLine<N extends News>(parts: WakeLineParts<N>): WakeLine<N> {
  /** Not yet due, each with its timer. */
  const lingering = new Map<string, Entry<N>>();
  /** Due, in the sequence of their turns. */
  const due = new Map<string, Entry<N>>();
  let running = 0;
  let stopped = false;
  let whenIdle: () => void = () => undefined;

  function wait(key: string, entry: Entry<N>, forMs: number): void {
    entry.timer = setTimeout(() => makeDue(key), forMs);
    lingering.set(key, entry);
  }

  /** News that is to be tried again keeps its pause. */
  function waitAnew(key: string, entry: Entry<N>): void {
    if (entry.failures > 0 || !lingering.has(key)) return;
    clearTimeout(entry.timer);
    const left = entry.since + parts.lingerMaxMs - performance.now();
    wait(key, entry, Math.max(0, Math.min(parts.lingerMs, left)));
  }

  function makeDue(key: string): void {
    const entry = lingering.get(key);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    lingering.delete(key);
    due.set(key, entry);
    pump();
  }

  function pump(): void {
    for (const [key, entry] of due) {
      if (running >= parts.concurrentMax) return;
      due.delete(key);
      running += 1;
      void parts
        .tell(entry.news)
        .catch((error: unknown) => fail(key, entry, error))
        .then(() => {
          running -= 1;
          pump();
          if (running === 0 && due.size === 0) whenIdle();
        });
    }
  }

  function fail(key: string, { news, failures }: Entry<N>, error: unknown): void {
    const newer = lingering.get(key) ?? due.get(key);
    const last = newer === undefined && (stopped || failures + 1 >= ATTEMPTS_MAX);
    parts.onFailure(error, news, last);
    if (newer !== undefined) newer.news = parts.join(news, newer.news);
    else if (!last) {
      const again = { news, failures: failures + 1, since: performance.now() };
      wait(key, again, RETRY_PAUSE_MS * 2 ** failures);
    }
  }

  return {
    add: (news, atOnce) => {
      if (stopped) return;
      const key = `${news.channelId}\n${String(news.orderId)}`;
      const waiting = lingering.get(key) ?? due.get(key);
      if (waiting !== undefined) {
        waiting.news = parts.join(waiting.news, news);
        waitAnew(key, waiting);
      } else if (lingering.size + due.size >= parts.lengthMax) return;
      else wait(key, { news, failures: 0, since: performance.now() }, parts.lingerMs);
      if (atOnce) makeDue(key);
    },
    get length() {
      return lingering.size + due.size + running;
    },
    stop: async (deadlineMs) => {
      stopped = true;
      const idle = new Promise<void>((resolve) => (whenIdle = resolve));
      for (const key of [...lingering.keys()]) makeDue(key);
      if (running === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)));
      await Promise.race([idle, late]);
      clearTimeout(timer);
      due.clear();
    },
  };
}
