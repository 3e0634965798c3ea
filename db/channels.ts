/**
 * The door to channels for other rooms: reading, adding, changing, and whether a channel works: enabled, checked, paused after refused credentials. Every
 * change is one transaction with its audit entry.
 */
import { eq } from 'drizzle-orm';
import { recordAudit } from './audit.ts';
import { channelOf, lockChannel, requireChannel, type Channel, type ChannelRow } from './channel-row.ts';
import { refreshCeiling } from './channel-changes.ts';
import type { Database, Tx } from './database.ts';
import { inTransaction } from './database.ts';
import { offerOrdersWithCuredSteps, offerOpenOrders } from './orders.ts';
import { prefillThrottle } from './prefill-throttle.ts';
import { channels } from './schema.ts';
import { putSecret, type SecretBox, type SecretKind } from './secrets.ts';

export { addChannel, changeSettings, removeChannel } from './channel-changes.ts';
export { getChannel, listChannels, requireChannel, type Channel } from './channel-row.ts';

/** This many 401 answers in a row pause a channel (design section 6). */
export const AUTH_FAILURES_MAX = 3;

/**
 * Enables or disables a channel. Enabling forgets refused credentials and puts orders into the outbox that have steps
 * waiting for the channel, or had news while it was off. Saying what already holds changes nothing. Refuses
 * `channel_unknown`.
 */
export async function setEnabled(
  db: Database,
  input: { id: string; enabled: boolean; reason?: string | null; by: string; now: string },
): Promise<{ channel: Channel; offered: number }> {
  const { id, enabled, by, now } = input;
  return inTransaction(db, async (tx) => {
    const row = await lockChannel(tx, id);
    if (row.enabled === enabled && row.authFailures === 0) return { channel: channelOf(tx, row), offered: 0 };
    let offered = 0;
    if (enabled) {
      offered = await switchOn(tx, row, now);
    } else {
      const disabledReason = input.reason ?? `disabled by ${by}`;
      await tx.orm
        .update(channels)
        .set({ enabled: false, disabledReason, disabledBy: 'operator', disabledAt: now, updatedAt: now })
        .where(eq(channels.id, id));
    }
    const action = enabled ? 'channel.enable' : 'channel.disable';
    await recordAudit(tx, {
      at: now,
      by,
      channelId: id,
      orderId: null,
      action,
      detail: { reason: input.reason ?? null },
    });
    return { channel: await requireChannel(tx, id), offered };
  });
}

/**
 * Keeps a connection check. A good one ends a pause by refused credentials, and puts orders into the outbox whose steps
 * wait for working credentials. `report` is shown to people: no secret. May be repeated. Refuses `channel_unknown`.
 */
export async function recordCheck(
  db: Database,
  input: {
    id: string;
    ok: boolean;
    report: Record<string, unknown>;
    clockSkewMs: number | null;
    now: string;
  },
): Promise<{ channel: Channel; offered: number }> {
  const { id, ok, now } = input;
  return inTransaction(db, async (tx) => {
    const row = await lockChannel(tx, id);
    await tx.orm
      .update(channels)
      .set({
        lastCheck: { ...input.report, ok, at: now },
        clockSkewMs: input.clockSkewMs ?? row.clockSkewMs,
        ...(ok ? { authFailures: 0 } : {}),
      })
      .where(eq(channels.id, id));
    const offered = ok ? await cure(tx, row, 'a good check', now) : 0;
    return { channel: await requireChannel(tx, id), offered };
  });
}

/** Keeps the store's clock minus ours, as a `Date` header showed it. May be repeated. */
export async function recordClockSkew(
  db: Database,
  input: { id: string; clockSkewMs: number },
): Promise<void> {
  await db.orm
    .update(channels)
    .set({ clockSkewMs: Math.round(input.clockSkewMs) })
    .where(eq(channels.id, input.id));
}

