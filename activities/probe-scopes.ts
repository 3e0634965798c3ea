/**
 * One read for each scope that has one, the needed ones first. An answer that says nothing about rights (a failing
 * server, an empty store, a used-up quota) leaves the scope unknown; it never counts as granted.
 */
import { StoreError } from '../bigcommerce/errors.ts';
import type { ProbeOutcome, StoreFacts } from '../domain/connection-report.ts';
import { featuresOn, leastScopes, type SettingReader } from '../domain/scope-needs.ts';
import { SCOPES, type Scope, type ScopeId } from '../domain/scopes.ts';
import type { Attempt } from './attempt.ts';
import type { StoreSession } from './store-calls.ts';

/** From this attempt on, a report with gaps is better than none: a very low quota never lets all questions through. */
const ATTEMPT_WITH_GAPS = 3;
/** Questions are left out when less time than this is left of the attempt: one question and the records after it. */
const TIME_RESERVED_MS = 25_000;
/** So many failures in a row, and the store has other trouble than rights. */
const FAILURES_MAX = 2;

export interface ScopeAnswers {
  outcomes: Map<ScopeId, ProbeOutcome>;
  /** The first page of the store's storefronts; null where they cannot be read. */
  storefronts: StoreFacts['storefronts'];
  /** V3 refuses a token that V2 has let in. */
  v3Refused: boolean;
}

export interface ScopeQuestions {
  setting: SettingReader;
  /** Any order, for the reads that are about one. */
  orderId: number | null;
  ordersRefused: boolean;
}

/** Asks for all but Orders and Information & Settings, which the check has asked for already. */
export async function askForScopes(
  session: StoreSession,
  attempt: Pick<Attempt, 'number' | 'leftMs'>,
  about: ScopeQuestions,
): Promise<ScopeAnswers> {
  const answers: ScopeAnswers = { outcomes: new Map(), storefronts: null, v3Refused: false };
  let failures = 0;
  let stop: string | null = null;
  for (const { id, probe } of byNeed(about.setting)) {
    const unasked = stop === null ? reasonNotToAsk(id, probe, about) : { why: stop };
    if (unasked !== null) {
      answers.outcomes.set(id, { answer: 'unknown', ...unasked });
      continue;
    }
    if (attempt.leftMs() < TIME_RESERVED_MS) {
      stop = 'the store answers too slowly to ask everything';
      answers.outcomes.set(id, { answer: 'unknown', why: stop });
      continue;
    }
    try {
      if (id === 'channel_settings') answers.storefronts = await readStorefronts(session);
      else await session.probe({ ...probe, path: probe.path.replace('{order}', String(about.orderId)) });
      answers.outcomes.set(id, { answer: 'let_in' });
      failures = 0;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'BigCommerceRateLimited') {
        if (attempt.number < ATTEMPT_WITH_GAPS) throw error;
        stop = 'the quota of the store was used up before it could be asked';
      } else if (error.reason === 'unauthorized' && probe.host === 'store' && probe.path.startsWith('/v3/')) {
        answers.v3Refused = true;
        stop = 'V3 of the API refuses the token';
      }
      answers.outcomes.set(id, stop === null ? outcomeOf(error, probe) : { answer: 'unknown', why: stop });
      failures = answers.outcomes.get(id)?.answer === 'unknown' ? failures + 1 : 0;
      if (failures >= FAILURES_MAX && error.code === 'BigCommerceUnavailable')
        stop ??= 'the store failed to answer the questions before it';
    }
  }
  return answers;
}

async function readStorefronts({ client }: StoreSession): Promise<StoreFacts['storefronts']> {
  const { rows } = await client.storefronts(1);
  return rows.map(({ storefrontId, name, type, status }) => ({ id: storefrontId, name, type, status }));
}

type Asked = Scope & { probe: NonNullable<Scope['probe']> };

/** What features that are on need comes first, in case the quota or the time does not suffice for all. */
function byNeed(setting: SettingReader): Asked[] {
  const needed = leastScopes(featuresOn(setting)).map(({ scope }) => scope);
  const asked = SCOPES.filter(
    (scope): scope is Asked => scope.probe !== null && scope.id !== 'orders' && scope.id !== 'information',
  );
  const isNeeded = ({ id }: Scope): boolean => needed.includes(id);
  return [...asked.filter(isNeeded), ...asked.filter((scope) => !isNeeded(scope))];
}

function reasonNotToAsk(
  id: ScopeId,
  probe: Asked['probe'],
  about: ScopeQuestions,
): { why: string; yet?: true } | null {
  if (id === 'b2b' && about.setting('b2b.enabled') !== true)
    return { why: 'nothing is sent to B2B Edition while b2b.enabled is off' };
  if (!probe.path.includes('{order}') || about.orderId !== null) return null;
  return about.ordersRefused
    ? { why: 'it can only be asked about an order, and orders cannot be read' }
    : { why: 'it can only be asked about an order, and the store has none', yet: true };
}

function outcomeOf(error: StoreError, probe: Asked['probe']): ProbeOutcome {
  if (error.reason === 'forbidden' || (error.reason === 'unauthorized' && probe.host === 'b2b'))
    return { answer: 'refused' };
  if (error.reason === 'not_found') {
    return probe.absent === true
      ? { answer: 'let_in' }
      : { answer: 'unknown', why: 'the store does not offer it (404)' };
  }
  const seen = error.httpStatus === null ? error.reason : `HTTP ${String(error.httpStatus)}`;
  return { answer: 'unknown', why: `the store did not answer it (${seen.replaceAll('_', ' ')})` };
}
