import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { workflowBundle } from '../../workers/workflow-bundle.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
/** A bundle of ours is below two megabytes with its map; a library that slipped in shows here first. */
const BUNDLE_BYTES_MAX = 3_000_000;

test('the bundle is built once and found by the hash of its sources afterwards', async () => {
  const first = await workflowBundle();
  const writtenAt = 'codePath' in first ? statSync(first.codePath).mtimeMs : null;
  expect(writtenAt).not.toBeNull();
  const again = await workflowBundle();
  expect(again).toEqual(first);
  expect('codePath' in again ? statSync(again.codePath).mtimeMs : null).toBe(writtenAt);
});

test('holds every workflow of the entry and no schema library', async () => {
  const bundle = await workflowBundle();
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath, 'utf8');
  for (const name of ['orderLifecycle', 'importOrders', 'checkChannel', 'reconcileChannel', 'sweep']) {
    expect(code).toContain(name);
  }
  expect(code).not.toMatch(/node_modules\/(zod|pino|postgres|got)\//);
  expect(code.length).toBeLessThan(BUNDLE_BYTES_MAX);
});

// They are evaluated once for a worker: whatever a module kept, one run would hand to the next.
test('no module that workflows reach keeps anything between runs', async () => {
  const bundle = await workflowBundle();
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath, 'utf8');
  const reached = new Set(
    [...code.matchAll(/"\.\/((?:workflows|domain)\/[\w-]+\.ts)"/g)].map(([, file]) => file ?? ''),
  );
  expect(reached).toContain('workflows/order-lifecycle.ts');
  const kept = [...reached].flatMap((file) =>
    readFileSync(path.join(ROOT, file), 'utf8')
      .split('\n')
      .filter((line) => /^(export )?(let |var |const .*= (new (Weak)?(Map|Set)\b|\[\];|\{\};))/.test(line))
      .map((line) => `${file}: ${line}`),
  );
  expect(kept).toEqual([]);
});
