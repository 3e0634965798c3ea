/**
 * The commands that run something until they are told to stop: dev, demo, simulator, worker, serve; and migrate, which
 * comes before them. What they run is loaded only when it is asked for.
 */
import { Option, type Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { requireDatabaseUrl } from '../../runtime/config.ts';
import { createShutdown } from '../../runtime/shutdown.ts';
import { numberOption } from './arguments.ts';
import { EXIT } from './command-error.ts';
import { explain } from './explain.ts';
import type { Run } from './run-command.ts';

const SIMULATED_ORDERS_DEFAULT = 50;
const SIMULATED_ORDERS_MAX = 1_000_000;
const SIMULATOR_PORT_DEFAULT = 8490;
const PORT_MAX = 65_535;
const SIMULATED_TOKEN_BYTES = 16;
/** What a store of the smaller plans may ask (bigcommerce-api.md, rate limits). */
const SIMULATED_QUOTA = { requests: 150, windowMs: 30_000 };

const NO_TEMPORAL = { commands: [], note: 'This runs a program of Waybill.' };

export function addProgramCommands(program: Command, run: Run): void {
  program
    .command('dev')
    .description(
      'a whole installation on this machine: Postgres, Temporal with its UI, worker, HTTP; kept in .waybill/',
    )
    .action(
      run(async (session) => {
        if (session.explain) {
          explain(session.out, {
            commands: ['temporal server start-dev --db-filename .waybill/temporal.sqlite'],
            note: 'And Postgres, a worker and the HTTP server beside it.',
          });
          return;
        }
        const { runDev } = await import('../../local/run-dev.ts');
        return exitOf(
          await runDev({ config: session.givenConfig, json: session.out.json, out: session.out }),
        );
      }),
    );

  program
    .command('demo')
    .description('dev with a simulated store, orders and events; ends with a checked report')
    .option('--exit', 'stop after the report instead of leaving the servers up')
    .addOption(
      new Option('--expect-wrong', 'expect a wrong status everywhere, to see the report fail').hideHelp(),
    )
    .action(
      run(async (session, options: { exit?: true; expectWrong?: true }) => {
        if (session.explain) return void explain(session.out, NO_TEMPORAL);
        const { runDemo } = await import('../../local/demo.ts');
        const { givenConfig: config, out, environment } = session;
        return exitOf(
          await runDemo({
            config,
            exit: options.exit === true,
            expectWrong: options.expectWrong === true,
            out,
            environment,
          }),
        );
      }),
    );

  program
    .command('worker')
    .description('carry out workflows and activities until stopped')
    .addOption(
      new Option('--queues <queues>', 'which work it takes')
        .choices(['all', 'waybill', 'bigcommerce'])
        .default('all'),
    )
    .action(
      run(async (session, options: { queues: 'all' | 'waybill' | 'bigcommerce' }) => {
        if (session.explain) return void explain(session.out, NO_TEMPORAL);
        const { config } = session;
        requireDatabaseUrl(config);
        const [{ startWorkers }, { createLogger }] = await Promise.all([
          import('../../workers/run-worker.ts'),
          import('../../runtime/logger.ts'),
        ]);
        const logger = createLogger(config.log);
        const shutdown = createShutdown({ log: logger });
        const workers = await startWorkers({
          config,
          logger,
          temporal: session.temporalTarget,
          queues: options.queues,
        });
        shutdown.onStop('workers', () => workers.stop());
        session.out.note('The worker polls. Ctrl-C stops it when what it has begun is finished.');
        const failure = await Promise.race([shutdown.signalled.then(() => null), workers.failed]);
        if (failure !== null) session.out.note(failure);
        const { clean } = await shutdown.stop(failure ?? 'asked to stop');
        return clean && failure === null ? EXIT.done : EXIT.failed;
      }),
    );

  program
    .command('serve')
    .description('the HTTP server: carrier events, operator API, health')
    .action(
      run(async (session) => {
        if (session.explain) return void explain(session.out, NO_TEMPORAL);
        const { config } = session;
        const [{ createLogger }, { openDatabase }, { assertMigrated }, { startHttp }, { connectTemporal }] =
          await Promise.all([
            import('../../runtime/logger.ts'),
            import('../../db/database.ts'),
            import('../../db/migrate.ts'),
            import('../http/server.ts'),
            import('../temporal.ts'),
          ]);
        const logger = createLogger(config.log);
        const shutdown = createShutdown({ log: logger });
        const db = openDatabase(requireDatabaseUrl(config), {
          max: config.databasePool,
          applicationName: 'waybill-http',
        });
        shutdown.onStop('database', () => db.close());
        try {
          await assertMigrated(db);
          const server = await startHttp({
            config,
            logger,
            db,
            connectTemporal: () => connectTemporal(session.temporalTarget),
          });
          shutdown.onStop('HTTP server', () => server.stop());
          session.out.line(`${server.url} (described at ${server.url}/docs)`);
          session.out.result({ url: server.url, docs: `${server.url}/docs` });
          const { clean } = await shutdown.stop(await shutdown.signalled);
          return clean ? EXIT.done : EXIT.failed;
        } catch (error) {
          await shutdown.stop('failed start');
          throw error;
        }
      }),
    );

  program
    .command('simulator')
    .description('a fake store with orders, to try things on')
    .option('--port <port>', 'port', numberOption(0, PORT_MAX), SIMULATOR_PORT_DEFAULT)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--store <hash>', 'store hash', 'demo')
    .option('--token <token>', 'access token; default a random one')
    .option(
      '--orders <n>',
      'orders to begin with',
      numberOption(0, SIMULATED_ORDERS_MAX),
      SIMULATED_ORDERS_DEFAULT,
    )
    .option('--seed <n>', 'the same seed makes the same orders', numberOption(0, Number.MAX_SAFE_INTEGER), 1)
    .option('--no-quota', 'no rate limit')
    .action(
      run(async (session, options: SimulatorOptions) => {
        if (session.explain) return void explain(session.out, NO_TEMPORAL);
        const { runSimulator } = await import('../../simulator/main.ts');
        const { createLogger } = await import('../../runtime/logger.ts');
        const shutdown = createShutdown({ log: createLogger({ ...session.config.log, level: 'silent' }) });
        const token = options.token ?? randomBytes(SIMULATED_TOKEN_BYTES).toString('hex');
        const { port, host, store: storeHash, orders, seed } = options;
        const simulator = await runSimulator(
          { port, host, storeHash, token, orders, seed, quota: options.quota ? SIMULATED_QUOTA : null },
          { write: (line) => session.out.line(line) },
        );
        shutdown.onStop('simulator', () => simulator.close());
        session.out.result({ url: simulator.url, storeHash, token, orders, seed });
        const { clean } = await shutdown.stop(await shutdown.signalled);
        return clean ? EXIT.done : EXIT.failed;
      }),
    );

  program
    .command('migrate')
    .description('bring the database to the schema of this version; may be repeated')
    .action(
      run(async (session) => {
        const { out, config } = session;
        if (session.explain)
          return void explain(out, {
            commands: [],
            note: "This is Waybill's own database; Temporal's has its own tool.",
          });
        const { migrate } = await import('../../db/migrate.ts');
        const { applied } = await migrate(requireDatabaseUrl(config), (line) => out.note(line));
        out.line(applied === 0 ? 'The database is up to date.' : `${String(applied)} migrations applied.`);
        out.result({ applied });
        return undefined;
      }),
    );
}

interface SimulatorOptions {
  port: number;
  host: string;
  store: string;
  token?: string;
  orders: number;
  seed: number;
  quota: boolean;
}

function exitOf(code: number): 0 | 1 {
  return code === EXIT.done ? EXIT.done : EXIT.failed;
}
