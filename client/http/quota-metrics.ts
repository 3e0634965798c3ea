/** Gauges of each store's API quota, asked of Postgres when they are scraped; nothing while Postgres is away. */
import { Gauge } from 'prom-client';
import type { QuotaView } from '../../db/quota-view.ts';
import { quotaViews } from '../../db/quota-view.ts';
import type { RouteParts } from './route-parts.ts';

/** All gauges of one scrape are filled by one question; the next scrape asks again. */
const ONE_SCRAPE_MS = 1_000;

export function quotaMetrics({ db, metrics, logger }: Pick<RouteParts, 'db' | 'metrics' | 'logger'>): void {
  let asked: { at: number; views: Promise<readonly QuotaView[]> } | undefined;
  const views = (): Promise<readonly QuotaView[]> => {
    if (asked === undefined || performance.now() - asked.at > ONE_SCRAPE_MS) {
      const answer = quotaViews(db).catch((error: unknown) => {
        logger.warn({ err: error }, 'quotas are missing from the metrics: Postgres does not answer');
        return [];
      });
      asked = { at: performance.now(), views: answer };
    }
    return asked.views;
  };
  const gauge = (name: string, help: string, value: (view: QuotaView) => number): void => {
    new Gauge({
      name: `waybill_quota_${name}`,
      help,
      labelNames: ['store'],
      registers: [metrics.registry],
      async collect() {
        this.reset();
        for (const view of await views()) this.set({ store: view.storeHash }, value(view));
      },
    });
  };
  const byPurpose = (
    name: string,
    help: string,
    values: (view: QuotaView) => Record<string, number>,
  ): void => {
    new Gauge({
      name: `waybill_quota_${name}`,
      help,
      labelNames: ['store', 'purpose'],
      registers: [metrics.registry],
      async collect() {
        this.reset();
        for (const view of await views()) {
          for (const [purpose, calls] of Object.entries(values(view)))
            this.set({ store: view.storeHash, purpose }, calls);
        }
      },
    });
  };
  gauge('limit_calls', 'Ceiling of calls per window by setting.', (view) => view.limit);
  gauge('effective_limit_calls', 'Ceiling in force now.', (view) => view.effectiveLimit);
  gauge('window_seconds', 'Length of the window.', (view) => view.windowMs / 1_000);
  gauge('blocked', '1 while the store refuses calls, else 0.', (view) =>
    view.blockedUntil === null ? 0 : 1,
  );
  gauge(
    'in_flight_slots',
    'Places among the calls in flight that are held.',
    (view) => view.concurrency.inFlight,
  );
  gauge('max_concurrency', 'Calls in flight by setting.', (view) => view.concurrency.max);
  byPurpose('used_calls', 'Calls granted in the trailing window.', (view) => view.used);
  byPurpose('waiting_calls', 'Calls refused for now that will be asked for again.', (view) => view.waiting);
}
