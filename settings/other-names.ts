/**
 * Names that people know as settings but that are not kept in a channel's document: secrets, what is computed, input
 * that is split up, actions. Each is described like a setting and says where it is done; none of them can be set.
 */
import { z } from 'zod';
import { PROVIDER_IDS } from '../domain/carriers/provider-ids.ts';
import { gatewayRef } from './catalog-settings.ts';
import type { SettingNote } from './setting.ts';
import { words } from './value-kinds.ts';

export const OTHER_KINDS = ['secret', 'input', 'read_only', 'state', 'action', 'item', 'workspace'] as const;
export type OtherKind = (typeof OTHER_KINDS)[number];

/** Longer ones are not secrets but files. */
const SECRET_LENGTH_MAX = 4_096;
/** One line without blanks: what was pasted with its label, or twice, is noticed at once. */
export const secretText = z
  .string()
  .trim()
  .min(1, { error: 'expected a secret, not an empty text' })
  .max(SECRET_LENGTH_MAX)
  .regex(/^\S+$/, { error: 'expected one line without blanks' });

/** What a provider of carrier events signs with; several while it is being replaced. */
const secretList = z.array(secretText).max(5);

export const gateways = z
  .array(z.strictObject({ ref: gatewayRef, name: words(80), note: z.string().trim().max(500).default('') }))
  .max(200)
  .refine((list) => new Set(list.map(({ ref }) => ref)).size === list.length, {
    error: 'expected every ref once',
  });
export type Gateway = z.output<typeof gateways>[number];

/** The API versions we speak; not a choice (capabilities I-40). */
export const API_PROFILE = 'orders-v2+catalog-v3';

export interface OtherName extends SettingNote {
  name: string;
  kind: OtherKind;
  /** What a value looks like, wherever it is given or shown. */
  schema: z.ZodType;
  byDefault: unknown;
  /** What to do instead of setting it: half a sentence. */
  instead: string;
  /** Of a secret that is kept: its kind in the secret store. */
  secretKind?: string;
  /** Of a secret that nobody gives: it is made here. */
  generated?: true;
}

const IN_A_FILE =
  'give it in a file to `waybill channel settings import`, where it goes to the sealed secrets';

function secret(name: string, secretKind: string | null, note: SettingNote, instead: string): OtherName {
  return {
    name,
    kind: 'secret',
    schema: secretText,
    byDefault: null,
    instead,
    ...note,
    ...(secretKind === null ? {} : { secretKind }),
  };
}

/** Sealed by its kind. */
const secrets: OtherName[] = [
  secret(
    'connection.access_token',
    'access_token',
    {
      description: "The token of the store's API account. Required with `store_token`.",
      rows: ['Q-9', 'P-2', 'S-22', 'C-4', 'I-44'],
    },
    'give it to `waybill channel add`, replace it with `waybill channel rotate`',
  ),
  secret(
    'connection.client_secret',
    'client_secret',
    {
      description: 'The secret of the API account. Optional with `store_token`, needed with `app_oauth`.',
      rows: ['P-4', 'X-9'],
    },
    IN_A_FILE,
  ),
  {
    ...secret(
      'webhooks.inbound_secret',
      'webhook_secret',
      {
        description:
          "Proves that a call to our webhook address comes from the channel's own hooks. Generated.",
        rows: ['I-66'],
      },
      'it is generated when the hooks are registered',
    ),
    generated: true,
  },
  secret(
    'handoff.signing_secret',
    'handoff_signing_secret',
    {
      description: 'Signs the links to an outside checkout; without one they are not signed.',
      rows: ['C-41'],
    },
    IN_A_FILE,
  ),
  secret(
    'b2b.legacy.password',
    'b2b_password',
    {
      description: 'The password of the deprecated B2B login; only with `b2b.auth_mode` `legacy_login`.',
      rows: ['I-51', 'X-17'],
    },
    IN_A_FILE,
  ),
  ...PROVIDER_IDS.map((provider): OtherName => ({
    name: `carriers.${provider}.secrets`,
    kind: 'secret',
    schema: secretList,
    byDefault: [],
    secretKind: `carrier.${provider}`,
    instead: 'use `waybill channel secret add`',
    description: `Secrets with which ${provider} proves its events; several while one is being replaced.`,
    rows: [],
  })),
];

const inputs: OtherName[] = [
  {
    name: 'connection.api_path',
    kind: 'input',
    schema: words(500),
    byDefault: null,
    instead: 'give it to `waybill channel add --store-hash`; a channel stays with its store',
    description: 'The API path as BigCommerce shows it; split into `api_base_url` and `store_hash`.',
    rows: ['S-20', 'X-8'],
  },
  {
    name: 'connection.import_file',
    kind: 'input',
    schema: words(100_000),
    byDefault: null,
    instead: 'give it to `waybill channel add`; it is read in memory and never kept',
    description: 'The text file that BigCommerce downloads when the API account is made.',
    rows: ['Q-8', 'P-13', 'I-24', 'I-25'],
  },
];

