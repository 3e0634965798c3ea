/** Who changed which setting or order by hand. Only appended to; never holds a secret. */
import { and, desc, eq } from 'drizzle-orm';
import type { Queries } from './database.ts';
import { audit } from './schema.ts';

export interface AuditEntry {
  at: string;
  /** The operator or the API key's name. */
  by: string;
  channelId: string | null;
  orderId: number | null;
  /** Such as `channel.settings`, `order.pause`. */
  action: string;
  /** Before and after, or what was asked; secrets never. */
  detail: Record<string, unknown>;
}

const LIST_DEFAULT = 200;

/** Appends one entry; belongs in the transaction of what it tells. */
export async function recordAudit(tx: Queries, entry: AuditEntry): Promise<void> {
  await tx.orm.insert(audit).values(entry);
}

/** Newest first. */
export async function listAudit(
  db: Queries,
  ask: { channelId?: string; orderId?: number; limit?: number } = {},
): Promise<(AuditEntry & { id: number })[]> {
  return db.orm
    .select()
    .from(audit)
    .where(
      and(
        ...(ask.channelId === undefined ? [] : [eq(audit.channelId, ask.channelId)]),
        ...(ask.orderId === undefined ? [] : [eq(audit.orderId, ask.orderId)]),
      ),
    )
    .orderBy(desc(audit.id))
    .limit(ask.limit ?? LIST_DEFAULT);
}
