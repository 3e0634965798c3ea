// A database whose clock stands: what our statements ask as `clock_timestamp()` is always the same moment there, so that a
// wait of a second does not run out while a busy machine does something else. `now()` and the machine go on.
import type postgres from 'postgres';
import type { Database } from '../../db/database.ts';

/** Stops the clock of the connection's database, at a whole millisecond as columns keep it, for later sessions. */
export async function stopClock(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`create schema stopped_clock;
    create table stopped_clock.moment as
      select date_trunc('milliseconds', pg_catalog.clock_timestamp()) as at;
    create function stopped_clock.clock_timestamp() returns timestamptz language sql stable
      as 'select at from stopped_clock.moment'`);
  // A default was bound to the server's own clock when its table was made.
  const defaults = await sql<{ tableName: string; columnName: string }[]>`
    select table_name as "tableName", column_name as "columnName" from information_schema.columns
    where table_schema = 'public' and column_default = 'clock_timestamp()'`;
  for (const { tableName, columnName } of defaults)
    await sql`alter table ${sql(tableName)} alter ${sql(columnName)} set default stopped_clock.clock_timestamp()`;
  const [here] = await sql<{ name: string }[]>`select current_database() as name`;
  // Named before the system's own functions, which come first otherwise.
  await sql`alter database ${sql(here?.name ?? '')} set search_path = stopped_clock, pg_catalog, public`;
}

/** Lets time pass for the quota by moving what is stored into the past; the same to every statement, also where the clock goes. */
export async function passQuotaTime({ sql }: Database, ms: number): Promise<void> {
  const interval = `${String(ms)} milliseconds`;
  await sql`update quota_grants set granted_at = granted_at - ${interval}::interval`;
  await sql`update quota_waits set until = until - ${interval}::interval`;
  await sql`update quota_slots set until = until - ${interval}::interval`;
  await sql`update quotas set live_until = live_until - ${interval}::interval, blocked_until = blocked_until - ${interval}::interval`;
}
