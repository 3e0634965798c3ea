/**
 * Temporal's native runtime: one per process, installed before any worker or native connection. Its log lines go
 * through our logger; signals of the process are left to `runtime/shutdown.ts`.
 */
import { makeTelemetryFilterString, Runtime, type Logger as TemporalLogger } from '@temporalio/worker';
import { temporalLogger, type Logger } from '../runtime/logger.ts';

/** A warning of the SDK about what is meant: the store queue has activities only. */
const MEANT = 'No workflows registered';

let installed = false;

/** The first call decides; later ones (a second set of workers in one process) change nothing. */
export function installTemporalRuntime({
  logger,
  metricsPort,
}: {
  logger: Logger;
  /** Temporal's and our worker metrics in Prometheus format; null for none. */
  metricsPort: number | null;
}): void {
  if (installed) return;
  Runtime.install({
    logger: withoutTheMeant(temporalLogger(logger.child({ part: 'temporal' }))),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(metricsPort === null
        ? {}
        : {
            metrics: {
              prometheus: {
                bindAddress: `0.0.0.0:${String(metricsPort)}`,
                // The names of Temporal's own dashboards: counters with _total, times in seconds.
                countersTotalSuffix: true,
                unitSuffix: true,
                useSecondsForDurations: true,
              },
              globalTags: { service: 'waybill' },
            },
          }),
    },
  });
  installed = true;
}

function withoutTheMeant(logger: TemporalLogger): TemporalLogger {
  return {
    ...logger,
    warn: (message, meta): void => {
      if (message.startsWith(MEANT)) logger.debug(message, meta);
      else logger.warn(message, meta);
    },
    log: (level, message, meta): void => {
      logger.log(message.startsWith(MEANT) ? 'DEBUG' : level, message, meta);
    },
  };
}
