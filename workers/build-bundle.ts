/** `npm run build`: the workflow bundle, ahead of time, so that a worker starts in milliseconds. */
import { stat } from 'node:fs/promises';
import { buildWorkflowBundle } from './workflow-bundle.ts';

const BYTES_PER_KB = 1024;

const startedAt = performance.now();
const file = await buildWorkflowBundle();
const { size } = await stat(file);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
process.stdout.write(`${file} (${String(Math.round(size / BYTES_PER_KB))} KB, ${seconds} s)\n`);
