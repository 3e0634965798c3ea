// Reads the published OpenAPI descriptions and turns their schemas into checks. Stricter than they are written: a member
// that a schema does not name is an error, so that both sides of every difference have to be explained.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2019.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

/** One way in which a value does not fit: where, with `*` for list positions, and what is wrong. */
export interface Misfit {
  readonly at: string;
  readonly message: string;
  /** The same place with the real positions, to take the value out. */
  readonly exactly: readonly string[];
}

/** Checks a value; an empty list means that it fits. */
export type SchemaCheck = (value: unknown) => Misfit[];

/** The described files by version and the first part of their paths. */
const FILES = {
  v2: ['orders.v2.oas2.yml', 'store_information.v2.yml'],
  v3: [
    'orders.v3.yml',
    'webhooks.v3.yml',
    'pickup.v3.yml',
    'pickup_methods.v3.yml',
    'channels.v3.yml',
    'settings.v3.yml',
    'shipping.v3.yml',
    'customers.v3.yml',
    'products_catalog.v3.yml',
    'product-variants_catalog.v3.yml',
  ],
} as const;

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch']);

/** The folder of the descriptions, or null when there is none: `WAYBILL_OPENAPI_DIR`, else beside the project. */
export function descriptionFolder(): string | null {
  const folder =
    process.env['WAYBILL_OPENAPI_DIR'] ?? resolve(import.meta.dirname, '../../../shared/reference/openapi');
  return existsSync(resolve(folder, 'orders.v2.oas2.yml')) ? folder : null;
}

/** Whether an absent folder is a failure and not a reason to skip. */
export function contractIsRequired(): boolean {
  return process.env['WAYBILL_REQUIRE_CONTRACT'] === '1';
}

/** What to do when the folder is absent. */
export const FOLDER_ABSENT =
  'The published API descriptions are absent: set WAYBILL_OPENAPI_DIR to the folder that holds orders.v2.oas2.yml.';

type Json = Record<string, unknown>;

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Operation {
  readonly file: string;
  readonly pointer: string;
}

/** The descriptions of one folder. */
export class Descriptions {
  readonly #folder: string;
  readonly #documents = new Map<string, Json>();
  readonly #ajv = new Ajv2019({ strict: false, allErrors: true, logger: false });
  readonly #checks = new Map<string, SchemaCheck>();

