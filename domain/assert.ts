/** Small guards for what must not happen. They promise to fail loudly; they must not be used for expected refusals. */

/** The end of an exhaustive `switch`: the compiler proves that it is never reached. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
