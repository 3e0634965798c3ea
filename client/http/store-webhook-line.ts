/**
 * Keeps a flood of stores' webhooks from taking the database away from carriers and operators. The decision: they are
 * not counted by `throttle.inbound_limit`, and none is refused for being too many. A store takes every refusal as a
 * failure: below 90 % success it stops sending to our whole domain for three minutes, to all stores on it, and after two
 * days of failures it switches the webhook off (bigcommerce-api.md section 9). So there is room for a few at work and
 * some seconds' worth of waiting ones, and whatever finds none is answered 200 unread and left to the poll, which reads
 * every changed order anyway: a webhook is only a hint that makes it sooner.
 */

export interface WebhookLineLimits {
  /** At work at the same time, of the pool's connections: each takes several statements. */
  atOnce: number;
  /** One more than this is left to the poll at once. */
  waitingMax: number;
  /** Whoever has waited for this long is left to the poll: the store wants its answer soon. */
  waitMs: number;
}

const LIMITS: WebhookLineLimits = { atOnce: 4, waitingMax: 1_000, waitMs: 2_500 };

/** What a delivery comes to that found no room: nothing of it was looked at. */
export const LEFT_TO_POLL = 'left_to_poll';

export interface WebhookLine {
  /** Does the work when its turn comes, in the sequence of arrival, or answers {@link LEFT_TO_POLL}. */
  take<T>(work: () => Promise<T>): Promise<T | typeof LEFT_TO_POLL>;
}

export function createWebhookLine(limits: WebhookLineLimits = LIMITS): WebhookLine {
  let atWork = 0;
  /** Told true when its turn comes, false when it comes no more. */
  const waiting = new Set<(turn: boolean) => void>();

  const turn = async (): Promise<boolean> => {
    if (atWork < limits.atOnce) {
      atWork += 1;
      return true;
    }
    if (waiting.size >= limits.waitingMax) return false;
    return new Promise((resolve) => {
      const told = (isTurn: boolean): void => {
        clearTimeout(timer);
        waiting.delete(told);
        resolve(isTurn);
      };
      const timer = setTimeout(() => told(false), limits.waitMs);
      waiting.add(told);
    });
  };
  /** The place goes to the first who waits, so that nobody overtakes. */
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) atWork -= 1;
    else next(true);
  };

  return {
    take: async (work) => {
      if (!(await turn())) return LEFT_TO_POLL;
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
