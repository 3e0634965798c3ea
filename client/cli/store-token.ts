/** Where an access token comes from: flag, standard input, environment, or a prompt that does not show it. */
import { CommandError } from './command-error.ts';
import { askHidden, canAsk, readFirstLine } from './prompts.ts';
import type { Session } from './session.ts';

export interface TokenOptions {
  token?: string;
  tokenStdin?: true;
}

/** The kind under which it is sealed (db/secrets.ts). */
export const ACCESS_TOKEN = 'access_token';

/** Longer than any token BigCommerce makes; a pasted file is no token. */
const TOKEN_LENGTH_MAX = 200;

/** @throws CommandError `bad_usage` when there is none or it cannot be one; never shows it */
export async function readStoreToken(session: Session, options: TokenOptions): Promise<string> {
  const token = (await givenToken(session, options)).trim();
  if (/^[\x21-\x7e]+$/.test(token) && token.length <= TOKEN_LENGTH_MAX) return token;
  throw new CommandError('bad_usage', {
    what: 'That is no access token.',
    why: token === '' ? 'It is empty.' : 'A token is one word of letters and digits.',
    todo: 'Copy the value after ACCESS TOKEN from the file that BigCommerce gave you.',
  });
}

async function givenToken(session: Session, options: TokenOptions): Promise<string> {
  if (options.tokenStdin === true) return readFirstLine(session);
  if (options.token !== undefined) return options.token;
  if (session.config.storeToken !== null) return session.config.storeToken;
  if (canAsk(session)) {
    return askHidden(
      session,
      "The store's access token (Settings → Store-level API accounts); it is not shown:",
    );
  }
  throw new CommandError('bad_usage', {
    what: 'The access token of the store is missing.',
    todo: 'Give it by WAYBILL_STORE_TOKEN, by --token-stdin, or by --token (which other users of this machine may see).',
  });
}
