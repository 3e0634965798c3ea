/**
 * Gathers what went over the wire in one look-up and what was made of it, and keeps it sealed for the person who asked.
 * Nothing of it goes through Temporal or into a log.
 */
import type { StoreExchange } from '../bigcommerce/http.ts';
import { keepTrace } from '../db/look-up-traces.ts';
import type { OrderRead } from '../db/store-orders.ts';
import {
  shownBody,
  shownHeaders,
  withoutSecrets,
  type ShownExchange,
  type ShownLookUp,
} from '../domain/look-up-trace.ts';
import type { ActivityDeps } from './deps.ts';

export interface LookUpTrace {
  onExchange: (exchange: StoreExchange) => void;
  understood(read: Pick<OrderRead, 'order' | 'verdict' | 'wantsLifecycle'>): void;
  /** Puts what was gathered in the place of what an earlier attempt kept. */
  keep(): Promise<void>;
}

export function createLookUpTrace(
  deps: Pick<ActivityDeps, 'db' | 'secrets' | 'clock'>,
  place: { channelId: string; id: string },
): LookUpTrace {
  const exchanges: ShownExchange[] = [];
  let understood: ShownLookUp['understood'] = null;
  return {
    onExchange: ({ method, path, sent, status, headers, body, tookMs }) => {
      const answer = shownBody(body.toString('utf8'));
      exchanges.push({
        method,
        path,
        sent: withoutSecrets(sent),
        status,
        headers: shownHeaders(headers),
        answer,
        tookMs,
      });
    },
    understood: ({ order, verdict, wantsLifecycle }) => {
      understood = { order, verdict, followed: wantsLifecycle };
    },
    keep: () =>
      keepTrace(deps.db, deps.secrets, { ...place, trace: { exchanges, understood }, now: deps.clock() }),
  };
}
