/**
 * What the ledger shows about the rights of a channel's token, which no read can show. Reads only.
 */
import type { Queries } from './database.ts';

/**
 * Whether the store took or refused (403) the last write-back that was sent since the channel's token was stored; null
 * when none was sent yet.
 */
export async function lastWriteVerdict(
  db: Queries,
  channelId: string,
): Promise<'accepted' | 'refused' | null> {
  const [row] = await db.sql<{ accepted: boolean }[]>`
    select w.state = 'confirmed' as accepted
    from write_backs w
    join channel_secrets s on s.channel_id = w.channel_id and s.kind = 'access_token'
    where w.channel_id = ${channelId} and w.updated_at >= s.created_at
      and ((w.state = 'confirmed' and w.sent_at >= s.created_at) or w.answer_code = 'write:403')
    order by w.updated_at desc
    limit 1`;
  if (row === undefined) return null;
  return row.accepted ? 'accepted' : 'refused';
}
