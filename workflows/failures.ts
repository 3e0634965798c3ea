/** What the workflows make of errors: which one is at the root, which is final, and a sentence for the run's row. */
import { ApplicationFailure, TemporalFailure } from '@temporalio/workflow';

/** Activity and child failures wrap the cause; deeper chains do not occur. */
const DEPTH_MAX = 8;
/** Characters of a failure that are kept in a row; messages of ours are far shorter. */
const SENTENCE_LENGTH_MAX = 500;

/** The failure that an activity of ours threw, out of its wrappers; null for anything else. */
function rootFailure(error: unknown): ApplicationFailure | null {
  for (let at = error, depth = 0; at instanceof Error && depth < DEPTH_MAX; at = at.cause, depth++) {
    if (at instanceof ApplicationFailure) return at;
  }
  return null;
}

/** True for a failure that no other attempt cures, such as a channel that does not exist. */
export function isFinal(error: unknown): boolean {
  return rootFailure(error)?.nonRetryable === true;
}

/** One sentence for people, bounded; messages of ours hold no customer data. */
export function sentenceOf(error: unknown): string {
  const root = rootFailure(error);
  const sentence =
    root?.message ?? (error instanceof Error ? deepest(error).message || error.message : String(error));
  return sentence.slice(0, SENTENCE_LENGTH_MAX);
}

function deepest(error: Error): Error {
  let at = error;
  for (
    let depth = 0;
    at instanceof TemporalFailure && at.cause instanceof Error && depth < DEPTH_MAX;
    depth++
  )
    at = at.cause;
  return at;
}

/** For input that a person typed: fails the run at once, with the sentence and no repetition. */
export function invalidInput(sentence: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(sentence, 'InvalidInput');
}
