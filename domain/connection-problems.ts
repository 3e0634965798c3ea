/**
 * What can be wrong with a connection to a store, as a closed set: for each the cause, who must act, what to do, and a
 * text that can be copied and sent to them (capabilities Q-36, P-22 to P-25, K-12). Pure; shows no secret.
 */
import { scopeOf } from './scopes.ts';
import type { NeededScope } from './scope-needs.ts';

export const CONNECTION_PROBLEM_CODES = [
  'auth.invalid_token',
  'auth.missing_scope',
  'auth.wrong_store',
  'auth.no_access',
  'auth.v2_only',
  'auth.store_unavailable',
  'store.not_found',
  'store.trouble',
  'store.foreign_answer',
  'network.dns',
  'network.tls',
  'network.unreachable',
  'network.address',
  'clock.skew',
  'credentials.unreadable',
] as const;
export type ConnectionProblemCode = (typeof CONNECTION_PROBLEM_CODES)[number];

/** Who can put it right. */
export type Actor = 'administrator of the store' | 'operator of Waybill' | 'BigCommerce';

export interface ConnectionProblem {
  code: ConnectionProblemCode;
  /** What happened and why, in sentences. */
  cause: string;
  who: Actor;
  /** What the operator does. */
  todo: string;
  /** Ready to be sent to those who must act. */
  text: string;
  /** Where the documentation explains it. */
  help: string;
}

/** What the sentences speak of. */
export interface ProblemScene {
  channelId: string;
  storeHash: string;
  /** Rights that a new API account should have, from the channel's settings. */
  needed: readonly NeededScope[];
  /** Names what was seen, such as the other store's hash or the seconds that a clock is off; never a secret. */
  detail?: string;
}

/** The page that explains every code, one heading each. */
export const HELP_PAGE = 'docs/connect-a-store.md';

/** The current menu first, then the older names of the same page (capabilities X-22). */
export const API_ACCOUNTS_MENU = 'Settings → Store-level API accounts';
export const API_ACCOUNTS_OLD_MENUS: readonly string[] = [
  'Settings → API → Store-level API accounts',
  'Settings → API Accounts',
  'Advanced Settings → API Accounts',
];

interface ProblemWords {
  cause: (scene: ProblemScene) => string;
  who: Actor;
  todo: (scene: ProblemScene) => string;
  /** The middle of the text, between greeting and end. */
  text: (scene: ProblemScene) => string;
}

const rotate = ({ channelId }: ProblemScene): string =>
  `Put the new credentials in with: waybill channel rotate ${channelId} --credentials-file <file>`;
const test = ({ channelId }: ProblemScene): string => `Then look again: waybill channel test ${channelId}`;

