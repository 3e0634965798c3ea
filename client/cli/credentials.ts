/**
 * Where the credentials of a store come from: flags, standard input, the text file that BigCommerce lets people
 * download, the environment, or questions whose answers are not shown. The file is parsed in memory and never kept.
 */
import type { Command } from 'commander';
import { open } from 'node:fs/promises';
import {
  CREDENTIALS_FILE_BYTES_MAX,
  readCredentialsFile,
  type CredentialsFile,
} from '../../domain/credentials-file.ts';
import { CommandError } from './command-error.ts';
import { ask, askHidden, canAsk, readFirstLine } from './prompts.ts';
import type { Session } from './session.ts';

/** The kinds under which they are sealed (db/secrets.ts). */
export const ACCESS_TOKEN = 'access_token';
export const CLIENT_SECRET = 'client_secret';

export interface CredentialOptions {
  storeHash?: string;
  token?: string;
  tokenStdin?: true;
  credentialsFile?: string;
  clientId?: string;
  clientSecret?: string;
}

export interface GivenCredentials {
  /** Hash, API path or address, as it was pasted; null where nothing was said about the store. */
  store: string | null;
  token: string;
  clientId: string | null;
  clientSecret: string | null;
}

/** The same options for `add` and `rotate`. */
export function credentialOptions(command: Command): Command {
  return command
    .option('--credentials-file <path>', 'the text file that BigCommerce downloaded, or - for standard input')
    .option('--token <token>', 'access token; better by WAYBILL_STORE_TOKEN, --token-stdin or the file')
    .option('--token-stdin', 'read the access token from standard input')
    .option('--client-id <id>', 'client id of the API account, optional')
    .option(
      '--client-secret <text>',
      'its client secret, optional; better by WAYBILL_STORE_CLIENT_SECRET or the file',
    );
}

/**
 * A flag beats the file, the file beats the environment; what is missing is asked for at a terminal.
 * @throws CommandError `bad_usage` when there is no token or something cannot be one; never shows any of it
 */
export async function readCredentials(
  session: Session,
  options: CredentialOptions,
  wanted: { store: boolean },
): Promise<GivenCredentials> {
  if (options.credentialsFile === '-' && options.tokenStdin === true) {
    throw new CommandError('bad_usage', {
      what: 'Standard input cannot be both the credentials file and the token.',
      todo: 'Leave --token-stdin out: the file holds the token.',
    });
  }
  const { config } = session;
  const file = await givenFile(session, options);
  const store =
    options.storeHash ??
    file?.apiPath ??
    config.storeAddress ??
    (wanted.store ? await askForStore(session) : null);
  const token =
    options.tokenStdin === true
      ? await readFirstLine(session)
      : (options.token ?? file?.accessToken ?? config.storeToken ?? (await askForToken(session)));
  const clientId = options.clientId ?? file?.clientId ?? config.storeClientId;
  const clientSecret = options.clientSecret ?? file?.clientSecret ?? config.storeClientSecret;
  if (file !== null) {
    const found = [
      file.accessToken === null ? null : 'access token',
      file.apiPath === null ? null : 'API path',
      file.clientId === null ? null : 'client id',
      file.clientSecret === null ? null : 'client secret',
    ].filter((name) => name !== null);
    session.out.note(
      `The credentials file holds: ${found.join(', ')}. It is not kept; delete it or lock it away.`,
    );
  }
  return {
    store,
    token: oneWord(
      token,
      'access token',
      'Copy the value after ACCESS TOKEN from the file that BigCommerce gave you.',
    ),
    clientId: clientId === null ? null : oneWord(clientId, 'client id', 'Copy the value after CLIENT ID.'),
    clientSecret:
      clientSecret === null
        ? null
        : oneWord(clientSecret, 'client secret', 'Copy the value after CLIENT SECRET.'),
  };
}

async function givenFile(session: Session, options: CredentialOptions): Promise<CredentialsFile | null> {
  let path = options.credentialsFile;
  const other = options.token ?? session.config.storeToken;
  if (path === undefined && other === null && options.tokenStdin !== true && canAsk(session)) {
    const typed = await ask(
      session,
      'Credentials file that BigCommerce downloaded (its path; leave empty to type the values): ',
    );
    if (typed !== '') path = typed.replaceAll(/^["']|["']$/g, '');
  }
  if (path === undefined) return null;
  const read = readCredentialsFile(textOf(await bytesOf(session, path)));
  if (read.ok) return read.file;
  throw new CommandError('bad_usage', {
    what: 'The credentials file cannot be used; nothing of it was kept.',
    why: `${read.reason.charAt(0).toUpperCase()}${read.reason.slice(1)}.`,
    todo: 'Give the text file that BigCommerce downloaded when the API account was made, or the values themselves. Lost it? Make a new API account: it is shown once only.',
  });
}

async function bytesOf(session: Session, path: string): Promise<Buffer> {
  if (path === '-') {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of session.input) {
      const bytes = Buffer.from(chunk as string | Buffer); // a stream without an encoding gives buffers
      size += bytes.length;
      if (size > CREDENTIALS_FILE_BYTES_MAX) throw tooLarge();
      chunks.push(bytes);
    }
    return Buffer.concat(chunks);
  }
  try {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(CREDENTIALS_FILE_BYTES_MAX + 1));
      if (bytesRead > CREDENTIALS_FILE_BYTES_MAX) throw tooLarge();
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new CommandError('bad_usage', {
      what: 'The credentials file cannot be read.',
      why: `${path}: ${code}.`,
      todo: 'Correct the path, or pipe the file in with --credentials-file -',
    });
  }
}

/** UTF-8, or UTF-16 with a byte order mark, which is what Windows' editor may save. */
function textOf(bytes: Buffer): string {
  const utf16 = bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(utf16 ? 'utf16le' : 'utf8');
}

function tooLarge(): CommandError {
  return new CommandError('bad_usage', {
    what: 'The credentials file cannot be used; nothing of it was kept.',
    why: `It has more than ${String(CREDENTIALS_FILE_BYTES_MAX / 1024)} KiB; a real one has six lines.`,
  });
}

async function askForStore(session: Session): Promise<string> {
  if (canAsk(session)) return ask(session, 'Store hash, API path or address of the control panel: ');
  throw new CommandError('bad_usage', {
    what: 'The store is missing.',
    todo: 'Give it with --store-hash: the hash, the API path, or the address of the control panel; or give --credentials-file.',
  });
}

async function askForToken(session: Session): Promise<string> {
  if (canAsk(session)) {
    return askHidden(
      session,
      "The store's access token (Settings → Store-level API accounts); it is not shown:",
    );
  }
  throw new CommandError('bad_usage', {
    what: 'The access token of the store is missing.',
    todo: 'Give it by --credentials-file, by WAYBILL_STORE_TOKEN, by --token-stdin, or by --token (which other users of this machine may see).',
  });
}

/** Longer than anything BigCommerce makes; a pasted file is no token. */
const WORD_LENGTH_MAX = 200;

function oneWord(text: string, what: string, todo: string): string {
  const word = text.trim();
  if (/^[\x21-\x7e]+$/.test(word) && word.length <= WORD_LENGTH_MAX) return word;
  throw new CommandError('bad_usage', {
    what: `That is no ${what}.`,
    why: word === '' ? 'It is empty.' : `It must be one word of letters and digits.`,
    todo,
  });
}
