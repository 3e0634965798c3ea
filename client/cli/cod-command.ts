/** `waybill channel cod-preview`: what a change of the rules of cash on delivery would do, before it is saved. */
import type { Command } from 'commander';
import { previewCod } from '../../db/import-cod.ts';
import { codRules } from '../../settings/import-rules.ts';
import { parseSettings } from '../../settings/parse-settings.ts';
import { channelArgument } from './arguments.ts';
import { applyWords, invalidSettings, noteWarnings } from './channel-settings.ts';
import { explain } from './explain.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';

const STORED_ONLY = { commands: [], note: 'The preview counts over orders in Postgres; no store is called.' };

export function addCodCommand(channel: Command, run: Run): void {
  channel
    .command('cod-preview')
    .description('count what other rules of cash on delivery would change, without changing anything')
    .argument('<channel>', 'channel', channelArgument)
    .argument('[name=value...]', 'such as orders.import.cod.payment_methods=\'["Contrassegno"]\'')
    .action(
      run(async (session, channelId: string, words: string[]) => {
        const { out } = session;
        if (session.explain) return explain(out, STORED_ONLY);
        const db = await session.database();
        const { document } = await requireChannel(db, channelId);
        const { doc, warnings } = applyWords(document, words);
        const parsed = parseSettings(doc);
        if (!parsed.ok) throw invalidSettings(parsed.problems);
        const preview = await previewCod(db, { channelId, rules: codRules(parsed.settings) });
        noteWarnings(out, warnings);
        out.line(
          `${String(preview.becomeCod)} orders would become cash on delivery, ${String(preview.stopBeingCod)} would stop being it, ` +
            `${String(preview.changeReason)} would stay it for another reason.`,
        );
        out.line(
          `${String(preview.judged)} orders not shipped yet were looked at; ${String(preview.shipped)} others stay as they are.`,
        );
        if (preview.examples.length > 0) {
          out.table(
            ['order', 'now', 'then'],
            preview.examples.map(({ orderId, from, to }) => [String(orderId), from, to]),
          );
        }
        for (const { text, orders } of preview.similar) out.line(`${String(orders)} orders: ${text}`);
        out.line(`Nothing was changed. Save it with: waybill channel set ${channelId} …`);
        out.result(preview);
      }),
    );
}