  constructor(folder: string) {
    this.#folder = folder;
    formats.default(this.#ajv);
  }

  /** Statuses that an operation describes; null when the operation itself is not described. */
  statuses(method: string, template: string): string[] | null {
    const operation = this.#operation(method, template);
    if (operation === null) return null;
    const responses = this.#at(operation.file, `${operation.pointer}/responses`);
    return isJson(responses) ? Object.keys(responses) : [];
  }

  /**
   * The check for an answer. Null when the description gives no schema for this status: then there is nothing to hold
   * a body against.
   */
  responseSchema(method: string, template: string, status: number): SchemaCheck | null {
    const operation = this.#operation(method, template);
    if (operation === null) return null;
    const start = `${operation.pointer}/responses/${status}`;
    return this.#bodyCheck(operation.file, start);
  }

  /** The check for a request body; null when the operation describes none. */
  requestSchema(method: string, template: string): SchemaCheck | null {
    const operation = this.#operation(method, template);
    if (operation === null) return null;
    return this.#bodyCheck(operation.file, `${operation.pointer}/requestBody`);
  }

  /** The described template of a path such as `/v2/orders/100`; null when no description knows it. */
  templateOf(path: string): string | null {
    const version = path.startsWith('/v2/') ? 'v2' : 'v3';
    const parts = path.slice(3).split('/');
    const fitting = FILES[version].flatMap((file) => {
      const paths = this.#document(file)['paths'];
      return Object.keys(isJson(paths) ? paths : {}).filter((template) => {
        const segments = template.split('/');
        return (
          segments.length === parts.length &&
          segments.every((segment, index) => segment.startsWith('{') || segment === parts[index])
        );
      });
    });
    const parameters = (template: string): number => template.split('{').length;
    const best = fitting.sort((a, b) => parameters(a) - parameters(b))[0];
    return best === undefined ? null : `/${version}${best}`;
  }

  /** Checks for the values of the query parameters that an operation describes, by their names. */
  queryParameters(method: string, template: string): Map<string, SchemaCheck> {
    const operation = this.#operation(method, template);
    const checks = new Map<string, SchemaCheck>();
    if (operation === null) return checks;
    const item = operation.pointer.slice(0, operation.pointer.lastIndexOf('/'));
    for (const holder of [`${item}/parameters`, `${operation.pointer}/parameters`]) {
      const list = this.#at(operation.file, holder);
      for (const index of Array.isArray(list) ? list.keys() : []) {
        const pointer = this.#follow(operation.file, `${holder}/${String(index)}`);
        const parameter = this.#at(operation.file, pointer);
        if (!isJson(parameter) || parameter['in'] !== 'query') continue;
        const validate = this.#ajv.compile({ $ref: `${operation.file}#${encodeURI(`${pointer}/schema`)}` });
        const schema = this.#at(operation.file, this.#follow(operation.file, `${pointer}/schema`));
        checks.set(String(parameter['name']), (value) => misfits(validate, typed(String(value), schema)));
      }
    }
    return checks;
  }

  #bodyCheck(file: string, start: string): SchemaCheck | null {
    const holder = this.#follow(file, start);
    const content = this.#at(file, `${holder}/content`);
    if (!isJson(content)) return null;
    const media = Object.keys(content).find((name) => name.includes('json'));
    if (media === undefined) return null;
    const pointer = `${holder}/content/${escape(media)}/schema`;
    if (this.#at(file, pointer) === undefined) return null;
    const key = `${file}${pointer}`;
    const known = this.#checks.get(key);
    if (known !== undefined) return known;
    // A root position like any other: members that the schema does not name are errors here too.
    const validate = this.#ajv.compile({
      $ref: `${file}#${encodeURI(pointer)}`,
      unevaluatedProperties: false,
    });
    const check: SchemaCheck = (value) => misfits(validate, value);
    this.#checks.set(key, check);
    return check;
  }

  #operation(method: string, template: string): Operation | null {
    const version = template.startsWith('/v2/') ? 'v2' : 'v3';
    const wanted = nameless(template.slice(3));
    for (const file of FILES[version]) {
      const paths = this.#document(file)['paths'];
      if (!isJson(paths)) continue;
      const path = Object.keys(paths).find((candidate) => nameless(candidate) === wanted);
      if (path === undefined) continue;
      const item = paths[path];
      if (isJson(item) && METHODS.has(method.toLowerCase()) && method.toLowerCase() in item) {
        return { file, pointer: `/paths/${escape(path)}/${method.toLowerCase()}` };
      }
    }
    return null;
  }

  #document(file: string): Json {
    const known = this.#documents.get(file);
    if (known !== undefined) return known;
    const parsed: unknown = parse(readFileSync(resolve(this.#folder, file), 'utf8'));
    if (!isJson(parsed)) throw new Error(`${file} holds no description.`);
    const document = converted(parsed, 'other');
    if (!isJson(document)) throw new Error(`${file} holds no description.`);
    this.#documents.set(file, document);
    this.#ajv.addSchema({ $id: file, ...document }, file);
    return document;
  }

  #at(file: string, pointer: string): unknown {
    let value: unknown = this.#document(file);
    for (const part of pointer.split('/').slice(1)) {
      value = isJson(value) || Array.isArray(value) ? (value as Json)[unescape(part)] : undefined;
    }
    return value;
  }

  /** The place a chain of references ends at. */
  #follow(file: string, pointer: string): string {
    const value = this.#at(file, pointer);
    const reference = isJson(value) ? value['$ref'] : undefined;
    return typeof reference === 'string' && reference.startsWith('#')
      ? this.#follow(file, reference.slice(1))
      : pointer;
  }
}

