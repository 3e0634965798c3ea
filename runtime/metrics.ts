/**
 * A registry of Prometheus metrics per process. Rooms add their own gauges to it; nothing here knows what they mean,
 * and nothing is registered globally, so that two parts of one test do not meet.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  /** The whole exposition text; gauges with a `collect` function ask their source now. */
  text(): Promise<string>;
  contentType: string;
}

/** @param part a label on every value: 'http', 'worker', 'dev'. */
export function createMetrics({
  part,
  processMetrics = true,
}: {
  part: string;
  processMetrics?: boolean;
}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: 'waybill', part });
  if (processMetrics) collectDefaultMetrics({ register: registry });
  return { registry, contentType: registry.contentType, text: () => registry.metrics() };
}
