/** `waybill doctor`: looks at everything an installation needs and says what to do about what is missing. */
import type { Command } from 'commander';
import { listChannels } from '../../db/channels.ts';
import { assertMigrated } from '../../db/migrate.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { importScheduleId, reconcileId, SWEEP_ID } from '../../domain/ids.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import type { TemporalConnection } from '../temporal.ts';
import { EXIT } from './command-error.ts';
import { examineChannels } from './doctor-channels.ts';
import { explain } from './explain.ts';
import { ALL_QUEUES } from './follow.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';
import { describeQueues } from './task-queues.ts';

export interface Finding {
  what: string;
  ok: boolean;
  message: string;
  /** Null when there is nothing to do. */
  todo: string | null;
}

/** The oldest Node that the packages run on (design section 10). */
const NODE_MIN = [20, 19] as const;
const TEMPORAL_DEADLINE_MS = 5_000;
/** Older servers lack what the lifecycle uses (design section 10). */
const SERVER_MIN = [1, 29] as const;

export function addDoctorCommand(program: Command, run: Run): void {
  program
    .command('doctor')
    .description('look at Node, Postgres, Temporal, workers, keys and schedules, and say what to do')
    .action(
      run(async (session) => {
        const { out } = session;
        if (session.explain) {
          explain(out, {
            commands: [
              'temporal operator cluster health',
              'temporal operator search-attribute list',
              'temporal schedule list',
              'temporal task-queue describe --task-queue waybill',
              'temporal task-queue describe --task-queue bigcommerce',
            ],
          });
          return;
        }
        const findings = await examine(session);
        for (const { what, ok, message, todo } of findings) {
          out.line(`${ok ? 'ok  ' : 'BAD '} ${what}: ${message}`);
          if (todo !== null) out.line(`     ${todo}`);
        }
        const healthy = findings.every((finding) => finding.ok);
        out.result({ healthy, findings });
        return healthy ? EXIT.done : EXIT.failed;
      }),
    );
}

async function examine(session: Session): Promise<Finding[]> {
  const { config, installation } = session;
  const findings: Finding[] = [examineNode(), examineSecretKeys(session)];
  if (installation !== null) findings.push(good('Local installation', `running, kept in ${config.home}`));

  const db =
    config.databaseUrl === null
      ? null
      : openDatabase(config.databaseUrl, { max: 1, applicationName: 'waybill-doctor' });
  try {
    const usable = await examinePostgres(db, findings);
    if (db !== null && usable) findings.push(...(await examineChannels(db)));
    const temporal = await reachTemporal(session, findings);
    if (temporal === null) return findings;
    findings.push(await examineSearchAttributes(temporal), ...(await examineWorkers(temporal)));
    if (db !== null && usable) findings.push(await examineSchedules(db, temporal));
    return findings;
  } finally {
    await db?.close();
  }
}

function examineNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const version = `version ${process.versions.node}`;
  return major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])
    ? good('Node', version)
    : bad('Node', `${version} is too old`, `Install ${NODE_MIN.join('.')} or newer.`);
}

function examineSecretKeys({ config }: Session): Finding {
  const [active] = config.secretKeys;
  return active === undefined
    ? bad(
        'Secret key',
        'none; tokens of stores can be neither kept nor used',
        'Set WAYBILL_SECRET_KEYS, such as: export WAYBILL_SECRET_KEYS="k1:$(openssl rand -base64 32)". Keep it: what it sealed is lost without it.',
      )
    : good('Secret key', `${active.id} is active, ${String(config.secretKeys.length)} known`);
}

/** @returns whether the database can be asked further. */
async function examinePostgres(db: Database | null, findings: Finding[]): Promise<boolean> {
  if (db === null) {
    findings.push(
      bad(
        'Postgres',
        'WAYBILL_DATABASE_URL is not set',
        'Set it, or run `waybill dev`, which brings a database.',
      ),
    );
    return false;
  }
  try {
    const [row] = await db.sql<{ version: string }[]>`select current_setting('server_version') as version`;
    findings.push(good('Postgres', `reachable, version ${row?.version ?? 'unknown'}`));
  } catch (error) {
    findings.push(
      bad('Postgres', `does not answer: ${reason(error)}`, 'Start it, or correct WAYBILL_DATABASE_URL.'),
    );
    return false;
  }
  try {
    await assertMigrated(db);
    findings.push(good('Schema', 'is of this version'));
    return true;
  } catch (error) {
    findings.push(bad('Schema', reason(error), 'Run `waybill migrate`.'));
    return false;
  }
}