/** A query value as the type that its schema asks for: all of them are text on the wire. */
function typed(text: string, schema: unknown): unknown {
  const type = isJson(schema) ? schema['type'] : undefined;
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (type === 'array')
    return text.split(',').map((part) => typed(part, isJson(schema) ? schema['items'] : undefined));
  return text;
}

const escape = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');
const unescape = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** A path template without the names of its parameters, which differ between descriptions. */
function nameless(template: string): string {
  return template.replace(/\{[^}]*\}/g, '{}');
}

function misfits(validate: ValidateFunction, value: unknown): Misfit[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => {
    const exactly = error.instancePath.split('/').slice(1).map(unescape);
    const extra = extraMember(error);
    if (extra !== null) exactly.push(extra);
    return {
      exactly,
      at: `/${exactly.map((part) => (/^\d+$/.test(part) ? '*' : part)).join('/')}`,
      message: extra === null ? (error.message ?? error.keyword) : 'is not in the description',
    };
  });
}

function extraMember(error: ErrorObject): string | null {
  const name: unknown = error.params['unevaluatedProperty'] ?? error.params['additionalProperty'];
  return typeof name === 'string' ? name : null;
}

/** Where a node stands: a place of values gets closed, a part of a composition or the root of a component does not. */
type Place = 'value' | 'part' | 'other';

const DROPPED = new Set([
  'example',
  'examples',
  'xml',
  'externalDocs',
  'discriminator',
  'deprecated',
  'x-nullable',
]);

/** OpenAPI 3.0 schemas as JSON Schema 2019-09: `nullable`, boolean bounds, and closed objects. */
function converted(node: unknown, place: Place): unknown {
  if (Array.isArray(node)) return (node as unknown[]).map((item) => converted(item, place));
  if (!isJson(node)) return node;
  const result: Json = {};
  for (const [key, value] of Object.entries(node)) {
    if (DROPPED.has(key) && place !== 'other') continue;
    result[key] = convertedMember(key, value);
  }
  if (place === 'other') return result;
  if (typeof result['required'] === 'boolean') delete result['required'];
  for (const [flag, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (result[flag] === true) {
      result[flag] = result[bound];
      delete result[bound];
    } else if (result[flag] === false) delete result[flag];
  }
  if (place === 'value') close(result, node);
  return node['nullable'] === true || node['x-nullable'] === true
    ? { anyOf: [{ type: 'null' }, result] }
    : result;
}

function convertedMember(key: string, value: unknown): unknown {
  switch (key) {
    case 'properties':
    case 'patternProperties':
      return isJson(value) ? mapped(value, (schema) => converted(schema, 'value')) : value;
    case 'items':
    case 'additionalProperties':
      return converted(value, 'value');
    case 'allOf':
    case 'oneOf':
    case 'anyOf':
    case 'not':
      return converted(value, 'part');
    case 'schema':
      return converted(value, 'part');
    case 'schemas':
      return isJson(value) ? mapped(value, (schema) => converted(schema, 'part')) : value;
    case 'enum':
    case 'default':
    case 'required':
      return value;
    default:
      return converted(value, 'other');
  }
}

function mapped(node: Json, convert: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, convert(value)]));
}

/**
 * Closes a place of values. Where it is a plain choice, each choice is closed by itself; as several may fit (an empty
 * list fits every list), `oneOf` becomes `anyOf`.
 */
function close(schema: Json, written: Json): void {
  const choices: unknown = written['oneOf'] ?? written['anyOf'];
  if (Array.isArray(choices) && !['$ref', 'allOf', 'properties'].some((keyword) => keyword in written)) {
    delete schema['oneOf'];
    schema['anyOf'] = converted(choices, 'value');
  } else if (describesObject(schema)) schema['unevaluatedProperties'] = false;
}

/** An object whose members are named somewhere; free-form objects stay open. */
function describesObject(schema: Json): boolean {
  if (schema['additionalProperties'] !== undefined) return false;
  return ['$ref', 'allOf', 'oneOf', 'anyOf', 'properties'].some((keyword) => keyword in schema);
}
