/** `waybill gateways`: the references that catalog items may name, for the whole installation. */
import type { Command } from 'commander';
import { listGateways, removeGateway, saveGateway } from '../../db/gateways.ts';
import { explain } from './explain.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';

const IN_POSTGRES = { commands: [], note: 'Gateways are known to Postgres only.' };

type Gateways = Awaited<ReturnType<typeof listGateways>>;

export function addGatewayCommands(program: Command, run: Run): void {
  const gateways = program.command('gateways').description('gateways that catalog items may name');

  gateways
    .command('list')
    .description('all of them; while there is none, every reference is taken')
    .action(
      run(async (session) => {
        if (session.explain) return explain(session.out, IN_POSTGRES);
        show(session, await listGateways(await session.database()));
      }),
    );

  gateways
    .command('set')
    .description('add a gateway, or change its name and note')
    .argument('<ref>', 'its reference, as sales and items name it')
    .argument('<name>', 'what people call it')
    .option('--note <text>', 'for those who wonder', '')
    .action(
      run(async (session, ref: string, name: string, { note }: { note: string }) => {
        if (session.explain) return explain(session.out, IN_POSTGRES);
        const who = { by: session.operator, now: session.now() };
        show(session, await saveGateway(await session.database(), { gateway: { ref, name, note }, ...who }));
      }),
    );

  gateways
    .command('remove')
    .description('take a gateway out; one that a channel names stays')
    .argument('<ref>', 'its reference')
    .action(
      run(async (session, ref: string) => {
        if (session.explain) return explain(session.out, IN_POSTGRES);
        const who = { by: session.operator, now: session.now() };
        show(session, await removeGateway(await session.database(), { ref, ...who }));
      }),
    );
}

function show(session: Session, gateways: Gateways): void {
  session.out.table(
    ['gateway', 'name', 'note'],
    gateways.map(({ ref, name, note }) => [ref, name, note]),
  );
  if (gateways.length === 0) session.out.line('There is no gateway: every reference is taken.');
  session.out.result({ gateways });
}
