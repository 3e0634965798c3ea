// `waybill label` as a person types it: what a label needs, what people may set of it, who did, and how it is taken back.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listAudit } from '../../db/audit.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { addTestChannel, addTestOrder, CHANNEL, emptyAll } from '../db/order-life.ts';
import { databaseFor } from '../support/servers.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

let url = '';
let db: Database;
beforeAll(async () => {
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await db.sql`delete from audit`;
  // Disabled, so that explaining an order asks no Temporal.
  await addTestChannel(db, { enabled: false });
  await addTestOrder(db, 1001, { quantities: [2] });
});

const ORDER = [CHANNEL, '1001'] as const;
const say = (...words: string[]): Promise<CommandResult> =>
  waybillHere(words, { env: { WAYBILL_DATABASE_URL: url } });
const label = (...words: string[]) => say('label', ...ORDER, ...words);
const json = async (...words: string[]) => (await label(...words, '--json')).json();
interface Destination {
  shipTo: Record<string, string>;
  storeAddress: Record<string, string> | null;
  addressFrom: string;
}
const destination = async (...words: string[]): Promise<Destination> => {
  const { destinations } = (await json(...words)) as { destinations: Destination[] };
  const [first] = destinations;
  if (first === undefined) throw new Error('the order goes to one address');
  return first;
};
async function secondConsignment(): Promise<void> {
  await db.sql`
    update orders set canonical = jsonb_set(canonical::jsonb, '{consignments,1}',
      (canonical::jsonb #> '{consignments,0}') || '{"id": 777}')`;
}

describe('the label of an order', () => {
  test('shows where it goes, with what, in how many parcels', async () => {
    const { code, stdout } = await label();
    expect(code).toBe(0);
    expect(stdout).toContain('Ada Example');
    expect(stdout).toContain('1 Main Street, 62701, Springfield, Illinois, US');
    expect(stdout).toContain('by Ground');
    expect(stdout).toContain('2 × SKU-0 Thing 0');
    expect(stdout).toContain('1 parcel (default)');
    expect(stdout).not.toContain('the store says');
  });

  test.each([
    ['an order that is not known', ['label', CHANNEL, '4711'], 3, 'waybill import shop --ids 4711'],
    ['a channel that is not there', ['label', 'nowhere', '1001'], 3, 'nowhere'],
    ['no number', ['label', CHANNEL, 'abc'], 2, "the store's order number"],
    ['no parcels', ['label', ...ORDER, '--parcels', '0'], 2, 'from 1 to 99'],
    ['a weight without a unit', ['label', ...ORDER, '--weight', '3'], 2, 'a number with a unit'],
    ['a field that no address has', ['label', ...ORDER, '--address', 'town=Rome'], 2, 'postalCode'],
    ['a country in words', ['label', ...ORDER, '--address', 'countryIso2=Italy'], 3, 'two capital letters'],
    [
      'too long a street',
      ['label', ...ORDER, '--address', `street1=${'x'.repeat(256)}`],
      3,
      '256 characters',
    ],
    ['a line end', ['label', ...ORDER, '--address', 'street1=a\nb'], 3, 'control character'],
    [
      'store beside another word',
      ['label', ...ORDER, '--address', 'store', '--address', 'city=X'],
      2,
      'alone',
    ],
    ['a consignment for nothing', ['label', ...ORDER, '--consignment', '5'], 2, '--address'],
    [
      'a consignment that it has not',
      ['label', ...ORDER, '--address', 'city=X', '--consignment', '5'],
      3,
      'no consignment 5',
    ],
  ])('is refused for %s', async (_, words, code, why) => {
    const refused = await say(...words);
    expect([refused.code, refused.stdout]).toEqual([code, '']);
    expect(refused.stderr).toContain(why);
    expect(await listAudit(db)).toEqual([]);
  });
});

