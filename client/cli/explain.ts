/**
 * `--explain`: the plain `temporal` command that does the same (temporal-design.md section 10), so that operators learn
 * the tool below and are not bound to ours. Builds text only.
 */
import type { Output } from './output.ts';

/** One word of a POSIX shell command, quoted where it must be. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `temporal …` of words; objects become JSON. */
export function temporalCommand(words: readonly (string | object)[]): string {
  return [
    'temporal',
    ...words.map((word) => shellWord(typeof word === 'string' ? word : JSON.stringify(word))),
  ].join(' ');
}

/** The command that starts a workflow of ours, and waits for its result unless detached. */
export async function startCommand(work: {
  type: string;
  workflowId: string;
  input: object;
  summary?: string;
  detach?: boolean;
}): Promise<string> {
  const { WAYBILL_QUEUE } = await import('../../workflows/contract.ts');
  return temporalCommand([
    'workflow',
    work.detach === true ? 'start' : 'execute',
    '--type',
    work.type,
    '--task-queue',
    WAYBILL_QUEUE,
    '--workflow-id',
    work.workflowId,
    '--id-conflict-policy',
    'Fail',
    ...(work.summary === undefined ? [] : ['--static-summary', work.summary]),
    '--input',
    work.input,
  ]);
}

/** Prints the command, or why there is none. Nothing is done beside that. */
export function explain(out: Output, answer: { commands: readonly string[]; note?: string }): void {
  for (const command of answer.commands) out.line(command);
  if (answer.commands.length === 0) out.line('There is no plain temporal command for this.');
  if (answer.note !== undefined) out.line(answer.note);
  out.result({ explain: { commands: answer.commands, note: answer.note ?? null } });
}
