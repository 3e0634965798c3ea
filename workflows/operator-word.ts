/**
 * Whether an operator's `pause` or `resume` can be taken. A refusal is a sentence for that person; it changes nothing
 * and leaves no event in the history.
 */
import type { Settled } from './contract.ts';

const REASON_LENGTH_MAX = 500;
const BY_LENGTH_MAX = 100;

/** The sentence of refusal, or null. `settled` is null while the run has not asked the database yet. */
export function operatorWordProblem(
  action: 'pause' | 'resume',
  word: unknown,
  settled: Settled | null,
): string | null {
  const given = typeof word === 'object' && word !== null ? word : {};
  const reason: unknown = 'reason' in given ? given.reason : undefined;
  const by: unknown = 'by' in given ? given.by : undefined;
  if (typeof reason !== 'string' || reason.trim().length === 0) {
    return `Say why, so that others can read it later: ${action} with {"reason":"address check"}.`;
  }
  if (reason.length > REASON_LENGTH_MAX)
    return `The reason is longer than ${String(REASON_LENGTH_MAX)} characters.`;
  if (by !== undefined && (typeof by !== 'string' || by.length === 0 || by.length > BY_LENGTH_MAX)) {
    return `"by" must be a name of at most ${String(BY_LENGTH_MAX)} characters.`;
  }
  if (settled === null) return null;
  if (!settled.known)
    return 'This order is not known yet: an import of it was asked for. Try again when it has arrived.';
  if (settled.done) return 'This order is not followed any more: nothing will be written for it.';
  if (action === 'pause' && settled.paused) return 'This order is paused already.';
  if (action === 'resume' && !settled.paused) return 'This order is not paused.';
  return null;
}
