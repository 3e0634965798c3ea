/**
 * Examples that stand at the end of each command's help: what people most often mean by it. Words only; a test runs
 * each of them with `--explain`, so that none can name an option that is gone.
 */
import type { Command } from 'commander';

/** By the words of the command; each with what it does. */
export const EXAMPLES: Readonly<Record<string, readonly (readonly [words: string, what: string])[]>> = {
  'channel add': [
    [
      'channel add acme --credentials-file BigCommerceAPI-credentials.txt',
      'the file that BigCommerce downloaded',
    ],
    [
      'channel add acme --store-hash abc123 --preset Starshipit-print',
      'asks for the token; settings of a preset',
    ],
  ],
  'channel set': [
    [
      'channel set acme channel.profile=import_and_writeback fulfillment.push_enabled=true',
      'let outcomes be written to the store',
    ],
    [
      `channel set acme 'orders.import.statuses.default_exclude=[0,4,5,6]' --fetch-admitted`,
      'a list; and fetch what it admits now',
    ],
  ],
  'channel scopes': [['channel scopes --preset Qapla-trackable', 'before the API account is made']],
  'channel rotate': [
    ['channel rotate acme --credentials-file new-account.txt', 'while the old account still works'],
  ],
  'channel secret add': [
    ['channel secret add acme easypost --generate', 'shown once; enter it at the provider'],
  ],
  'channel settings import': [['channel settings import acme settings.json', 'ours, or of another product']],
  'channel cod-preview': [
    [
      `channel cod-preview acme 'orders.import.cod.payment_methods=["Cash on Delivery","Contrassegno"]'`,
      'how many orders that would change',
    ],
  ],
  import: [
    ['import acme', 'what changed since the last import'],
    ['import acme --days 7', 'created in the last seven days'],
    ['import acme --from 2026-07-01 --to 2026-07-31 --basis created', 'created in July'],
    ['import acme --ids 1001,1002 --include-excluded', 'these, whatever their status'],
    ['import acme --all', 'everything that the store has'],
  ],
  outcomes: [
    [
      'outcomes acme 0f6c2c1e-6f0e-8c3d-8b1e-3f2a9c7d5e10 --outcome rejected',
      'which of the given orders were not let in, and why',
    ],
  ],
  explain: [['explain acme 1001', 'why it is, or is not, here']],
  order: [
    ['order acme 1001', 'everything that is known'],
    ['order acme 1001 --plan', 'what would be written now'],
  ],
  label: [['label acme 1001 --parcels 3 --weight 1.2kg', 'no import touches these']],
  event: [
    ['event acme 1001 label.created --tracking 9205590164917312751089 --carrier usps', 'a label was made'],
    ['event acme 1001 tracking.updated --status delivered --tracking 9205590164917312751089', 'it arrived'],
  ],
  override: [['override acme 1001 --stage delivered --reason "told by phone"', 'what a person knows']],
  approve: [
    ['approve acme 1001', 'all that waits of one order'],
    ['approve acme --all', 'of the channel: says how many mails, and asks'],
  ],
  retry: [['retry acme 1001', 'what was refused, or waits for another attempt']],
  pause: [['pause acme 1001 --reason "address check"', 'until `waybill resume`']],
  find: [['find 9205590164917312751089', 'in any channel']],
  'keys create': [['keys create "label printer" --channel acme', 'good for one channel']],
};

/** Puts the examples behind the help of every command below this one. */
export function addExamples(program: Command): void {
  for (const command of program.commands) {
    addExamples(command);
    const examples = EXAMPLES[pathOf(command)] ?? [];
    if (examples.length === 0) continue;
    const lines = examples.map(([words, what]) => `  waybill ${words}\n      ${what}`);
    command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
}

function pathOf(command: Command): string {
  const words: string[] = [];
  // The program itself has no parent and is no word of the command.
  for (let at: Command | null = command; at.parent !== null; at = at.parent) words.unshift(at.name());
  return words.join(' ');
}
