// What can be wrong with how a random history ended, as a closed set of words: so that a planted bug can be expected to
// be noticed by the rule that it breaks, and not by any accident.
import { furtherThan } from '../model/store-model.ts';
import type { Units } from '../model/units.ts';

export type Finding =
  // Rules that hold at every step, whatever the model says.
  | 'a second shipment for one parcel'
  | 'a protected status was changed'
  | 'the stage fell'
  | 'a status went before its shipment'
  // The end, compared with the model's.
  | 'a shipment is missing'
  | 'a shipment is too many'
  | 'a shipment is another'
  | 'the status is behind'
  | 'the status is beyond'
  | 'too many mails'
  | 'too few mails'
  | 'no end';

export interface Broken {
  rule: Finding;
  /** A sentence for people. */
  why: string;
}

/** What is compared at the end. */
export interface Outcome {
  status: number;
  shipments: { number: string; address: number; units: Units }[];
  /** Sent because of us: the store's mails without those of a person's own doing. */
  mails: number;
}

/** What the store has otherwise than the model; empty where they are equal. */
export function compared(store: Outcome, model: Outcome): Finding[] {
  const found: Finding[] = [];
  const keyOf = ({ number, address }: Outcome['shipments'][number]): string => `${number}@${String(address)}`;
  const keys = (one: Outcome): string[] => one.shipments.map(keyOf);
  const lines = (one: Outcome): string => JSON.stringify(one.shipments);
  const missing = keys(model).some((key) => !keys(store).includes(key));
  const extra = keys(store).some((key) => !keys(model).includes(key));
  if (missing) found.push('a shipment is missing');
  if (extra || store.shipments.length > model.shipments.length) found.push('a shipment is too many');
  if (found.length === 0 && lines(store) !== lines(model)) found.push('a shipment is another');
  if (store.status !== model.status)
    found.push(furtherThan(store.status, model.status) ? 'the status is beyond' : 'the status is behind');
  if (store.mails !== model.mails) found.push(store.mails > model.mails ? 'too many mails' : 'too few mails');
  return found;
}
