/**
 * For machines that watch this one: alive, ready, metrics. Readiness needs Postgres only, because events are accepted
 * without Temporal; what Temporal does is told beside it.
 */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { Gauge } from 'prom-client';
import { z } from 'zod';
import { assertMigrated } from '../../db/migrate.ts';
import { isDbError } from '../../db/errors.ts';
import type { RouteParts } from './route-parts.ts';

/** Both checks together stay below a second. */
const POSTGRES_DEADLINE_MS = 800;

const readySchema = z
  .object({
    ready: z.boolean().describe('Events can be accepted.'),
    postgres: z.enum(['ok', 'not_migrated', 'away']),
    temporal: z
      .enum(['ok', 'away'])
      .describe('While it is away events are accepted and lifecycles are told later.'),
  })
  .meta({ id: 'Readiness' });

export function healthRoutes(scope: FastifyInstance, parts: RouteParts): void {
  const { db, temporal, waker, metrics } = parts;
  const app = scope.withTypeProvider<ZodTypeProvider>();
  new Gauge({
    name: 'waybill_lifecycles_to_tell',
    help: 'Lifecycles that this server has still to tell of a committed event.',
    registers: [metrics.registry],
    collect() {
      this.set(waker.waiting);
    },
  });

  app.get(
    '/healthz',
    {
      schema: {
        summary: 'The process answers',
        tags: ['health'],
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Postgres and Temporal',
        tags: ['health'],
        response: { 200: readySchema, 503: readySchema },
      },
    },
    async (_request, reply) => {
      const [postgresState, temporalState] = await Promise.all([postgresReadiness(db), temporal.check()]);
      const ready = postgresState === 'ok';
      return reply.code(ready ? 200 : 503).send({ ready, postgres: postgresState, temporal: temporalState });
    },
  );

  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
}

async function postgresReadiness(db: RouteParts['db']): Promise<'ok' | 'not_migrated' | 'away'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'away'>((resolve) => {
    timer = setTimeout(() => resolve('away'), POSTGRES_DEADLINE_MS);
  });
  const asked = assertMigrated(db).then(
    () => 'ok' as const,
    (error: unknown) =>
      isDbError(error) && error.code.startsWith('schema_') ? ('not_migrated' as const) : ('away' as const),
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
