// Files of order numbers as people have them: with a heading or without, from a spreadsheet, of any length, and wrong.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandError } from '../../client/cli/command-error.ts';
import { readOrderNumbers } from '../../client/cli/order-number-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-file-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function numbersOf(text: string, partSize = 1_000): Promise<number[][]> {
  const path = join(folder, 'ids.csv');
  await writeFile(path, text);
  const parts: number[][] = [];
  await readOrderNumbers(path, partSize, async (part) => void parts.push(part));
  return parts;
}
async function refusalOf(text: string): Promise<CommandError> {
  const error: unknown = await numbersOf(text).catch((caught: unknown) => caught);
  if (!(error instanceof CommandError)) throw new Error('was not refused', { cause: error });
  return error;
}

describe('a file of order numbers', () => {
  it('is read with or without a heading, with any separator and line end', async () => {
    expect(await numbersOf('100\n101\n')).toEqual([[100, 101]]);
    expect(await numbersOf('\uFEFFOrder ID;Total\r\n"100";"12,50"\r\n\r\n101\t7\r\n')).toEqual([[100, 101]]);
    expect(await numbersOf('Bestellnummer,x\n 100 ,y')).toEqual([[100]]);
  });

  it('of any length comes in parts', async () => {
    const ids = Array.from({ length: 25_000 }, (_, at) => at + 1);
    const parts = await numbersOf(`id\n${ids.join('\n')}\n`, 10_000);
    expect(parts.map((part) => part.length)).toEqual([10_000, 10_000, 5_000]);
    expect(parts.flat()).toEqual(ids);
  });

  it('with lines that hold no number is refused, and the lines are named', async () => {
    const refusal = await refusalOf('id\n100\nabc\n-5\n101\n0\n');
    expect(refusal.message).toContain('3 lines hold no order number. Nothing was started.');
    expect(`${refusal.message}\n${JSON.stringify(refusal)}`).toContain('line 3');
  });

  it('names ten lines at most, and says how many more there are', async () => {
    const refusal = await refusalOf(`id\n${'x\n'.repeat(25)}`);
    expect(refusal.message).toContain('25 lines');
    expect(JSON.stringify(refusal)).toContain('and 15 more');
  });

  it('that is empty, has a heading alone, or is not there is refused', async () => {
    expect((await refusalOf('')).message).toContain('no order number');
    expect((await refusalOf('order id\n')).message).toContain('no order number');
    await expect(readOrderNumbers(join(folder, 'none.csv'), 10, async () => undefined)).rejects.toThrow(
      'cannot be read',
    );
  });
});
