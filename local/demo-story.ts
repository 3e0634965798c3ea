/**
 * Tells the demonstration's story through the doors that a person and a carrier would use: the `waybill` and `temporal`
 * command lines, the HTTP ingress, and the store's control panel. It decides nothing and checks nothing.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DEMO_ORDERS, DEMO_PLAIN_ORDERS, DEMO_STORY, type DemoStep } from './demo-scenario.ts';
import { readStoreOrder } from './demo-store.ts';
import { LocalError } from './errors.ts';
import { reasonOf } from './log.ts';

const execute = promisify(execFile);

export const DEMO_CHANNEL = 'demo';
export const DEMO_STORE = { hash: 'demostore1', token: 'demo-store-token' };

/** One step waits for the store at most this long: a minute of Temporal and store calls on a busy machine is plenty. */
export const STEP_DEADLINE_MS = 180_000;
const POLL_MS = 100;
const COMMAND_TIMEOUT_MS = 400_000;
/** Output of a command: an import's or an order's JSON document. */
const OUTPUT_BYTES_MAX = 8 * 1024 * 1024;

export interface DemoWorld {
  simulatorUrl: string;
  httpUrl: string;
  temporal: { cli: string; address: string; namespace: string };
  apiKey: string;
  /** When the story begins: label at minute 10 means ten minutes after this. */
  beganAtMs: number;
  /** The environment of the commands; names the installation's folder. */
  environment: NodeJS.ProcessEnv;
  /** One line for the person: the command as it was run. */
  say(line: string): void;
  signal: AbortSignal;
}

/** Puts the named and the plain orders into the simulated store. */
export async function stockStore(world: Pick<DemoWorld, 'simulatorUrl'>): Promise<void> {
  await control(world, 'POST', 'orders', DEMO_ORDERS);
  await control(world, 'POST', 'seed', {
    count: DEMO_PLAIN_ORDERS.count,
    startId: DEMO_PLAIN_ORDERS.firstId,
    kind: 'plain',
    seed: 7,
  });
}

/** Runs the whole story; answers the results of the imports in the order in which they ran. */
export async function tellStory(world: DemoWorld): Promise<unknown[]> {
  const imports: unknown[] = [];
  for (const step of DEMO_STORY) {
    world.signal.throwIfAborted();
    if (step.do === 'import') imports.push(await runWaybill(world, ['import', DEMO_CHANNEL, ...step.args]));
    else await perform(world, step);
  }
  return imports;
}

async function perform(world: DemoWorld, step: Exclude<DemoStep, { do: 'import' }>): Promise<void> {
  switch (step.do) {
    case 'event':
      return sendEvent(world, step);
    case 'person-ships':
      world.say(`a person ships order ${String(step.orderId)} in the store's control panel`);
      return control(world, 'POST', `orders/${String(step.orderId)}/shipments`, {
        tracking_number: step.number,
      });
    case 'person-sets-status':
      world.say(
        `a person sets order ${String(step.orderId)} to status ${String(step.statusId)} in the store`,
      );
      return control(world, 'PATCH', `orders/${String(step.orderId)}`, { status_id: step.statusId });
    case 'until':
      return waitForStore(world, step);
  }
}

type EventStep = Extract<DemoStep, { do: 'event' }>;

async function sendEvent(world: DemoWorld, step: EventStep): Promise<void> {
  switch (step.via) {
    case 'http': {
      const body = JSON.stringify(await envelope(world, step));
      await Promise.all(Array.from({ length: step.sameTwice === true ? 2 : 1 }, () => post(world, body)));
      return;
    }
    case 'cli': {
      const status = step.status === undefined ? [] : ['--status', step.status];
      const args = [
        'event',
        DEMO_CHANNEL,
        String(step.orderId),
        step.type,
        '--tracking',
        step.number,
        ...status,
      ];
      await runWaybill(world, [...args, '--occurred-at', occurredAt(world, step)]);
      return;
    }
    case 'signal': {
      const input = JSON.stringify(await envelope(world, step));
      const args = ['workflow', 'signal', '--workflow-id', `order:${DEMO_CHANNEL}:${String(step.orderId)}`];
      await runTemporal(world, [...args, '--name', 'carrierEvent', '--input', input]);
      return;
    }
  }
}

