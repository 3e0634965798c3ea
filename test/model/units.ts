// Units per line of an order, as plain lists of numbers: the arithmetic of the model. It imports nothing of the product.

/** One number per line. */
export type Units = readonly number[];

export const total = (units: Units): number => units.reduce((all, one) => all + one, 0);

export function add(a: Units, b: Units): Units {
  return a.map((one, line) => one + (b[line] ?? 0));
}

export function sumOf(lines: number, all: readonly Units[]): Units {
  return all.reduce<Units>(
    add,
    Array.from({ length: lines }, () => 0),
  );
}

/** Line by line what `a` has beyond `b`, never less than nothing. */
export function beyond(a: Units, b: Units): Units {
  return a.map((one, line) => Math.max(0, one - (b[line] ?? 0)));
}

export function least(a: Units, b: Units): Units {
  return a.map((one, line) => Math.min(one, b[line] ?? 0));
}

export function same(a: Units, b: Units): boolean {
  return a.every((one, line) => one === b[line]);
}

/** Whether `a` has all of `b`. */
export function covers(a: Units, b: Units): boolean {
  return b.every((one, line) => (a[line] ?? 0) >= one);
}

/** Whether some line has units in both. */
export function share(a: Units, b: Units): boolean {
  return a.some((one, line) => one > 0 && (b[line] ?? 0) > 0);
}
