// One import in a process of its own, so that its memory is its own: prints one JSON line and ends. Arguments: database,
// channel.
import { openDatabase } from '../../db/database.ts';
import { benchDeps, runImport } from './import-run.ts';

const [databaseUrl = '', channelId = ''] = process.argv.slice(2);
const db = openDatabase(databaseUrl, { max: 12, applicationName: 'waybill-bench' });
let peakBytes = process.memoryUsage.rss();
const watch = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 100);
const begun = performance.now();
const cpuBefore = process.cpuUsage();
const run = await runImport(benchDeps(db), channelId);
const seconds = (performance.now() - begun) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
clearInterval(watch);
await db.close();
process.stdout.write(
  `${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1_000_000, peakBytes, ...run.counts })}\n`,
);
