/** Text as people type it on a command line, read as the value that a setting's schema asks for. It checks no limits. */
import { z } from 'zod';

export type ReadText = { ok: true; value: unknown } | { ok: false; message: string };

/** The schema without default and null: what decides how text is read. */
export function bareSchema(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    // zod types the inner schema by its core; all of ours are classic.
    return bareSchema(schema.unwrap() as z.ZodType);
  }
  return schema;
}

/** Lists are `2,10` or JSON, maps and lists of objects are JSON, nothing is `null`. */
export function readText(schema: z.ZodType, text: string): ReadText {
  const trimmed = text.trim();
  if (trimmed === 'null') return { ok: true, value: null };
  const bare = bareSchema(schema);
  if (bare instanceof z.ZodBoolean) return readBoolean(trimmed);
  if (bare instanceof z.ZodNumber) return readNumber(trimmed);
  if (bare instanceof z.ZodLiteral) {
    const [first] = bare.values;
    return typeof first === 'number' ? readNumber(trimmed) : { ok: true, value: trimmed };
  }
  if (bare instanceof z.ZodUnion) return readEither(bare, trimmed);
  if (bare instanceof z.ZodArray) return readList(bare.element as z.ZodType, trimmed); // classic, as above
  if (bare instanceof z.ZodRecord || bare instanceof z.ZodObject) {
    const value = readJson(trimmed);
    return value === undefined ? { ok: false, message: 'expected a JSON object' } : { ok: true, value };
  }
  return { ok: true, value: trimmed };
}

/** Whether an empty text can be a value: elsewhere it means that the setting is taken back. */
export function isTextual(schema: z.ZodType): boolean {
  const bare = bareSchema(schema);
  const mayBeNothing =
    schema instanceof z.ZodDefault && schema.unwrap() instanceof z.ZodNullable && bare instanceof z.ZodString;
  return !(
    mayBeNothing ||
    bare instanceof z.ZodBoolean ||
    bare instanceof z.ZodNumber ||
    bare instanceof z.ZodLiteral ||
    bare instanceof z.ZodUnion ||
    bare instanceof z.ZodEnum
  );
}

function readBoolean(text: string): ReadText {
  if (['true', 'yes', 'on'].includes(text)) return { ok: true, value: true };
  if (['false', 'no', 'off'].includes(text)) return { ok: true, value: false };
  return { ok: false, message: `expected true or false, not ${JSON.stringify(text)}` };
}

const NUMBER = /^-?\d+(\.\d+)?$/;

function readNumber(text: string): ReadText {
  if (!NUMBER.test(text)) return { ok: false, message: `expected a number, not ${JSON.stringify(text)}` };
  return { ok: true, value: Number(text) };
}

/** A number where one of the kinds is a number and the text is one; the word otherwise. */
function readEither(schema: z.ZodUnion, text: string): ReadText {
  const hasNumber = schema.options.some((option) => bareSchema(option as z.ZodType) instanceof z.ZodNumber); // classic
  return { ok: true, value: hasNumber && NUMBER.test(text) ? Number(text) : text };
}

function readList(element: z.ZodType, text: string): ReadText {
  if (text.startsWith('[')) {
    const value = readJson(text);
    return value === undefined
      ? { ok: false, message: 'expected a list such as 2,10 or a JSON list' }
      : { ok: true, value };
  }
  if (bareSchema(element) instanceof z.ZodObject) return { ok: false, message: 'expected a JSON list' };
  const values: unknown[] = [];
  for (const part of text.split(',').map((item) => item.trim())) {
    if (part === '') continue;
    const read = readText(element, part);
    if (!read.ok) return read;
    values.push(read.value);
  }
  return { ok: true, value: values };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
