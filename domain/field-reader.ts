/**
 * Reads fields of untrusted JSON one by one, collecting a problem for each bad one instead of stopping at the first.
 * It promises never to throw; it must not know what the fields mean.
 */

export interface FieldProblem {
  /** Path such as `orders[0].lines[2].quantity`; empty for the body as a whole. */
  field: string;
  /** What is wrong and what is allowed. */
  message: string;
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Absent, null and blank text are one thing: not given. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '');
}

/** Text that ends up in logs and pages: no control characters. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

export class FieldReader {
  readonly problems: FieldProblem[] = [];

  refuse(field: string, message: string): void {
    this.problems.push({ field, message });
  }

  /** Trimmed text up to a length, or null when it is not given or bad. */
  text(value: unknown, field: string, lengthMax: number): string | null {
    if (!isGiven(value)) return null;
    if (typeof value !== 'string') {
      this.refuse(field, `expected text, not ${kindOf(value)}`);
      return null;
    }
    const text = value.trim();
    if (text.length > lengthMax) {
      this.refuse(
        field,
        `is ${String(text.length)} characters long; at most ${String(lengthMax)} are allowed`,
      );
      return null;
    }
    if (CONTROL_CHARACTER.test(text)) {
      this.refuse(field, 'holds control characters');
      return null;
    }
    return text;
  }

  /** One of a closed list, or null when it is not given or bad. */
  word<Word extends string>(value: unknown, field: string, allowed: readonly Word[]): Word | null {
    if (!isGiven(value)) return null;
    const found = allowed.find((word) => word === value);
    if (found !== undefined) return found;
    const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : kindOf(value);
    this.refuse(field, `${shown} is not allowed; expected one of ${allowed.join(', ')}`);
    return null;
  }

  /** A whole number from 1 on, or null when it is bad; `undefined` and null are bad here. */
  positive(value: unknown, field: string, max: number = Number.MAX_SAFE_INTEGER): number | null {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
    const limit = max === Number.MAX_SAFE_INTEGER ? '' : ` up to ${String(max)}`;
    this.refuse(
      field,
      `expected a positive whole number${limit}, not ${typeof value === 'number' ? String(value) : kindOf(value)}`,
    );
    return null;
  }

  flag(value: unknown, field: string): boolean {
    if (!isGiven(value)) return false;
    if (typeof value === 'boolean') return value;
    this.refuse(field, `expected true or false, not ${kindOf(value)}`);
    return false;
  }

  /** An object, or null when it is not given or bad. */
  fields(value: unknown, field: string): Fields | null {
    if (!isGiven(value)) return null;
    if (isFields(value)) return value;
    this.refuse(field, `expected an object, not ${kindOf(value)}`);
    return null;
  }

  /** A list of 1 to `lengthMax` entries, or null when it is not given or bad. */
  list(value: unknown, field: string, lengthMax: number): readonly unknown[] | null {
    if (!isGiven(value)) return null;
    if (!Array.isArray(value)) {
      this.refuse(field, `expected a list, not ${kindOf(value)}`);
      return null;
    }
    if (value.length === 0 || value.length > lengthMax) {
      this.refuse(field, `expected 1 to ${String(lengthMax)} entries, not ${String(value.length)}`);
      return null;
    }
    return value as readonly unknown[]; // `Array.isArray` narrows to any[]
  }
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
