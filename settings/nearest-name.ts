/** "Did you mean": the known name that is closest to what was typed. It must not guess when nothing is close. */

/** Edits per letter beyond which a suggestion would only confuse. */
const EDITS_PER_LETTER_MAX = 0.25;

/**
 * The closest known name, or null. A name whose last part is equal, or which goes on where the typed one ends, is
 * closest of all, because people leave things out: `interval_minutes` means `orders.import.interval_minutes`.
 */
export function nearestName(typed: string, known: readonly string[]): string | null {
  const wanted = typed.trim().toLowerCase().replaceAll('-', '_');
  if (wanted === '') return null;
  const tails = known.filter((name) => name === wanted || name.endsWith(`.${wanted}`));
  const longer = known.filter((name) => name.startsWith(wanted));
  for (const only of [tails, longer]) {
    if (only.length === 1) return only[0] ?? null;
  }
  let best: { name: string; edits: number } | null = null;
  for (const name of known) {
    const edits = Math.min(editsWithin(wanted, name), editsWithin(lastPart(wanted), lastPart(name)) + 1);
    if (edits < (best?.edits ?? Infinity)) best = { name, edits };
  }
  return best?.name ?? null;
}

/** Edits from one word to the other, or infinity when they are too many to mean the same. */
function editsWithin(a: string, b: string): number {
  const edits = editDistance(a, b);
  return edits <= Math.max(1, Math.floor(a.length * EDITS_PER_LETTER_MAX)) ? edits : Infinity;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replace = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replace, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
