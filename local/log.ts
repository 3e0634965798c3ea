// How the parts of a local installation say what they are doing. A line is for a person to read; nothing here keeps
// state, and nothing may put a password into a line.

/** Takes one line, without a line break. */
export type Log = (line: string) => void;

/** "850 ms", "12.3 s" or "9 min 30 s": what a person wants to know about how long something took. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
