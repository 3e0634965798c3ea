/**
 * Asks a person at a terminal. Questions go to standard error, so that standard output stays the result; what is
 * secret is not shown while it is typed. Never asks where nobody is looking.
 */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandError } from './command-error.ts';
import type { Session } from './session.ts';

/** Somebody is there to be asked. */
export function canAsk(session: Session): boolean {
  return session.out.interactive && session.input.isTTY;
}

export async function ask(session: Session, question: string): Promise<string> {
  return prompt(session, question, process.stderr);
}

/** Like {@link ask}, and nothing of the answer appears on the screen. */
export async function askHidden(session: Session, question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Asked when the terminal shows nothing any more: who answers at once must not be seen either.
  return prompt(session, '', nowhere, () => session.out.note(question));
}

/** The first line of standard input, for secrets that another program hands over. */
export async function readFirstLine(session: Session): Promise<string> {
  const lines = createInterface({ input: session.input });
  try {
    for await (const line of lines) return line.trim();
    return '';
  } finally {
    lines.close();
  }
}

async function prompt(
  session: Session,
  question: string,
  output: NodeJS.WritableStream,
  listens: () => void = () => undefined,
): Promise<string> {
  const lines = createInterface({ input: session.input, output, terminal: true });
  listens();
  const gone = new Promise<never>((_, reject) => {
    lines.once('SIGINT', () => reject(new CommandError('interrupted', { what: 'Nothing was changed.' })));
  });
  try {
    return (await Promise.race([lines.question(question), gone])).trim();
  } finally {
    lines.close();
  }
}
