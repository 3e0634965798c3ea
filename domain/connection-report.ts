/**
 * From what the probes of a token answered to what it means for a channel: each scope granted, missing, unused, assumed
 * or not checkable, the features that a missing one blocks, and what may not be switched on (capabilities section 1).
 * Pure: it asks nobody.
 */
import { connectionProblem, scopeChoice, type ConnectionProblem } from './connection-problems.ts';
import { FEATURES, featuresOn, leastScopes, type Feature, type SettingReader } from './scope-needs.ts';
import { SCOPES, scopeOf, type AccessLevel, type Scope, type ScopeId } from './scopes.ts';

/**
 * `assumed`: read access was seen, modify access is needed and shows only with the first write. `unused`: granted and
 * needed by nothing that is on. `missing` says nothing about whether it is needed: `needed` does.
 */
export const SCOPE_STATES = ['granted', 'assumed', 'unused', 'missing', 'cannot_be_checked'] as const;
export type ScopeState = (typeof SCOPE_STATES)[number];

/** What a probe of one scope came to. */
export type ProbeOutcome = { answer: 'let_in' | 'refused' } | { answer: 'unknown'; why: string; yet?: true };

/** What writes of this token have shown, which no read can. */
export interface WriteEvidence {
  /** The store took a write that needs Orders: modify, or refused one for want of rights; null: none was sent yet. */
  orders: 'accepted' | 'refused' | null;
}

/** One line of the report. Plain JSON. */
export interface ScopeFinding {
  /** Row of the scope matrix. */
  row: string;
  scope: ScopeId;
  /** As the control panel names it. */
  name: string;
  parameter: string;
  state: ScopeState;
  /** What the features that are on need; null: nothing. */
  needed: AccessLevel | null;
  /** Features that are on and need it. */
  features: string[];
  /** Features, on or off, that cannot work with this token for want of it. */
  blocks: string[];
  message: string;
}

/** What the store says about itself, as far as the token may read it. Plain JSON. */
export interface StoreFacts {
  name: string;
  domain: string;
  plan: string;
  /** As the store spells it: `live`, `down_for_maintenance`, … */
  status: string;
  currency: string;
  weightUnits: string;
  timeZone: string;
  /** ISO 3166-1 alpha-2, or empty: what leaves it needs customs data. */
  countryCode: string;
  multiStorefront: boolean;
  /** Null where Channel Settings is missing. */
  storefronts: { id: number; name: string; type: string; status: string }[] | null;
  /** Whether the store mails shoppers when an order's status changes (F-21); null when it does not say. */
  shopperMails: boolean | null;
  /** Storefronts whose own switch overrides the store's; absent in older reports, and where they could not be asked. */
  storefrontMails?: { id: number; on: boolean }[];
  /** The order statuses with the merchant's labels (S-29); null where the token may not read them, absent in older reports. */
  statuses?: { id: number; name: string; label: string }[] | null;
}

/** What the API account of a token owns in the store, which a new account does not take over (F-8). Plain JSON. */
export interface OwnWebhook {
  id: number;
  scope: string;
  destination: string;
  active: boolean;
}

/** What a check found beside its lines. Plain JSON. */
export interface ConnectionReport {
  store: StoreFacts | null;
  scopes: ScopeFinding[];
  /** Features that are on and cannot work. The others go on. */
  blocked: { feature: string; scopes: string[] }[];
  /** The gravest first; empty where nothing is wrong. */
  problems: ConnectionProblem[];
}

/** Judges every scope, in the order of the matrix. */
export function judgeScopes(
  setting: SettingReader,
  outcomes: ReadonlyMap<ScopeId, ProbeOutcome>,
  evidence: WriteEvidence,
): ScopeFinding[] {
  const on = featuresOn(setting);
  const needs = leastScopes(on);
  return SCOPES.map((scope) => {
    const need = needs.find((candidate) => candidate.scope === scope.id) ?? null;
    const outcome = outcomes.get(scope.id) ?? { answer: 'unknown', why: noProbe(scope) };
    const features = on.filter((feature) => needsOf(feature, scope.id).length > 0);
    const facts = {
      row: scope.row,
      scope: scope.id,
      name: scope.name,
      parameter: scope.parameter,
      needed: need?.level ?? null,
      features: features.map(({ name }) => name),
    };
    const writeRefused = scope.id === 'orders' && evidence.orders === 'refused';
    if (
      outcome.answer === 'refused' ||
      (outcome.answer === 'let_in' && writeRefused && need?.level === 'modify')
    ) {
      const level: AccessLevel = outcome.answer === 'refused' ? 'read' : 'modify';
      const blocks = blockedBy(scope.id, level).map(({ name }) => name);
      return {
        ...facts,
        state: 'missing',
        blocks,
        message: missingSentence(scope, need?.level ?? null, blocks, features),
      };
    }
    if (outcome.answer === 'unknown') {
      return {
        ...facts,
        state: 'cannot_be_checked',
        blocks: [],
        message: `Cannot be checked${outcome.yet === true ? ' yet' : ''}: ${outcome.why}.`,
      };
    }
    if (writeRefused) {
      const blocks = blockedBy(scope.id, 'modify').map(({ name }) => name);
      const message = `Granted for reading. The store refused a write, so this cannot be switched on: ${blocks.join('; ')}.`;
      return { ...facts, state: need === null ? 'unused' : 'granted', blocks, message };
    }
    if (need === null) {
      const message = `Granted, but nothing that is on needs it${scope.risky === true ? '; it is risky to keep' : ''}. A new API account can leave it out.`;
      return { ...facts, state: 'unused', blocks: [], message };
    }
    if (need.level === 'modify' && !(scope.id === 'orders' && evidence.orders === 'accepted')) {
      const message =
        'Reading works; whether it may also modify shows only with the first write, because probing only reads.';
      return { ...facts, state: 'assumed', blocks: [], message };
    }
    return { ...facts, state: 'granted', blocks: [], message: `Granted; needed ${reasons(need.why)}.` };
  });
}

