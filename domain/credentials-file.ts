/**
 * Reads the text file that BigCommerce lets people download when an API account is made: labelled lines with token,
 * client id, client secret, name and API path (capabilities Q-8, P-13). The labels have changed over the years and with
 * the language, so they are taken tolerantly. Pure: it keeps, logs and shows nothing.
 */

/** What such a file may hold; null where it says nothing. */
export interface CredentialsFile {
  accessToken: string | null;
  clientId: string | null;
  clientSecret: string | null;
  /** The API account's name in the control panel. */
  accountName: string | null;
  /** Such as `https://api.bigcommerce.com/stores/{hash}/v3/`. */
  apiPath: string | null;
}

export type ReadCredentials = { ok: true; file: CredentialsFile } | { ok: false; reason: string };

/** A real one has six lines. */
export const CREDENTIALS_FILE_BYTES_MAX = 65_536;

type Field = keyof CredentialsFile;

/**
 * Labels without accents, case, blanks and punctuation; the first pattern that fits decides. A secret is told from an id
 * before "client" alone is looked at, and a token before "access".
 */
const LABELS: readonly (readonly [Field, RegExp])[] = [
  ['clientSecret', /secret|segreto|geheim|cleprivee|clave|segredo|chiave/],
  ['accessToken', /token|jeton|toegang|zugriff|zugang|ficha/],
  ['apiPath', /path|pfad|percorso|chemin|ruta|caminho|pad$|url|endpoint|endpunkt/],
  ['accountName', /name|nome|nom$|nombre|naam/],
  ['clientId', /client|kunden|cliente|clave?id|^id/],
];

/** A store's API path, wherever it stands and whatever it is called. */
const API_PATH = /https?:\/\/[^\s"'<>,;]+\/stores\/[^\s"'<>,;]+/i;
const LABELLED = /^\s*["']?([^:=\t"']{2,60}?)["']?\s*(?:[:=\t]|\s-\s)\s*(.*)$/;
/** Tokens, ids and secrets are one word; 200 characters are far more than any has. */
const WORD = /^[\x21-\x7e]{1,200}$/;

/**
 * `text` may begin with a byte order mark, have any line ends, any order, a value behind its label or on the next line.
 * Refuses what holds no access token or says two different things; the reason never repeats what stands in it.
 */
export function readCredentialsFile(text: string): ReadCredentials {
  const file: CredentialsFile = {
    accessToken: null,
    clientId: null,
    clientSecret: null,
    accountName: null,
    apiPath: null,
  };
  const clean = text.replace(/^\uFEFF/, '').normalize('NFC');
  const conflicts = new Set<Field>();
  const put = (field: Field, value: string): void => {
    const before = file[field];
    if (before !== null && before !== value) conflicts.add(field);
    file[field] ??= value;
  };
  file.apiPath = API_PATH.exec(clean)?.[0] ?? null;

  let waiting: Field | null = null;
  for (const line of clean.split(/\r\n|\r|\n|\u2028/)) {
    const bare = line.trim();
    if (bare === '' || /^[-=_*#]{3,}$/.test(bare)) continue;
    const labelled = LABELLED.exec(line);
    // "https://…" is no label, and neither is a value that happens to hold a colon.
    const field =
      labelled === null || /^https?$/i.test(labelled[1] ?? '') ? null : fieldOf(labelled[1] ?? '');
    if (field !== null) {
      const value = unquoted(labelled?.[2] ?? '');
      waiting = value === '' ? field : null;
      if (value !== '' && field !== 'apiPath') put(field, value);
      continue;
    }
    const label = fieldOf(bare);
    if (waiting !== null) {
      if (waiting !== 'apiPath') put(waiting, unquoted(bare));
      waiting = null;
    } else if (label !== null && bare.length <= 60 && !API_PATH.test(bare)) {
      // A label alone on its line, its value on the next one.
      waiting = label;
    }
  }
  return judged(file, conflicts);
}

function judged(file: CredentialsFile, conflicts: ReadonlySet<Field>): ReadCredentials {
  const [conflict] = conflicts;
  if (conflict !== undefined)
    return {
      ok: false,
      reason: `it names two different values for ${WORDS[conflict]}; is it of two accounts?`,
    };
  if (file.accessToken === null)
    return { ok: false, reason: 'there is no line with an access token in it, such as "ACCESS TOKEN: …"' };
  for (const field of ['accessToken', 'clientId', 'clientSecret'] as const) {
    const value = file[field];
    if (value !== null && !WORD.test(value))
      return { ok: false, reason: `what it names as ${WORDS[field]} is not one word of letters and digits` };
  }
  return { ok: true, file };
}

const WORDS: Readonly<Record<Field, string>> = {
  accessToken: 'the access token',
  clientId: 'the client id',
  clientSecret: 'the client secret',
  accountName: 'the name',
  apiPath: 'the API path',
};

function fieldOf(label: string): Field | null {
  const plain = label
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '');
  // Longer ones are sentences or values, not labels.
  if (plain.length < 2 || plain.length > 40) return null;
  return LABELS.find(([, pattern]) => pattern.test(plain))?.[0] ?? null;
}

function unquoted(value: string): string {
  return value
    .trim()
    .replace(/^["'“”]|["'“”,;]+$/g, '')
    .replace(/^["'“”]/, '')
    .trim();
}
