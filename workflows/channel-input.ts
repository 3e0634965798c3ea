/** The input of workflows that need no more than a channel; it may be typed by hand. */
import { CHANNEL_ID_RULE, isChannelId } from '../domain/ids.ts';
import { invalidInput } from './failures.ts';

/** @throws ApplicationFailure `InvalidInput` with an example */
export function channelOf(input: unknown): string {
  const channelId: unknown = fieldOf(input, 'channelId');
  if (typeof channelId === 'string' && isChannelId(channelId)) return channelId;
  throw invalidInput(
    `"channelId" must be a channel's id (${CHANNEL_ID_RULE}). Example: {"channelId":"acme"}`,
  );
}

/** A field of whatever was given; undefined where there is none. */
export function fieldOf(input: unknown, name: string): unknown {
  // Reading a property of any object is safe; the value is checked by the caller.
  return typeof input === 'object' && input !== null ? (input as Record<string, unknown>)[name] : undefined;
}