/** Features that are on and cannot work, with the scopes they wait for. */
export function blockedFeatures(findings: readonly ScopeFinding[]): { feature: string; scopes: string[] }[] {
  const blocked = new Map<string, string[]>();
  for (const { state, name, features, blocks } of findings) {
    if (state !== 'missing') continue;
    for (const feature of features.filter((candidate) => blocks.includes(candidate)))
      blocked.set(feature, [...(blocked.get(feature) ?? []), name]);
  }
  return [...blocked].map(([feature, scopes]) => ({ feature, scopes }));
}

/** The one problem that all missing scopes make together; null where nothing that is on lacks anything. */
export function missingScopesProblem(
  scene: { channelId: string; storeHash: string; setting: SettingReader },
  findings: readonly ScopeFinding[],
): ConnectionProblem | null {
  const blocked = blockedFeatures(findings);
  if (blocked.length === 0) return null;
  const needed = leastScopes(featuresOn(scene.setting));
  const missing = needed.filter(({ scope }) =>
    findings.some((finding) => finding.scope === scope && finding.state === 'missing'),
  );
  const detail = `${missing.map(scopeChoice).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing, which blocks: ${blocked.map(({ feature }) => feature).join('; ')}`;
  return connectionProblem('auth.missing_scope', { ...scene, needed, detail });
}

/**
 * Why settings may not be saved: each sentence is about a feature that this change would switch on although a scope that
 * it needs is known to be missing (capabilities P-12). What was on before stays as it is. `findings` are those of the
 * last check, in whatever form they were kept.
 */
export function refusedByScopes(
  before: SettingReader,
  after: SettingReader,
  findings: unknown,
  channelId: string,
): string[] {
  const missing = readFindings(findings).filter(({ blocks }) => blocks.length > 0);
  if (missing.length === 0) return [];
  const already = new Set(featuresOn(before).map(({ id }) => id));
  return featuresOn(after)
    .filter(({ id, name }) => !already.has(id) && missing.some(({ blocks }) => blocks.includes(name)))
    .map((feature) => {
      const lacking = feature.needs.filter(({ scope }) => missing.some((finding) => finding.scope === scope));
      return (
        `${capitalized(feature.name)} (${feature.settings.join(', ')}) needs ${lacking.map(scopeChoice).join(' and ')}, which the store refused at the last check. ` +
        `Make a new API account with it, because those of BigCommerce cannot be changed, and put it in with: waybill channel rotate ${channelId}. ` +
        `If the account has it by now: waybill channel test ${channelId}`
      );
    });
}

/** The findings of a stored report; those of older versions have none. */
export function readFindings(stored: unknown): Pick<ScopeFinding, 'scope' | 'name' | 'state' | 'blocks'>[] {
  if (!Array.isArray(stored)) return [];
  return stored.filter(isFinding);
}

function isFinding(entry: unknown): entry is Pick<ScopeFinding, 'scope' | 'name' | 'state' | 'blocks'> {
  return (
    typeof entry === 'object' &&
    entry !== null &&
    'scope' in entry &&
    'name' in entry &&
    'state' in entry &&
    'blocks' in entry &&
    Array.isArray(entry.blocks)
  );
}

/** Every feature, on or off, that a token without this scope (at this level and above) cannot serve. */
function blockedBy(scope: ScopeId, level: AccessLevel): Feature[] {
  return FEATURES.filter((feature) =>
    needsOf(feature, scope).some((need) => level === 'read' || need.level === 'modify'),
  );
}

function needsOf(feature: Feature, scope: ScopeId): Feature['needs'] {
  return feature.needs.filter((need) => need.scope === scope);
}

function missingSentence(
  scope: Scope,
  needed: AccessLevel | null,
  blocks: readonly string[],
  features: readonly Feature[],
): string {
  if (needed === null) {
    return blocks.length === 0
      ? 'Not granted, and nothing here ever needs it.'
      : `Not granted, and nothing that is on needs it. Cannot be switched on: ${blocks.join('; ')}.`;
  }
  return `Missing. ${capitalized(scopeChoice({ scope: scope.id, level: needed }))} is needed for: ${features.map(({ name }) => name).join('; ')}. Everything else goes on.`;
}

function noProbe(scope: Scope): string {
  return scope.probe === null
    ? `it has no read that would show it (${scopeOf(scope.id).opens})`
    : 'it was not asked';
}

function reasons(why: readonly { reason: string }[]): string {
  return [...new Set(why.map(({ reason }) => reason))].join(', and ');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
