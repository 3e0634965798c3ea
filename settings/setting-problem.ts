/** What is wrong with a setting, or what is odd about it, in a sentence for people. It never shows a secret. */
import { storeStatusName } from '../domain/store-status.ts';

export interface SettingProblem {
  /** Dotted name, or `''` for the document as a whole. */
  setting: string;
  /** Completes a sentence that begins with the name. */
  message: string;
}

/** Statuses as people read them: `2 (Shipped), 10 (Completed)`. */
export function statusNames(ids: readonly number[]): string {
  return ids.map((id) => `${String(id)} (${storeStatusName(id)})`).join(', ');
}
