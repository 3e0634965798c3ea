/**
 * JSON and text as Postgres accepts them. A store's free text may hold NUL characters and halves of surrogate pairs,
 * which `jsonb` and `text` refuse; one such name must not stop a page of orders. They become U+FFFD.
 */

const REPLACEMENT = '\u{FFFD}';
/** A high or low surrogate without its other half. */
const HALF_PAIR = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
/** `JSON.stringify` escapes exactly these, so a text without such an escape needs no second look. */
const SUSPICIOUS = /\\u0000|\\ud[89a-f]/;

/** The text with everything that Postgres cannot store replaced. May be repeated. */
export function storableText(text: string): string {
  return text.replaceAll('\0', REPLACEMENT).replace(HALF_PAIR, REPLACEMENT);
}

/** The value as JSON text that `jsonb` accepts. Undefined is stored as null. */
export function jsonText(value: unknown): string {
  // JSON.stringify answers undefined for undefined and functions, whatever its declared type says.
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return 'null';
  // Most pages hold no escape of this kind at all, and this is the quickest way to see it.
  if (!text.includes('\\u') || !SUSPICIOUS.test(text)) return text;
  return JSON.stringify(storable(value));
}

/**
 * The text of an object with members put behind those it has: where one is named twice, `jsonb` keeps the later. It
 * costs a tenth of writing a large object a second time for a few other members.
 */
export function withMembers(objectText: string, members: Record<string, unknown>): string {
  const text = `${objectText.slice(0, -1)},${JSON.stringify(members).slice(1)}`;
  return text.includes('\\u') && SUSPICIOUS.test(text) ? jsonText(JSON.parse(text)) : text;
}

/** Keys as well as values: a key may come from outside too. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return storable(JSON.parse(JSON.stringify(value)));
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [storableText(key), storable(field)]),
  );
}