async function reachTemporal(session: Session, findings: Finding[]): Promise<TemporalConnection | null> {
  let temporal: TemporalConnection;
  try {
    temporal = await session.temporal();
  } catch (error) {
    findings.push(
      bad('Temporal', reason(error), 'Start it (`waybill dev` brings one), or set TEMPORAL_ADDRESS.'),
    );
    return null;
  }
  const { connection, namespace } = temporal;
  try {
    const { serverVersion } = await connection.withDeadline(Date.now() + TEMPORAL_DEADLINE_MS, () =>
      connection.workflowService.getSystemInfo({}),
    );
    await connection.withDeadline(Date.now() + TEMPORAL_DEADLINE_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    const [major = 0, minor = 0] = serverVersion.split('.').map(Number);
    const recent = Number.isNaN(major) || major > SERVER_MIN[0] || minor >= SERVER_MIN[1];
    findings.push(
      recent
        ? good('Temporal', `reachable, server ${serverVersion}, namespace ${namespace}`)
        : bad('Temporal', `server ${serverVersion} is too old`, `Use ${SERVER_MIN.join('.')} or newer.`),
    );
    return temporal;
  } catch (error) {
    findings.push(
      bad(
        'Temporal',
        `the namespace ${namespace} cannot be used: ${reason(error)}`,
        `Create it: temporal operator namespace create --namespace ${namespace}`,
      ),
    );
    return null;
  }
}

async function examineSearchAttributes({ connection, namespace }: TemporalConnection): Promise<Finding> {
  const wanted = Object.keys(SEARCH_ATTRIBUTES);
  try {
    const { customAttributes } = await connection.withDeadline(Date.now() + TEMPORAL_DEADLINE_MS, () =>
      connection.operatorService.listSearchAttributes({ namespace }),
    );
    const missing = wanted.filter((name) => !(name in customAttributes));
    return missing.length === 0
      ? good('Search attributes', wanted.join(', '))
      : bad(
          'Search attributes',
          `missing: ${missing.join(', ')}`,
          'A worker registers them when it starts: `waybill worker`.',
        );
  } catch (error) {
    // Temporal Cloud has no operator service.
    return good(
      'Search attributes',
      `cannot be listed here (${reason(error)}); look in the UI for ${wanted.join(', ')}`,
    );
  }
}

async function examineWorkers(temporal: TemporalConnection): Promise<Finding[]> {
  const states = await describeQueues(temporal, ALL_QUEUES);
  return states.map(({ queue, workers }) =>
    workers.length > 0
      ? good(`Workers of ${queue}`, `${String(workers.length)} polling`)
      : bad(`Workers of ${queue}`, 'nobody polls, so nothing is carried out', 'Start one: `waybill worker`.'),
  );
}

/** That enabled channels with automatic import have their schedule, and the sweep too. */
async function examineSchedules(db: Database, temporal: TemporalConnection): Promise<Finding> {
  const channels = (await listChannels(db)).filter((channel) => channel.enabled);
  if (channels.length === 0) return good('Schedules', 'none needed: no channel is enabled');
  const wanted = [
    SWEEP_ID,
    ...channels.flatMap(({ id, settings }) => [
      reconcileId(id),
      ...(settings.orders.import.mode === 'automatic' ? [importScheduleId(id)] : []),
    ]),
  ];
  const missing: string[] = [];
  for (const id of wanted) {
    try {
      await temporal.client.schedule.getHandle(id).describe();
    } catch {
      missing.push(id);
    }
  }
  return missing.length === 0
    ? good('Schedules', `${String(wanted.length)} in place`)
    : bad(
        'Schedules',
        `missing: ${missing.join(', ')}`,
        `Made again by \`waybill channel enable <channel>\`; the sweep's by starting a worker.`,
      );
}

function good(what: string, message: string): Finding {
  return { what, ok: true, message, todo: null };
}

function bad(what: string, message: string, todo: string): Finding {
  return { what, ok: false, message, todo };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message !== '' ? error.message : 'code' in error ? String(error.code) : error.name;
}
