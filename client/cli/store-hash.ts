/**
 * Reads the store hash out of whatever an operator has at hand: the hash, the API path, the admin address
 * (capabilities Q-10, P-14, S-20, X-7). Pure: it looks nothing up, and it refuses a foreign host rather than guess.
 */

/** Where every store's API lives unless a channel says otherwise (capabilities section 8, `connection.api_base_url`). */
export const DEFAULT_API_BASE_URL = 'https://api.bigcommerce.com';

/** How the pasted text was read, so that the operator sees what was understood. */
export type StoreReferenceForm = 'a bare hash' | 'an API path' | 'an admin address';

export type StoreReference =
  | {
      ok: true;
      storeHash: string;
      /** Null: the default host. */ apiBaseUrl: string | null;
      form: StoreReferenceForm;
    }
  | { ok: false; reason: string };

const HASH_PATTERN = /^[a-z0-9]+$/;
/** Real hashes have up to 12 characters; the limit only keeps a pasted token from passing for one. */
const HASH_LENGTH_MAX = 20;
/** `store-{hash}`, and `store-{hash}-{n}` for further storefronts of the same store. */
const ADMIN_HOST_PATTERN = /^store-([a-z0-9]+)(?:-\d+)?\.mybigcommerce\.com$/;
const API_PATH_PATTERN = /^\/?stores\/([^/?#]+)(?:\/v[23])?\/?(?:[?#].*)?$/i;
const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Never throws. `allowedHosts` are API hosts beside BigCommerce's own (`WAYBILL_STORE_HOSTS`); a loopback host is
 * taken, also by plain http, only with `allowLoopback`, for the simulated store.
 */
export function readStoreReference(
  text: string,
  allowed: { allowedHosts: readonly string[]; allowLoopback: boolean },
): StoreReference {
  const pasted = text.trim().replace(/^["'<]+|["'>]+$/g, '');
  if (pasted === '') return refuse('it is empty');
  const bare = pasted.toLowerCase();
  if (HASH_PATTERN.test(bare)) return hashFound(bare, null, 'a bare hash');

  const pathOnly = API_PATH_PATTERN.exec(pasted);
  if (pathOnly?.[1] !== undefined) return hashFound(pathOnly[1].toLowerCase(), null, 'an API path');

  const url = addressIn(pasted);
  if (url === null) return refuse('it is neither a store hash, nor an API path, nor an admin address');
  if (url.username !== '' || url.password !== '')
    return refuse('an address with a user name in it hides the real host');

  const admin = ADMIN_HOST_PATTERN.exec(url.hostname);
  if (admin?.[1] !== undefined) return hashFound(admin[1], null, 'an admin address');
  return fromApiAddress(url, allowed);
}

function fromApiAddress(
  url: URL,
  allowed: { allowedHosts: readonly string[]; allowLoopback: boolean },
): StoreReference {
  const ownHost = new URL(DEFAULT_API_BASE_URL).host;
  const loopback = allowed.allowLoopback && LOOPBACK_HOSTS.includes(url.hostname);
  const extra = allowed.allowedHosts.includes(url.host) || allowed.allowedHosts.includes(url.hostname);
  const path = API_PATH_PATTERN.exec(url.pathname);
  if (url.host !== ownHost && !loopback && !extra) {
    return path === null
      ? refuse(
          `the hash cannot be read from an address at ${url.host}, which looks like a domain of the shop itself`,
        )
      : refuse(`${url.host} is not BigCommerce's API host, and a token must not be sent anywhere else`);
  }
  if (url.protocol !== 'https:' && !loopback)
    return refuse(`${url.protocol}// would send the token unencrypted`);
  if (path?.[1] === undefined) return refuse('there is no /stores/… part in it');
  return hashFound(path[1].toLowerCase(), url.host === ownHost ? null : url.origin, 'an API path');
}

/** People leave the scheme out; a text without a dot or a slash before its path is no address. */
function addressIn(pasted: string): URL | null {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(pasted)
    ? pasted
    : /^[^/\s]+\.[^/\s]+/.test(pasted)
      ? `https://${pasted}`
      : null;
  if (withScheme === null || !URL.canParse(withScheme)) return null;
  const url = new URL(withScheme);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : null;
}

function hashFound(hash: string, apiBaseUrl: string | null, form: StoreReferenceForm): StoreReference {
  if (!HASH_PATTERN.test(hash))
    return refuse('the part after /stores/ is not a store hash (letters and digits only)');
  if (hash.length > HASH_LENGTH_MAX)
    return refuse(`${String(hash.length)} characters are too many for a store hash; is it the access token?`);
  return { ok: true, storeHash: hash, apiBaseUrl, form };
}

function refuse(reason: string): StoreReference {
  return { ok: false, reason };
}
