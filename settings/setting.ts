/**
 * How one setting is declared: schema, default, and what people are told about it. The documentation page, the JSON
 * Schema and "did you mean" all read this registry; it must not know any particular setting.
 */
import { z } from 'zod';

export interface SettingNote {
  /** One or two sentences for the settings page. */
  description: string;
  /** Rows of `capabilities.md` that ask for it; empty where it is ours. */
  rows: readonly string[];
  /** Of a map: what is given is laid over the default instead of replacing it. */
  addsToDefault?: boolean;
}

export const settingNotes = z.registry<SettingNote>();

/** A setting that must be given. */
export function required<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  rows: readonly string[],
): Schema {
  settingNotes.add(schema, { description, rows });
  return schema;
}

/** A setting with a default. */
export function setting<Schema extends z.ZodType>(
  schema: Schema,
  byDefault: z.util.NoUndefined<z.output<Schema>>,
  description: string,
  rows: readonly string[],
  more: Pick<SettingNote, 'addsToDefault'> = {},
): z.ZodDefault<Schema> {
  const withDefault = schema.default(byDefault);
  settingNotes.add(withDefault, { description, rows, ...more });
  return withDefault;
}

/** A level of dotted names: refuses unknown names; may be left out altogether. */
export function group<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  // zod wants the input type here, but `{}` is a document in which every default is still to be filled in.
  return z.strictObject(shape).prefault({} as never);
}

export interface SettingEntry extends SettingNote {
  /** Dotted, such as `orders.import.interval_minutes`. */
  name: string;
  schema: z.ZodType;
  required: boolean;
  /** Undefined where it is required. */
  byDefault: unknown;
}

/** Every declared setting under a schema, in the order of declaration. */
export function listSettings(schema: z.ZodType, path: readonly string[] = []): SettingEntry[] {
  const note = settingNotes.get(schema);
  if (note !== undefined) {
    const withDefault = schema instanceof z.ZodDefault ? schema : null;
    return [
      {
        ...note,
        name: path.join('.'),
        schema,
        required: withDefault === null,
        byDefault: withDefault?.def.defaultValue,
      },
    ];
  }
  if (schema instanceof z.ZodPrefault) {
    // The registry's types are those of zod's core; every schema here is made by the classic API.
    return listSettings(schema.unwrap() as z.ZodType, path);
  }
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<string, z.ZodType>;
    return Object.entries(shape).flatMap(([key, inner]) => listSettings(inner, [...path, key]));
  }
  throw new Error(`setting ${path.join('.')} is declared without a description`);
}
