// `npm run bench -- import|lifecycles|events [--json] [--sizes 1000,10000]`: measures, never fails for being slow.
import { parseArgs } from 'node:util';
import { benchImport } from './import.ts';
import { benchLifecycles } from './lifecycles.ts';
import { createReport, machine } from './report.ts';

const IMPORT_SIZES = [1_000, 10_000, 100_000];
const LIFECYCLE_ORDERS = [2_000];
const USAGE =
  'Usage: npm run bench -- import|lifecycles|events [--json] [--sizes 1000,10000]\n' +
  '  --sizes  how many orders; several for import, one for the others\n';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, sizes: { type: 'string' } },
});
const [what] = positionals;
const report = createReport(values.json === true);
const sizes = values.sizes?.split(',').map(Number);
if (positionals.length !== 1 || (sizes ?? []).some((size) => !Number.isInteger(size) || size < 1)) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else if (what === 'import') {
  report.note(machine());
  await benchImport(report, sizes ?? IMPORT_SIZES);
  report.end();
} else if (what === 'lifecycles' || what === 'events') {
  report.note(machine());
  await benchLifecycles(report, (sizes ?? LIFECYCLE_ORDERS)[0] ?? 0, what);
  report.end();
} else {
  process.stderr.write(USAGE);
  process.exitCode = 2;
}
