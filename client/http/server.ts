/**
 * The HTTP server: the carrier events' way in, the operator API, health, and its own description. It promises an
 * answer within a second also when Temporal is away; it decides nothing about orders and never calls a store.
 */
import { fastify, LogController, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Database } from '../../db/database.ts';
import { createSecretBox } from '../../db/secrets.ts';
import type { Config } from '../../runtime/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createMetrics, type Metrics } from '../../runtime/metrics.ts';
import type { TemporalConnection } from '../temporal.ts';
import { createDeliveryLine } from '../delivery-line.ts';
import { describeApi } from './api-description.ts';
import { acceptJson, BODY_BYTES_MAX } from './body.ts';
import { carrierRoutes } from './carrier-routes.ts';
import { createDeliveryCounts } from './delivery-counts.ts';
import { answerErrors } from './errors.ts';
import { eventRoutes } from './event-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { operatorRoutes } from './operator-routes.ts';
import { quotaMetrics } from './quota-metrics.ts';
import { quotaRoutes } from './quota-routes.ts';
import type { RouteParts } from './route-parts.ts';
import { storeWebhookRoutes } from './store-webhook-routes.ts';
import { createTemporalLink } from './temporal-link.ts';
import { createLifecycleWaker } from './wake-lifecycles.ts';

export interface HttpOptions {
  /** Without secret keys nothing that a provider signs can be believed. */
  config: Pick<Config, 'http'> & Partial<Pick<Config, 'secretKeys'>>;
  logger: Logger;
  /** Stays open when the server stops: who opened it closes it. */
  db: Database;
  /** Opens a connection of the server's own; called again, with pauses, until it succeeds. */
  connectTemporal: () => Promise<TemporalConnection>;
  /** Shown at /metrics; by default a registry of its own. */
  metrics?: Metrics;
  clock?: () => Date;
}

export interface HttpServer {
  /** Without a final slash. */
  url: string;
  /** Finishes the requests on their way, then the signals on theirs. May be repeated. */
  stop(): Promise<void>;
}

/** Senders that trickle a body would hold sockets for ever otherwise. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Listens when this returns. @throws when the port is taken, with the port's variable in the message */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { db, logger } = options;
  const { host, port } = options.config.http;
  const secretKeys = options.config.secretKeys ?? [];
  const temporal = createTemporalLink(options.connectTemporal, logger);
  const waker = createLifecycleWaker({ db, temporal, logger });
  const app = await createApp({
    db,
    temporal,
    waker,
    record: createDeliveryLine(db),
    logger,
    metrics: options.metrics ?? createMetrics({ part: 'http' }),
    secrets: secretKeys.length === 0 ? null : createSecretBox([...secretKeys]),
    clock: options.clock ?? (() => new Date()),
  });
  const stop = async (): Promise<void> => {
    await app.close();
    await waker.stop();
    await temporal.stop();
  };
  try {
    const url = await app.listen({ host, port });
    logger.info({ url }, 'HTTP server listens');
    let stopping: Promise<void> | undefined;
    return { url, stop: () => (stopping ??= stop()) };
  } catch (error) {
    await stop();
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Error(
        `Port ${String(port)} on ${host} is taken. Set WAYBILL_HTTP_PORT to another one (0 picks a free one).`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

/** The routes without a socket. */
async function createApp(parts: RouteParts): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: parts.logger,
    // A line for each of ten thousand scans hides the lines that matter; metrics count them.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Requests on their way are finished; sockets that only idle are closed.
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true },
  }) as unknown as FastifyInstance; // its own logger type carries no more for us than fastify's default
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  acceptJson(app);
  answerErrors(app, parts.logger);
  await describeApi(app);
  await app.register(async (scope) => {
    healthRoutes(scope, parts);
    const counts = createDeliveryCounts(parts);
    scope.addHook('onClose', () => counts.stop());
    eventRoutes(scope, parts, counts);
    carrierRoutes(scope, parts, counts);
    storeWebhookRoutes(scope, parts);
    operatorRoutes(scope, parts);
    quotaRoutes(scope, parts);
    quotaMetrics(parts);
  });
  return app;
}
