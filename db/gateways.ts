/**
 * The registry of gateways, one for the installation (capabilities C-8): references, names, notes. Where it is empty,
 * any reference will do; where it is not, others are refused. It never holds an account of anybody.
 */
import { asc, eq } from 'drizzle-orm';
import { gateways as gatewayList, type Gateway } from '../settings/other-names.ts';
import { recordAudit } from './audit.ts';
import { inTransaction, type Database, type Queries, type Tx } from './database.ts';
import { DbError } from './errors.ts';
import { gateways } from './schema.ts';

/** All of them, by reference. */
export async function listGateways(db: Queries): Promise<Gateway[]> {
  return db.orm.select().from(gateways).orderBy(asc(gateways.ref));
}

/** Adds one or changes its name and note; may be repeated. Refuses `settings_invalid`. */
export async function saveGateway(
  db: Database,
  input: { gateway: Gateway; by: string; now: string },
): Promise<Gateway[]> {
  const { by, now } = input;
  const read = gatewayList.element.safeParse(input.gateway);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new DbError(
      'settings_invalid',
      `The gateway cannot be kept: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}.`,
    );
  }
  const gateway = read.data;
  return inTransaction(db, async (tx) => {
    await lockRegistry(tx);
    const [before] = await tx.orm.select().from(gateways).where(eq(gateways.ref, gateway.ref));
    await tx.orm
      .insert(gateways)
      .values(gateway)
      .onConflictDoUpdate({ target: gateways.ref, set: { name: gateway.name, note: gateway.note } });
    await audit(tx, { by, now, action: 'gateways.set', detail: { from: before ?? null, to: gateway } });
    return listGateways(tx);
  });
}

/** Takes one out. Refuses `gateway_unknown`, and `gateway_in_use` while a channel's settings name it. */
export async function removeGateway(
  db: Database,
  input: { ref: string; by: string; now: string },
): Promise<Gateway[]> {
  const { ref, by, now } = input;
  return inTransaction(db, async (tx) => {
    await lockRegistry(tx);
    const users = await tx.sql<{ id: string }[]>`
      select id from channels where removed_at is null
        and settings #>> '{catalog,default_gateway_ref}' = ${ref} order by id`;
    if (users.length > 0) {
      throw new DbError(
        'gateway_in_use',
        `The gateway ${ref} is catalog.default_gateway_ref of ${users.map(({ id }) => id).join(', ')}. Change it there first.`,
        { ref },
      );
    }
    const [gone] = await tx.orm.delete(gateways).where(eq(gateways.ref, ref)).returning();
    if (gone === undefined) throw unknownGateway(ref, await listGateways(tx));
    await audit(tx, { by, now, action: 'gateways.remove', detail: { from: gone, to: null } });
    return listGateways(tx);
  });
}

/** Refuses `gateway_unknown` with the known ones; anything goes while the registry is empty. */
export async function assertGatewayKnown(tx: Tx, channelId: string, ref: string | null): Promise<void> {
  if (ref === null) return;
  await lockRegistry(tx);
  const known = await listGateways(tx);
  if (known.length === 0 || known.some((gateway) => gateway.ref === ref)) return;
  throw unknownGateway(ref, known, channelId);
}

function unknownGateway(ref: string, known: readonly Gateway[], channelId?: string): DbError {
  const list = known.map((gateway) => `${gateway.ref} (${gateway.name})`).join(', ');
  return new DbError(
    'gateway_unknown',
    `There is no gateway ${JSON.stringify(ref)}. Known are: ${list === '' ? 'none' : list}. Add it with: waybill gateways set`,
    channelId === undefined ? { ref } : { ref, channelId },
  );
}

/** Whoever looks whether a reference is known must not be overtaken by its removal. */
async function lockRegistry(tx: Tx): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtextextended('waybill gateways', 0))`;
}

async function audit(
  tx: Tx,
  { by, now, action, detail }: { by: string; now: string; action: string; detail: Record<string, unknown> },
): Promise<void> {
  await recordAudit(tx, { at: now, by, channelId: null, orderId: null, action, detail });
}
