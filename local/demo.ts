/**
 * `waybill demo`: a whole installation with a simulated store, a story of orders and carrier events told through the
 * doors that people use, and a report that is held against a table written by hand. Nothing of it is kept.
 */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Output } from '../client/cli/output.ts';
import type { Config } from '../runtime/config.ts';
import { startSimulator } from '../simulator/server.ts';
import { compareDemo, type DemoOutcome, type DemoReport } from './demo-report.ts';
import { DEMO_EXPECTED, DEMO_ORDERS, DEMO_SETTINGS, DEMO_TOTALS } from './demo-scenario.ts';
import { readStoreOrder, readStoreTotals } from './demo-store.ts';
import {
  DEMO_CHANNEL,
  DEMO_STORE,
  runWaybill,
  stockStore,
  STEP_DEADLINE_MS,
  tellStory,
  type DemoWorld,
} from './demo-story.ts';
import { removeHome } from './dev.ts';
import type { Part } from './installation.ts';
import { reasonOf } from './log.ts';
import { onInterrupt, startWaybill, untilStopped, type RunningWaybill } from './run-dev.ts';

export interface DemoOptions {
  config: Config;
  /** End when the report is printed; otherwise it stays up on a terminal, to be looked at. */
  exit: boolean;
  out: Output;
  /** The environment of the command, for the commands that the story runs. */
  environment: NodeJS.ProcessEnv;
  /** Expects something wrong, to show that the comparison can fail. */
  expectWrong?: boolean;
}

const POLL_MS = 200;
const importResult = z.object({
  seen: z.number(),
  created: z.number(),
  rejected: z.record(z.string(), z.number()),
  apiCalls: z.number(),
});
const apiKey = z.object({ key: z.string() });
const orderAnswer = z.object({ stage: z.string().nullable(), lifecycleState: z.string() });

/** Exit code 0 when the store is exactly as the table says, 1 otherwise or when something failed on the way. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { out } = options;
  const home = path.resolve(options.config.home, 'demo');
  const giveUp = new AbortController();
  const release = onInterrupt(() => giveUp.abort(new Error('interrupted')));
  let waybill: RunningWaybill | undefined;
  try {
    let simulatorUrl = '';
    const simulator: Part = {
      name: 'Simulated store',
      start: async () => {
        const store = await startSimulator({
          stores: [{ storeHash: DEMO_STORE.hash, token: DEMO_STORE.token }],
        });
        simulatorUrl = store.url;
        return { stop: () => store.close(), note: store.url };
      },
    };
    waybill = await startWaybill({
      config: {
        ...options.config,
        home,
        databaseUrl: null,
        store: { ...options.config.store, allowLoopback: true },
      },
      emptyHome: () => removeHome(home),
      further: [simulator],
      freePorts: true,
      out,
      signal: giveUp.signal,
    });
    const report = await tellAndCompare(options, waybill, simulatorUrl, home, giveUp.signal);
    printReport(out, report, waybill);
    if (!options.exit && out.interactive) {
      out.line('\nEverything stays up to be looked at. Ctrl-C ends it. In another terminal, for example:');
      out.line(`  WAYBILL_HOME=${home} npx waybill order ${DEMO_CHANNEL} 1005`);
      await untilStopped(waybill, giveUp.signal);
    }
    return report.ok ? 0 : 1;
  } catch (error) {
    out.note(giveUp.signal.aborted ? 'Given up.' : reasonOf(error));
    out.result({ ok: false, error: reasonOf(error) });
    return 1;
  } finally {
    if (waybill !== undefined) {
      await waybill.stop();
      await removeHome(home);
    }
    release();
  }
}

async function tellAndCompare(
  options: DemoOptions,
  waybill: RunningWaybill,
  simulatorUrl: string,
  home: string,
  signal: AbortSignal,
): Promise<DemoReport> {
  const { out } = options;
  const say = (line: string): void => out.note(line);
  const commands = {
    environment: { ...options.environment, WAYBILL_HOME: home, WAYBILL_LOG_LEVEL: 'warn' },
    say,
    signal,
  };
  await stockStore({ simulatorUrl });
  const settings = [`connection.api_base_url=${simulatorUrl}`, ...DEMO_SETTINGS].flatMap((setting) => [
    '--set',
    setting,
  ]);
  const identity = ['--store-hash', DEMO_STORE.hash, '--token', DEMO_STORE.token, '--name', 'Demonstration'];
  await runWaybill(commands, ['channel', 'add', DEMO_CHANNEL, ...identity, ...settings]);
  const { key } = apiKey.parse(
    await runWaybill(commands, ['keys', 'create', 'demo carrier', '--channel', DEMO_CHANNEL]),
  );
  const world: DemoWorld = {
    ...commands,
    simulatorUrl,
    httpUrl: waybill.httpUrl,
    temporal: waybill.temporal,
    apiKey: key,
    beganAtMs: Date.now() - 2 * 60 * 60_000,
  };
  const [first] = await tellStory(world);
  const imported = importResult.parse(first);

  const expected =
    options.expectWrong === true
      ? DEMO_EXPECTED.map((row) => ({ ...row, statusId: row.statusId + 1 }))
      : DEMO_EXPECTED;
  const look = async (): Promise<DemoReport> =>
    compareDemo(expected, DEMO_TOTALS, await readOutcome(world, imported));
  // What is wrong on purpose never becomes equal: the store is looked at when everything is quiet.
  const report = options.expectWrong === true ? null : await untilEqual(look, signal);
  // What is equal must stay equal: a second shipment that comes late would be seen now.
  await untilQuiet(world, signal);
  return report === null || report.ok ? look() : report;
}

async function untilEqual(look: () => Promise<DemoReport>, signal: AbortSignal): Promise<DemoReport> {
  const deadline = performance.now() + STEP_DEADLINE_MS;
  for (;;) {
    const report = await look();
    if (report.ok || performance.now() > deadline) return report;
    await pause(POLL_MS, undefined, { signal });
  }
}

/** Until no delivered or cancelled order is still being followed, within the deadline. */
async function untilQuiet(world: DemoWorld, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + STEP_DEADLINE_MS;
  for (;;) {
    const orders = await readOwnOrders(world);
    const busy = [...orders.values()].some(
      ({ stage, lifecycleState }) =>
        (stage === 'delivered' || stage === 'cancelled') && lifecycleState === 'open',
    );
    if (!busy || performance.now() > deadline) return;
    await pause(POLL_MS, undefined, { signal });
  }
}