const WORDS: Readonly<Record<ConnectionProblemCode, ProblemWords>> = {
  'auth.invalid_token': {
    cause: ({ storeHash }) =>
      `The store does not accept the token (401): the API account was deleted or replaced, the store changed hands, or the token belongs to another store than ${storeHash}.`,
    who: 'administrator of the store',
    todo: (scene) =>
      `Compare the hash ${scene.storeHash} with the API path of the API account. If it is right, have a new API account made. ${rotate(scene)}`,
    text: (scene) =>
      `your store (${scene.storeHash}) no longer accepts the access token of our connection. Please look whether its API account still exists. ${accountWish(scene)}`,
  },
  'auth.missing_scope': {
    cause: ({ detail }) =>
      `The token is accepted but lacks rights (403): ${detail ?? 'a scope is missing'}. The rights of an API account cannot be changed after it was made.`,
    who: 'administrator of the store',
    todo: (scene) =>
      `Have a new API account made with the scopes that \`waybill channel scopes ${scene.channelId}\` lists. ${rotate(scene)}`,
    text: (scene) =>
      `the API account of our connection to your store (${scene.storeHash}) lacks rights: ${scene.detail ?? 'a scope is missing'}. The rights of an API account cannot be changed, so a new one is needed. ${accountWish(scene)}`,
  },
  'auth.wrong_store': {
    cause: ({ storeHash, detail }) =>
      `The token belongs to ${detail ?? 'another store'}, the channel to store ${storeHash}.`,
    who: 'operator of Waybill',
    todo: (scene) =>
      `Enter the token of store ${scene.storeHash}, or make another channel for the other store. ${rotate(scene)}`,
    text: (scene) =>
      `we were given an access token of ${scene.detail ?? 'another store'} for the store ${scene.storeHash}. Please send us the credentials file of the store ${scene.storeHash}.`,
  },
  'auth.no_access': {
    cause: ({ storeHash }) =>
      `The store refuses every question (403): the hash ${storeHash} is wrong, the token is one of an account-level or app account instead of a store-level one, or it has no rights at all.`,
    who: 'administrator of the store',
    todo: (scene) =>
      `First compare ${scene.storeHash} with the part of the API path after /stores/. If it is right, have a store-level API account made. ${rotate(scene)}`,
    text: (scene) =>
      `your store refuses every question of our connection. Please check that its store hash is ${scene.storeHash} (the part after /stores/ in the API path), and that the API account is a store-level one. ${accountWish(scene)}`,
  },
  'auth.v2_only': {
    cause: () =>
      'The token works for V2 of the API and is refused by V3 (401): it is one of a legacy API account.',
    who: 'administrator of the store',
    todo: (scene) => `Have an API account with the token type "V2/V3 API token" made. ${rotate(scene)}`,
    text: (scene) =>
      `the access token of your store (${scene.storeHash}) works for the old V2 of the API only. ${accountWish(scene)}`,
  },
  'auth.store_unavailable': {
    cause: () =>
      'The store does not answer for now (503): it is in maintenance, suspended or being upgraded.',
    who: 'administrator of the store',
    todo: (scene) =>
      `Wait; it is asked again by itself. If it lasts longer than a day, ask the administrator. ${test(scene)}`,
    text: (scene) =>
      `your store (${scene.storeHash}) answers "503 Service Unavailable" to our connection. Please check that it is not suspended or in maintenance.`,
  },
  'store.not_found': {
    cause: ({ storeHash }) =>
      `There is no store ${storeHash} at this address (404): the hash is wrong, or the store is gone.`,
    who: 'operator of Waybill',
    todo: (scene) =>
      `Compare ${scene.storeHash} with the part of the API path after /stores/. A channel is bound to its hash, so a wrong one needs another channel: waybill channel add <channel>`,
    text: (scene) =>
      `we cannot find your store under the hash ${scene.storeHash}. Please tell us the API path of its API account (it is no secret): https://api.bigcommerce.com/stores/…/v3/.`,
  },
  'store.trouble': {
    cause: ({ detail }) =>
      `The store or a gateway before it failed${detail === undefined ? '' : ` (${detail})`}.`,
    who: 'BigCommerce',
    todo: (scene) => `Wait; it is asked again by itself. ${test(scene)}`,
    text: (scene) =>
      `the API of store ${scene.storeHash} fails with ${scene.detail ?? 'server errors'}. Please look into it.`,
  },
  'store.foreign_answer': {
    cause: ({ detail }) =>
      `Something answers, but not as the store’s API does${detail === undefined ? '' : ` (${detail})`}: a proxy, a maintenance page, or another address.`,
    who: 'operator of Waybill',
    todo: (scene) => `Check connection.api_base_url and any proxy on the way. ${test(scene)}`,
    text: (scene) =>
      `calls from our machine to https://api.bigcommerce.com (store ${scene.storeHash}) are answered by something else. Please let them pass unchanged.`,
  },
  'network.dns': {
    cause: () => 'The name of the store’s API host cannot be resolved.',
    who: 'operator of Waybill',
    todo: (scene) => `Check the name server of this machine and connection.api_base_url. ${test(scene)}`,
    text: () =>
      'the machine that runs Waybill cannot resolve api.bigcommerce.com. Please check its name server.',
  },
  'network.tls': {
    cause: () =>
      'No trusted TLS connection to the store’s API host: this machine’s clock or certificates are wrong, or a proxy opens the traffic.',
    who: 'operator of Waybill',
    todo: (scene) =>
      `Check clock, certificates (NODE_EXTRA_CA_CERTS for a proxy of your own) and proxies. ${test(scene)}`,
    text: () =>
      'the machine that runs Waybill gets no trusted TLS connection to api.bigcommerce.com:443. Please let it pass without inspection, or install the inspecting proxy’s certificate.',
  },
  'network.unreachable': {
    cause: () => 'The store’s API host cannot be reached, or does not answer in time.',
    who: 'operator of Waybill',
    todo: (scene) =>
      `Check this machine’s way to the internet; if that works, it is the store’s trouble and passes. ${test(scene)}`,
    text: () =>
      'the machine that runs Waybill cannot reach api.bigcommerce.com on port 443. Please open outgoing HTTPS to it.',
  },
  'network.address': {
    cause: ({ detail }) => detail ?? 'The address of the API is not allowed here, so nothing was sent.',
    who: 'operator of Waybill',
    todo: ({ channelId }) =>
      `Correct connection.api_base_url (waybill channel set ${channelId} connection.api_base_url=…), or allow the host by WAYBILL_STORE_HOSTS.`,
    text: ({ channelId }) =>
      `the channel ${channelId} has an API address that this installation does not allow. Please correct connection.api_base_url or WAYBILL_STORE_HOSTS.`,
  },
  'clock.skew': {
    cause: ({ detail }) =>
      `The store’s clock is ${detail ?? 'far off'} ours. Imports go by the store’s clock, so nothing is lost.`,
    who: 'operator of Waybill',
    todo: () => 'Set this machine’s clock by a time server (NTP).',
    text: ({ detail }) =>
      `the clock of the machine that runs Waybill is wrong: the store’s is ${detail ?? 'far off'} it. Please let it follow a time server.`,
  },
  'credentials.unreadable': {
    cause: ({ detail }) => detail ?? 'The stored access token cannot be read.',
    who: 'operator of Waybill',
    todo: (scene) => `Put the key back into WAYBILL_SECRET_KEYS. Otherwise: ${rotate(scene)}`,
    text: ({ channelId }) =>
      `the access token of channel ${channelId} cannot be opened with the configured keys. Please put the key that sealed it back into WAYBILL_SECRET_KEYS.`,
  },
};