const levels = z.record(z.string(), z.enum(['none', 'read', 'modify']));

const computed: OtherName[] = [
  {
    name: 'connection.required_access',
    kind: 'read_only',
    schema: levels,
    byDefault: null,
    instead: 'it follows from the features that are on; `waybill channel test` shows it',
    description: 'Scopes that the features that are on need.',
    rows: ['Q-3', 'X-5'],
  },
  {
    name: 'connection.granted_access',
    kind: 'read_only',
    schema: levels,
    byDefault: null,
    instead: 'it is what the store allows; `waybill channel test` shows it',
    description: 'Scopes that the store was seen to grant.',
    rows: ['I-38', 'P-28'],
  },
  {
    name: 'connection.api_profile',
    kind: 'read_only',
    schema: z.literal(API_PROFILE),
    byDefault: API_PROFILE,
    instead: `it is ${API_PROFILE} and not a choice`,
    description: 'Versions of the API: orders and shipments by V2, the rest by V3.',
    rows: ['I-40'],
  },
  {
    name: 'connection.authorized_at',
    kind: 'read_only',
    schema: z.iso.datetime(),
    byDefault: null,
    instead: 'it is kept when the store authorizes the app',
    description: 'When the store authorized the app; only with `app_oauth`.',
    rows: ['I-38'],
  },
  {
    name: 'catalog.projection_id',
    kind: 'read_only',
    schema: z.string(),
    byDefault: null,
    instead: 'the first catalog sync makes it, and all later ones keep it',
    description: "The id of the channel's catalog projection; null until the first sync.",
    rows: ['C-5'],
  },
];

const states: OtherName[] = [
  {
    name: 'channel.enabled',
    kind: 'state',
    schema: z.boolean(),
    byDefault: false,
    instead: 'use `waybill channel enable`, which checks first, or `waybill channel disable`',
    description: 'Whether the channel works. Off until a connection check has passed.',
    rows: ['P-38'],
  },
];

const actions = (['product_category', 'customer_group', 'payment_method'] as const).map((type): OtherName => {
  const direction = type === 'payment_method' ? 'from_store' : 'to_store';
  return {
    name: `seed.${type}`,
    kind: 'action',
    schema: z.literal(direction),
    byDefault: direction,
    instead: `it is something that is done, always ${direction}, and not a setting`,
    description: `Bulk transfer of one record type, ${direction === 'to_store' ? 'to the store' : 'from the store'}; a dry run comes first.`,
    rows: [{ product_category: 'I-53', customer_group: 'I-54', payment_method: 'I-55' }[type], 'X-16'],
  };
});

const ofItems = (
  [
    ['price_override', z.number().min(0).nullable(), null, 'A price of its own; null for that of the store.'],
    ['gateway_ref', gatewayRef.nullable(), null, 'Its gateway; new items get `catalog.default_gateway_ref`.'],
    ['active', z.boolean(), true, 'Whether it may be sold outside.'],
  ] as const
).map(([field, schema, byDefault, description]): OtherName => ({
  name: `catalog.items.${field}`,
  kind: 'item',
  schema,
  byDefault,
  instead: 'it belongs to one item of the catalog, not to the channel',
  description,
  rows: ['C-31', 'C-32'],
}));

const workspace: OtherName[] = [
  {
    name: 'gateways',
    kind: 'workspace',
    schema: gateways,
    byDefault: [],
    instead: 'it belongs to the whole installation, not to one channel: use `waybill gateways set`',
    description:
      'Gateways that catalog items may name: reference, name, note. Where there are any, others are refused.',
    rows: ['C-8'],
  },
];

export const OTHER_NAMES: readonly OtherName[] = [
  ...secrets,
  ...inputs,
  ...computed,
  ...states,
  ...ofItems,
  ...actions,
  ...workspace,
];

const KIND_IN_WORDS: Readonly<Record<OtherKind, string>> = {
  secret: 'is a secret and never part of the settings',
  input: 'is only input',
  read_only: 'cannot be set',
  state: 'is not set like this',
  action: 'cannot be set',
  item: 'is not a setting of a channel',
  workspace: 'is not a setting of a channel',
};

export function findOtherName(name: string): OtherName | null {
  return OTHER_NAMES.find((other) => other.name === name) ?? null;
}

/** Why it cannot be set, and what to do instead: what follows its name in a sentence. Never shows a value. */
export function refusalOf(other: OtherName): string {
  return `${KIND_IN_WORDS[other.kind]}: ${other.instead}`;
}
