// Holds answers against the description, takes out what is a known difference, and remembers which differences were met.
import type { KnownDifference } from './known-differences.ts';
import type { Misfit, SchemaCheck } from './openapi.ts';

/** Rounds of taking known differences out of a value; a nested one may hide behind another. */
const ROUNDS_MAX = 30;

/** The known differences with the use that was made of them. */
export class DifferenceBook {
  readonly #entries: { readonly known: KnownDifference; used: boolean }[];

  constructor(known: readonly KnownDifference[]) {
    this.#entries = known.map((entry) => ({ known: entry, used: false }));
  }

  /** Whether a difference at this place of this call is known. */
  covers(call: string, at: string): boolean {
    let covered = false;
    for (const entry of this.#entries) {
      if (!matches(entry.known.call, call) || !matchesPlace(entry.known.at, at)) continue;
      entry.used = true;
      covered = true;
    }
    return covered;
  }

  /** Entries that nothing needed. */
  unused(): KnownDifference[] {
    return this.#entries.filter((entry) => !entry.used).map((entry) => entry.known);
  }

  /** What is left of a value's misfits when the known ones are taken out. */
  unknownMisfits(call: string, check: SchemaCheck, value: unknown): Misfit[] {
    const copy: { value: unknown } = { value: structuredClone(value) };
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const found = check(copy.value);
      const known = found.filter((misfit) => this.covers(call, misfit.at));
      if (known.length === 0) return found;
      for (const misfit of known) takeOut(copy, ['value', ...misfit.exactly]);
    }
    return check(copy.value);
  }
}

function matches(pattern: string, call: string): boolean {
  return pattern.endsWith('*') ? call.startsWith(pattern.slice(0, -1)) : pattern === call;
}

function matchesPlace(pattern: string, at: string): boolean {
  return pattern.endsWith('/**') ? `${at}/`.startsWith(pattern.slice(0, -2)) : pattern === at;
}

function takeOut(root: unknown, path: readonly string[]): void {
  let holder: unknown = root;
  for (const part of path.slice(0, -1)) holder = member(holder, part);
  const last = path.at(-1);
  if (last === undefined || typeof holder !== 'object' || holder === null) return;
  // List positions must not move while other misfits still name them.
  if (!Array.isArray(holder)) Reflect.deleteProperty(holder, last);
}

function member(holder: unknown, part: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, part) : undefined;
}