describe('an address that a person sets', () => {
  test('is used part by part, beside what the store says, with who and when', async () => {
    const set = await destination('--address', 'city=Shelbyville', '--address', 'street1=2 Elm Street');
    expect(set).toMatchObject({
      addressFrom: 'operator',
      shipTo: { city: 'Shelbyville', street1: '2 Elm Street', postalCode: '62701' },
      storeAddress: { city: 'Springfield', street1: '1 Main Street' },
    });
    const { stdout } = await label();
    expect(stdout).toContain('the store says 1 Main Street, 62701, Springfield');
    expect(stdout).toMatch(/cli:\S+ set city of the address of consignment 100100 \(\d{4}-\d\d-\d\dT/);
  });

  test('is shown in the history and by explain, and neither there nor in the audit with its values', async () => {
    await label('--address', 'city=Shelbyville', '--parcels', '3');
    const order = (await say('order', ...ORDER)).stdout;
    expect(order).toMatch(/cli:\S+ set the number of parcels, city of the address of consignment 100100\./);
    const explained = (await say('explain', ...ORDER)).stdout;
    expect(explained).toMatch(
      /cli:\S+ set city of the address of consignment 100100 \(.+\); no import changes that\./,
    );
    const audit = await listAudit(db, { channelId: CHANNEL, orderId: 1001 });
    expect(audit).toMatchObject([
      { action: 'order.fields', detail: { set: ['parcels', 'address.100100.city'], unset: [] } },
    ]);
    expect(order + explained + JSON.stringify(audit)).not.toContain('Shelbyville');
  });

  test('is taken back field by field, or whole', async () => {
    await label('--address', 'city=Shelbyville', '--address', 'street2=Rear');
    expect(await destination('--address', 'city')).toMatchObject({
      addressFrom: 'operator',
      shipTo: { city: 'Springfield', street2: 'Rear' },
    });
    expect(await destination('--address', 'store')).toMatchObject({
      addressFrom: 'store',
      storeAddress: null,
    });
    expect((await json())['edits']).toEqual([]);
    expect((await say('order', ...ORDER)).stdout).toContain('took back street2 of the address');
  });

  test('may be set to nothing', async () => {
    await label('--address', 'state=');
    expect((await destination()).shipTo['state']).toBe('');
  });

  test('changes nothing the second time', async () => {
    await label('--address', 'city=Shelbyville');
    await label('--address', 'city=Shelbyville');
    expect(await listAudit(db)).toHaveLength(1);
  });

  test('needs the consignment where there are several, and stays with it when the store takes that away', async () => {
    await secondConsignment();
    const unclear = await label('--address', 'city=X');
    expect([unclear.code, unclear.stderr.includes('--consignment 100100 or 777')]).toEqual([3, true]);
    expect((await label('--address', 'city=Shelbyville', '--consignment', '777')).code).toBe(0);
    await db.sql`update orders set canonical = jsonb_set(canonical::jsonb, '{consignments}', jsonb_build_array(canonical::jsonb #> '{consignments,0}'))`;
    expect((await label()).stdout).toContain('the order goes there no more');
    expect((await label('--address', 'store', '--consignment', '777')).code).toBe(0);
    expect((await json())['edits']).toEqual([]);
  });
});

describe('parcels and weight that a person sets', () => {
  test('are taken back to the default of the channel and to what the store says', async () => {
    await label('--parcels', '3', '--weight', '1.2kg');
    expect(await json()).toMatchObject({
      parcels: { count: 3, by: 'operator' },
      weight: { value: '1.2000', unit: 'kg', source: 'operator' },
    });
    await db.sql`update channels set settings = jsonb_set(settings, '{orders}', '{"import":{"parcels":{"default_count":2}}}')`;
    expect(await json('--parcels', 'default', '--weight', 'store')).toMatchObject({
      parcels: { count: 2, by: 'default' },
      weight: { source: 'none' },
      edits: [],
    });
  });
});
