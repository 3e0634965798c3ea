/**
 * A database that hangs is as good as away: the caller is answered in time and repeats. What was committed after all is
 * recognized by its event id.
 */
import { HttpProblem, RETRY_AFTER_SECONDS, SEND_AGAIN_UNCLEAR } from './problems.ts';

/** A commit takes milliseconds; senders wait ten seconds and more. */
const DATABASE_DEADLINE_MS = 5_000;

/** @throws HttpProblem `database-unavailable` after the deadline */
export async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new HttpProblem(
          'database-unavailable',
          `The database does not answer in time. ${SEND_AGAIN_UNCLEAR}`,
          { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } },
        ),
      );
    }, DATABASE_DEADLINE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
