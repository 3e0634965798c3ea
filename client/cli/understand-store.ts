/** What people paste as their store, understood by the one reading of `store-hash.ts`, shown, or refused with what to do. */
import { CommandError } from './command-error.ts';
import type { Session } from './session.ts';
import { readStoreReference } from './store-hash.ts';

/** @throws CommandError `bad_usage` for what names no store, or a foreign host */
export function understandStore(
  session: Session,
  pasted: string,
): { storeHash: string; apiBaseUrl: string | null } {
  const { store } = session.config;
  const read = readStoreReference(pasted, { allowedHosts: store.hosts, allowLoopback: store.allowLoopback });
  if (!read.ok) {
    throw new CommandError('bad_usage', {
      what: 'The store cannot be read from what was given.',
      why: `${read.reason}.`,
      todo: 'Give the API path (https://api.bigcommerce.com/stores/…/v3/), the address of the control panel (https://store-….mybigcommerce.com/manage), or the bare hash.',
    });
  }
  session.out.note(
    `Store ${read.storeHash}, understood as ${read.form}${read.apiBaseUrl === null ? '' : ` at ${read.apiBaseUrl}`}.`,
  );
  return read;
}
