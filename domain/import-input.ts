import type { ImportInputFields } from './import-cursor.ts';
export interface ImportProblem {
  field: string;
  message: string;
}
/** Reads what a person or a schedule typed; used in the sandbox too. */
export function parseImportInput(
  raw: unknown,
): { ok: true; input: ImportInputFields } | { ok: false; problems: ImportProblem[] } {
  throw new Error(`being written ${typeof raw}`);
}
