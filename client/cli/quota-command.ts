/** `waybill quota`: the stores' API quotas as they are now; on a terminal they are shown anew every second. */
import type { Command } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import type { QuotaView } from '../../db/quota-view.ts';
import { quotaView, quotaViews } from '../../db/quota-view.ts';
import { QUOTA_PURPOSES } from '../../domain/store-quota.ts';
import { channelArgument } from './arguments.ts';
import { explain } from './explain.ts';
import type { Output } from './output.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';

/** As often as somebody reads it. */
const SHOW_EVERY_MS = 1_000;
const MS_PER_SECOND = 1_000;
/** Cursor to the upper left corner, everything below it gone: the table is drawn in its own place. */
const HOME_AND_CLEAR = '\u001B[H\u001B[2J';

export function addQuotaCommand(program: Command, run: Run): void {
  program
    .command('quota')
    .description("the stores' API quotas: limits and why, what was used, who waits; live on a terminal")
    .argument('[channel]', "only of this channel's store", channelArgument)
    .option('--once', 'show it once, also on a terminal')
    .action(
      run(async (session, channelId: string | undefined, options: { once?: true }) => {
        const { out } = session;
        if (session.explain)
          return explain(out, {
            commands: [],
            note: 'Quotas are known to Postgres only; Temporal counts tasks.',
          });
        const db = await session.database();
        const store = channelId === undefined ? null : (await requireChannel(db, channelId)).storeHash;
        const read = async (): Promise<QuotaView[]> => {
          if (store === null) return quotaViews(db);
          const view = await quotaView(db, store);
          return view === null ? [] : [view];
        };
        if (out.interactive && options.once !== true) await showLive(out, read);
        else {
          const views = await read();
          show(out, views);
          out.result({ quotas: views });
        }
        return undefined;
      }),
    );
}

/** Until Ctrl-C, which is the way to end it and no failure. */
async function showLive(out: Output, read: () => Promise<QuotaView[]>): Promise<void> {
  const over = new AbortController();
  const onSignal = (): void => over.abort();
  process.once('SIGINT', onSignal);
  try {
    while (!over.signal.aborted) {
      const views = await read();
      out.line(`${HOME_AND_CLEAR}API quotas, ${new Date().toISOString()}. Ctrl-C ends this.`);
      show(out, views);
      await pause(SHOW_EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
}

function show(out: Output, views: readonly QuotaView[]): void {
  if (views.length === 0)
    return out.line('No store has a quota yet. Connect one with `waybill channel add`.');
  out.table(
    ['store', 'channels', 'limit', 'in force', 'used', ...QUOTA_PURPOSES.map(wordOf), 'waiting', 'in flight'],
    views.map((view) => [
      view.storeHash,
      view.channels.join(', '),
      `${String(view.limit)} per ${String(view.windowMs / MS_PER_SECOND)} s`,
      view.effectiveLimit,
      sum(view.used),
      ...QUOTA_PURPOSES.map((purpose) => view.used[purpose]),
      QUOTA_PURPOSES.filter((purpose) => view.waiting[purpose] > 0)
        .map((purpose) => `${String(view.waiting[purpose])} ${wordOf(purpose)}`)
        .join(', ') || '0',
      `${String(view.concurrency.inFlight)} of ${String(view.concurrency.max)}`,
    ]),
  );
  for (const view of views) {
    out.line(`${view.storeHash}: ${view.because}.`);
    if (view.live !== null) {
      out.line(
        `${view.storeHash}: the store says ${String(view.live.left)} of ${String(view.live.limit)} are left until ${view.live.until}.`,
      );
    }
  }
  out.line(
    'Used: granted in the window and the 5 s in which a grant may be used. Imports yield to write-backs and people.',
  );
}

function wordOf(purpose: string): string {
  return purpose.replace('_', '-');
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