/** The problem of a code, in words for one channel. */
export function connectionProblem(code: ConnectionProblemCode, scene: ProblemScene): ConnectionProblem {
  const words = WORDS[code];
  return {
    code,
    cause: words.cause(scene),
    who: words.who,
    todo: words.todo(scene),
    text: `Hello,\n${words.text(scene)}\nThank you.`,
    help: `${HELP_PAGE}#${code.replaceAll(/[._]/g, '-')}`,
  };
}

/** How a scope and its level are chosen in the control panel. */
export function scopeChoice({ scope, level }: Pick<NeededScope, 'scope' | 'level'>): string {
  const { name, choices } = scopeOf(scope);
  const choice = level === 'read' ? choices[0] : choices.at(-1);
  return `${name}: ${choice ?? level}`;
}

function accountWish({ channelId, needed }: ProblemScene): string {
  const scopes = needed.map((need) => `- ${scopeChoice(need)}`).join('\n');
  return (
    `Please make a new API account in the control panel: ${API_ACCOUNTS_MENU} (older menus: ${API_ACCOUNTS_OLD_MENUS.join('; ')}), ` +
    `Create API account, token type "V2/V3 API token", name "Waybill ${channelId}", with exactly these OAuth scopes and "None" for all others:\n${scopes}\n` +
    'A text file is downloaded when you save. Please hand it over in a safe way, not by e-mail, and keep the old account until we say that the new one works.'
  );
}