async function envelope(world: DemoWorld, step: EventStep): Promise<Record<string, unknown>> {
  return {
    id: `demo-${String(step.orderId)}-${step.number}-${step.type}-${step.status ?? ''}`,
    type: step.type,
    occurredAt: occurredAt(world, step),
    orderId: step.orderId,
    ...(step.lines === undefined ? {} : { lines: await linesBySku(world, step.orderId, step.lines) }),
    shipment: { trackingNumber: step.number, carrier: 'usps' },
    ...(step.status === undefined ? {} : { tracking: { status: step.status } }),
  };
}

function occurredAt(world: DemoWorld, step: EventStep): string {
  return new Date(world.beganAtMs + step.minute * 60_000).toISOString();
}

/** Upstream knows the store's line ids from its own reading of the order; here that is the control panel. */
async function linesBySku(
  world: DemoWorld,
  orderId: number,
  quantities: Record<string, number>,
): Promise<{ orderProductId: number; quantity: number }[]> {
  const order = await readStoreOrder(world.simulatorUrl, DEMO_STORE.hash, orderId);
  return Object.entries(quantities).map(([sku, quantity]) => {
    const line = order.lines.find((candidate) => candidate.sku === sku);
    if (line === undefined)
      throw new LocalError('demo_failed', `Order ${String(orderId)} has no line ${sku}.`);
    return { orderProductId: line.id, quantity };
  });
}

async function post(world: DemoWorld, body: string): Promise<void> {
  const answer = await fetch(`${world.httpUrl}/v1/channels/${DEMO_CHANNEL}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.apiKey}` },
    body,
    signal: world.signal,
  });
  if (answer.status !== 202) {
    throw new LocalError(
      'demo_failed',
      `The ingress answered ${String(answer.status)}: ${await answer.text()}`,
    );
  }
}

async function waitForStore(world: DemoWorld, step: Extract<DemoStep, { do: 'until' }>): Promise<void> {
  const deadline = performance.now() + STEP_DEADLINE_MS;
  for (;;) {
    const order = await readStoreOrder(world.simulatorUrl, DEMO_STORE.hash, step.orderId);
    const statusReached = step.statusId === undefined || order.statusId === step.statusId;
    const shipmentsReached = step.shipments === undefined || order.shipments.length === step.shipments;
    if (statusReached && shipmentsReached) return;
    // The comparison at the end names what is different; here it is only time to go on.
    if (performance.now() > deadline) return;
    await pause(POLL_MS, undefined, { signal: world.signal });
  }
}

/** Runs a `waybill` command with `--json` and answers its document. */
export async function runWaybill(
  world: Pick<DemoWorld, 'environment' | 'say' | 'signal'>,
  args: readonly string[],
): Promise<unknown> {
  world.say(`$ waybill ${args.join(' ')}`);
  const program = path.join(import.meta.dirname, '..', 'bin', 'waybill.js');
  return JSON.parse(
    await run(world, process.execPath, [program, ...args, '--json'], `waybill ${args[0] ?? ''}`),
  );
}

async function runTemporal(world: DemoWorld, args: readonly string[]): Promise<void> {
  world.say(`$ temporal ${args.map((arg) => (arg.includes('{') ? `'${arg}'` : arg)).join(' ')}`);
  const { cli, address, namespace } = world.temporal;
  await run(world, cli, [...args, '--address', address, '--namespace', namespace], 'temporal');
}

async function run(
  world: Pick<DemoWorld, 'environment' | 'signal'>,
  program: string,
  args: readonly string[],
  name: string,
): Promise<string> {
  try {
    const { stdout } = await execute(program, [...args], {
      env: world.environment,
      timeout: COMMAND_TIMEOUT_MS,
      maxBuffer: OUTPUT_BYTES_MAX,
      signal: world.signal,
    });
    return stdout;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : reasonOf(error);
    throw new LocalError('demo_failed', `\`${name}\` failed: ${said}`, { cause: error });
  }
}

async function control(
  world: Pick<DemoWorld, 'simulatorUrl'>,
  method: string,
  what: string,
  body: unknown,
): Promise<void> {
  const answer = await fetch(`${world.simulatorUrl}/_control/stores/${DEMO_STORE.hash}/${what}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) {
    throw new LocalError('demo_failed', `The simulator refused ${method} ${what}: ${await answer.text()}`);
  }
}
