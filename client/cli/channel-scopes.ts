/**
 * `waybill channel scopes`: the least rights that a channel's settings need, each with its reason, and which of those
 * that other products ask for are not needed. Computed here; nobody is asked.
 */
import type { Command } from 'commander';
import { scopeChoice } from '../../domain/connection-problems.ts';
import { FEATURES, featuresOn, leastScopes, settingsReader, type Feature } from '../../domain/scope-needs.ts';
import { SCOPES, scopeOf } from '../../domain/scopes.ts';
import { VENDOR_SCOPES } from '../../domain/vendor-scopes.ts';
import { parseSettings } from '../../settings/parse-settings.ts';
import { applyPreset, PRESETS } from '../../settings/presets.ts';
import { channelArgument, collect } from './arguments.ts';
import { applyWords, changed, invalidSettings } from './channel-settings.ts';
import { CommandError } from './command-error.ts';
import { explain } from './explain.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';

interface ScopeOptions {
  preset?: string;
  set?: string[];
  features?: string;
}

/** The settings need a store to be valid; which one does not matter here. */
const ANY_STORE = { channel: { name: 'any' }, connection: { store_hash: 'any' } };

export function addChannelScopes(channel: Command, run: Run): void {
  channel
    .command('scopes')
    .description('the rights that an API account needs, each with its reason')
    .argument('[channel]', 'a channel; without one, the settings of --preset and --set', channelArgument)
    .option('--preset <preset>', `settings to begin with: ${PRESETS.map(({ name }) => name).join(', ')}`)
    .option('--set <name=value>', 'a setting, repeatable', collect)
    .option('--features <list>', `exactly these: ${FEATURES.map(({ id }) => id).join(',')}`)
    .action(
      run(async (session, channelId: string | undefined, options: ScopeOptions) => {
        const { out } = session;
        if (session.explain)
          return explain(out, { commands: [], note: 'Computed from the settings; Temporal is not asked.' });
        const features = await chosenFeatures(session, channelId, options);
        const needed = leastScopes(features);
        out.table(
          ['scope', 'parameter', 'why'],
          needed.map((need) => {
            const { parameter, readOnlyParameter } = scopeOf(need.scope);
            return [
              scopeChoice(need),
              need.level === 'read' ? (readOnlyParameter ?? parameter) : parameter,
              need.why.map(({ feature, reason }) => `${feature}: ${reason}`).join('; '),
            ];
          }),
        );
        const notNeeded = SCOPES.filter(({ id }) => needed.every(({ scope }) => scope !== id)).map(
          (scope) => ({
            scope: scope.id,
            name: scope.name,
            opens: scope.opens,
            askedBy: VENDOR_SCOPES[scope.id] ?? {},
          }),
        );
        for (const { name, opens, askedBy } of notNeeded) {
          const products = Object.entries(askedBy).map(([product, level]) => `${product} (${level})`);
          if (products.length > 0)
            out.line(`Not needed: ${name} (${opens}). Asked for by ${products.join(', ')}.`);
        }
        out.line('Choose "None" for everything else. Webhooks need no scope.');
        out.result({
          channelId: channelId ?? null,
          features: features.map(({ id }) => id),
          needed: needed.map((need) => ({
            ...need,
            name: scopeOf(need.scope).name,
            choice: scopeChoice(need),
          })),
          notNeeded,
        });
      }),
    );
}

/** @throws CommandError `bad_usage`, `settings_invalid`, `not_found` */
async function chosenFeatures(
  session: Session,
  channelId: string | undefined,
  { features, preset, set }: ScopeOptions,
): Promise<Feature[]> {
  if (features !== undefined) return namedFeatures(features);
  const start =
    channelId === undefined
      ? ANY_STORE
      : (await requireChannel(await session.database(), channelId)).document;
  const withPreset = preset === undefined ? start : changed(applyPreset(start, preset)).doc;
  const parsed = parseSettings(applyWords(withPreset, set ?? []).doc);
  if (!parsed.ok) throw invalidSettings(parsed.problems);
  return featuresOn(settingsReader(parsed.settings));
}

function namedFeatures(list: string): Feature[] {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => FEATURES.every(({ id }) => id !== name));
  if (unknown !== undefined) {
    throw new CommandError('bad_usage', {
      what: `There is no feature ${JSON.stringify(unknown.slice(0, 40))}.`,
      todo: `Choose of: ${FEATURES.map(({ id }) => id).join(', ')}`,
    });
  }
  return FEATURES.filter(({ id }) => names.includes(id));
}
