/** Arguments that several commands share, refused by commander with a sentence (exit 2) before anything is opened. */
import { InvalidArgumentError } from 'commander';
import { CHANNEL_ID_RULE, isChannelId } from '../../domain/ids.ts';

export function channelArgument(text: string): string {
  if (!isChannelId(text)) throw new InvalidArgumentError(`A channel is ${CHANNEL_ID_RULE}.`);
  return text;
}

export function orderArgument(text: string): number {
  const order = wholeNumber(text);
  if (order === null || order < 1)
    throw new InvalidArgumentError("An order is the store's order number, such as 1001.");
  return order;
}

/** @returns a parser for whole numbers between two limits. */
export function numberOption(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = wholeNumber(text);
    if (value === null || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${String(min)} to ${String(max)}.`);
    }
    return value;
  };
}

/** Repeatable option: collects what each occurrence gives. */
export function collect(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