async function readOutcome(world: DemoWorld, imported: z.output<typeof importResult>): Promise<DemoOutcome> {
  const [orders, own, totals] = await Promise.all([
    Promise.all(DEMO_ORDERS.map(({ id }) => readStoreOrder(world.simulatorUrl, DEMO_STORE.hash, id))),
    readOwnOrders(world),
    readStoreTotals(world.simulatorUrl, DEMO_STORE.hash),
  ]);
  return {
    orders,
    stages: new Map([...own].map(([id, { stage }]) => [id, stage ?? ''])),
    seeded: totals.orders,
    imported: imported.created,
    rejected: imported.rejected,
    importCalls: imported.apiCalls,
    importSeen: imported.seen,
    storeRequests: totals.requests,
    mails: totals.mails,
  };
}

/** The named orders that Waybill knows, as its operator API tells; rejected ones are not there. */
async function readOwnOrders(world: DemoWorld): Promise<Map<number, z.output<typeof orderAnswer>>> {
  const answers = await Promise.all(
    DEMO_ORDERS.map(async ({ id }) => {
      const answer = await fetch(`${world.httpUrl}/v1/channels/${DEMO_CHANNEL}/orders/${String(id)}`, {
        headers: { authorization: `Bearer ${world.apiKey}` },
      });
      return answer.ok ? [{ id, order: orderAnswer.parse(await answer.json()) }] : [];
    }),
  );
  return new Map(answers.flat().map(({ id, order }) => [id, order]));
}

function printReport(out: Output, report: DemoReport, waybill: RunningWaybill): void {
  out.table(
    ['order', 'as expected', 'in the store', 'why'],
    report.rows.map((row) => [row.id, row.ok ? 'yes' : `NO: ${row.expected}`, row.found, row.why]),
  );
  out.table(
    ['count', 'as expected', 'found'],
    report.totals.map((total) => [total.name, total.ok ? 'yes' : `NO: ${total.expected}`, total.found]),
  );
  out.line(
    `Rejected by rule: ${Object.entries(report.rejected)
      .map(([rule, count]) => `${rule} ${String(count)}`)
      .join(', ')}`,
  );
  out.line(
    `API calls per imported order: ${report.apiCallsPerOrder.toFixed(4)}; store requests in all: ${String(report.storeRequests)}; mails to shoppers: ${String(report.mails)}`,
  );
  out.line(
    `Temporal UI: ${waybill.uiUrl}/namespaces/${waybill.temporal.namespace}/workflows   HTTP: ${waybill.httpUrl}/docs`,
  );
  out.line(report.ok ? 'The store is exactly as the table says.' : 'The store is NOT as the table says.');
  out.result({ ...report, uiUrl: waybill.uiUrl, httpUrl: waybill.httpUrl });
}
