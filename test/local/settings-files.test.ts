import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { describeEnvironment } from '../../runtime/config.ts';

const variables = describeEnvironment();
const root = (file: string): URL => new URL(`../../${file}`, import.meta.url);

describe('.env.example', () => {
  test('names every variable, each with its default where it has one', async () => {
    const text = await readFile(root('.env.example'), 'utf8');
    const named = new Map(
      [...text.matchAll(/^#(WAYBILL_\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    expect([...named.keys()].sort()).toEqual(variables.map(({ variable }) => variable).sort());
    for (const { variable, fallback } of variables) {
      const isFlag = fallback === 'false' || fallback === 'true';
      if (fallback !== '' && !isFlag)
        expect(`${variable}=${named.get(variable)}`).toBe(`${variable}=${fallback}`);
    }
  });
});

const compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      environment: z.record(z.string(), z.string()).optional(),
      depends_on: z.record(z.string(), z.unknown()).optional(),
      healthcheck: z.object({ test: z.array(z.string()) }).optional(),
    }),
  ),
});

describe('docker-compose.yml', () => {
  test('has whole entries: words where words belong, and services that exist', async () => {
    const { services } = compose.parse(
      parse(await readFile(root('docker-compose.yml'), 'utf8'), { merge: true }),
    );
    const needed = Object.values(services).flatMap((service) => Object.keys(service.depends_on ?? {}));
    expect(Object.keys(services)).toEqual(expect.arrayContaining(needed));
  });

  test('sets only variables that Waybill knows', async () => {
    const text = await readFile(root('docker-compose.yml'), 'utf8');
    const known = new Set(variables.map(({ variable }) => variable));
    const unknown = [...text.matchAll(/WAYBILL_[A-Z_]+/g)]
      .map(([name]) => name)
      .filter((name) => !known.has(name));
    expect(unknown).toEqual([]);
  });
});