/**
 * Counts a 401 or 403; the third in a row pauses the channel. Not to be repeated for the same answer. Refuses
 * `channel_unknown`.
 */
export async function countAuthFailure(
  db: Database,
  input: { id: string; now: string },
): Promise<{ failures: number; paused: boolean }> {
  const { id, now } = input;
  return inTransaction(db, async (tx) => {
    const row = await lockChannel(tx, id);
    const failures = row.authFailures + 1;
    await tx.orm.update(channels).set({ authFailures: failures }).where(eq(channels.id, id));
    if (!row.enabled || failures < AUTH_FAILURES_MAX) return { failures, paused: row.disabledBy === 'auth' };
    const disabledReason =
      `paused: the store refused the credentials ${String(failures)} times in a row. Store working ones with ` +
      `waybill channel rotate ${id}, then check with waybill channel test ${id}`;
    await tx.orm
      .update(channels)
      .set({ enabled: false, disabledReason, disabledBy: 'auth', disabledAt: now, updatedAt: now })
      .where(eq(channels.id, id));
    await recordAudit(tx, {
      at: now,
      by: 'waybill',
      channelId: id,
      orderId: null,
      action: 'channel.pause',
      detail: { failures },
    });
    return { failures, paused: true };
  });
}

/** The store took the credentials: failures in a row begin anew. Costs nothing where there were none. */
export async function clearAuthFailures(db: Database, id: string): Promise<void> {
  await db.sql`update channels set auth_failures = 0 where id = ${id} and auth_failures > 0 and enabled`;
}

/**
 * Stores a secret in place of the old one, ends a pause by refused credentials, and puts orders with waiting steps into
 * the outbox. Refuses `channel_unknown`.
 */
export async function rotateSecret(
  db: Database,
  box: SecretBox,
  input: { id: string; kind: SecretKind; value: string; by: string; now: string },
): Promise<{ channel: Channel; offered: number }> {
  const { id, kind, by, now } = input;
  return inTransaction(db, async (tx) => {
    const row = await lockChannel(tx, id);
    await putSecret(tx, box, { channelId: id, kind, value: input.value, now });
    const offered = await cure(tx, row, 'a new secret', now);
    const detail = { kind, keyId: box.activeKeyId };
    await recordAudit(tx, { at: now, by, channelId: id, orderId: null, action: 'channel.rotate', detail });
    return { channel: await requireChannel(tx, id), offered };
  });
}

/** Ends a pause by `auth`; otherwise only offers what waits for working credentials. An operator's "off" stays. */
async function cure(tx: Tx, row: ChannelRow, by: string, now: string): Promise<number> {
  if (row.disabledBy === 'auth') {
    const detail = { endedBy: by };
    await recordAudit(tx, {
      at: now,
      by: 'waybill',
      channelId: row.id,
      orderId: null,
      action: 'channel.resume',
      detail,
    });
    return switchOn(tx, row, now);
  }
  await tx.orm.update(channels).set({ authFailures: 0 }).where(eq(channels.id, row.id));
  return row.enabled ? offerOrdersWithCuredSteps(tx, { channelId: row.id, now }) : 0;
}

/** Answers how many orders were offered; one that waited and had news counts twice. */
async function switchOn(tx: Tx, row: ChannelRow, now: string): Promise<number> {
  await tx.orm
    .update(channels)
    .set({
      enabled: true,
      disabledReason: null,
      disabledBy: null,
      disabledAt: null,
      authFailures: 0,
      updatedAt: now,
    })
    .where(eq(channels.id, row.id));
  if (await prefillThrottle(tx, row, now)) await refreshCeiling(tx, row.storeHash);
  const cured = await offerOrdersWithCuredSteps(tx, { channelId: row.id, now });
  const hadNews = row.enabled
    ? 0
    : await offerOpenOrders(tx, { channelId: row.id, now, newsSince: row.disabledAt });
  return cured + hadNews;
}
