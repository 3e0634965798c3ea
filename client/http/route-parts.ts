/** What every group of routes is given by the server. */
import type { Database } from '../../db/database.ts';
import type { SecretBox } from '../../db/secrets.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { RecordDelivery } from '../delivery-line.ts';
import type { TemporalLink } from './temporal-link.ts';
import type { LifecycleWaker } from './wake-lifecycles.ts';

export interface RouteParts {
  db: Database;
  temporal: TemporalLink;
  waker: LifecycleWaker;
  /** Commits deliveries, those of the same moment together. */
  record: RecordDelivery;
  metrics: Metrics;
  /** Null where no key is configured: then no secret can be kept either. */
  secrets: SecretBox | null;
  logger: Logger;
  clock: () => Date;
}
