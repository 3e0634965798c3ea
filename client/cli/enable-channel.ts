/** Enabling a channel whose check has passed, and bringing its schedules in Temporal to what its row says. */
import { setEnabled, type Channel } from '../../db/channels.ts';
import type { Session } from './session.ts';

/** May be repeated: the schedules are made, or brought to what the settings say. */
export async function enableChecked(session: Session, channelId: string): Promise<void> {
  const { channel, offered } = await setEnabled(await session.database(), {
    id: channelId,
    enabled: true,
    by: session.operator,
    now: session.now(),
  });
  await ensureSchedules(session, channel);
  session.out.line(`The channel ${channelId} is enabled.`);
  if (offered > 0)
    session.out.line(`${String(offered)} orders that waited for it go on within five minutes.`);
  const { mode, interval_minutes: minutes } = channel.settings.orders.import;
  session.out.line(
    mode === 'automatic'
      ? `Orders are imported every ${String(minutes)} minutes; now: waybill import ${channelId}`
      : `Orders are imported when asked: waybill import ${channelId}`,
  );
}

/** What was committed stays committed when Temporal is away; then the operator is told what is left to do. */
export async function ensureSchedules(session: Session, channel: Channel): Promise<void> {
  const [{ ensureChannelSchedules }, { TemporalUnavailableError }] = await Promise.all([
    import('../schedules.ts'),
    import('../temporal.ts'),
  ]);
  try {
    const { client } = await session.temporal();
    await ensureChannelSchedules(client, channel);
  } catch (error) {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    session.out.note(
      `Recorded, but Temporal is away: its schedules are as before. Later: waybill channel enable ${channel.id} (or disable).`,
    );
  }
}
