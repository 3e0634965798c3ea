// Random histories of one order, as values that can be shrunk and printed: what upstream tells, what a person does in the
// store, and how the store fails meanwhile. It imports nothing of the product.
import fc from 'fast-check';
import type { Told, Word } from './parcel-model.ts';
import type { Units } from './units.ts';

/** Ways in which a store fails a request of ours; each settles by itself. */
export const FAULTS = [
  'cut-after',
  'cut-before',
  '504-after',
  '500',
  '503',
  '429',
  'html',
  'truncated-json',
] as const;
/** The store answers when nobody listens any more: after it did what was asked, or without doing it. */
export type Fault = (typeof FAULTS)[number] | 'late-after' | 'late-before';

/** What a person does, said without knowing what the store holds then; where it makes no sense nothing is done. */
export type Deed =
  | { kind: 'status'; status: number }
  /** By hand: units of a line under a number of their own, or parcel `like` under the number that it will have. */
  | { kind: 'ship'; line: number; units: number; like: number | null }
  | { kind: 'unship'; which: number }
  | { kind: 'refund'; line: number; units: number }
  | { kind: 'approve' };

export type Step =
  | { do: 'tell'; told: Told }
  | { do: 'person'; deed: Deed }
  | { do: 'fault'; fault: Fault; method: 'GET' | 'POST' | 'PUT' | 'DELETE'; times: number }
  /** The order is read for the first time; without this step it was known before. */
  | { do: 'meet' };

export interface History {
  lines: { quantity: number; address: number }[];
  /** Units per line of each parcel; none for an order that is collected in the shop. */
  parcels: Units[];
  /** Facts name no lines: the one parcel holds what is left. */
  unnamed: boolean;
  /** Deeds are done as well of which nobody could tell whose they are. */
  bold: boolean;
  steps: Step[];
}

/** In their true order; `at` is the index. A second label makes a voided one good again. */
const LIFE = [
  ...['label', 'replace', 'manifest', 'external', 'picked_up', 'in_transit', 'exception', 'unknown'],
  ...['out_for_delivery', 'attempt_failed', 'available_for_pickup', 'delivered', 'returning', 'returned'],
  ...['void', 'label'],
] as const satisfies readonly (Word | 'replace')[];
const AT_VOID = LIFE.indexOf('void');

function toldOf(parcel: number, at: number): Told {
  const kind = LIFE[at] ?? 'label';
  const fact = kind === 'replace' ? { kind, number: `R${String(parcel)}` } : { kind };
  return { parcel, at, fact, byNumber: false };
}

/** Any part of a life that can be: what no sender would tell of one parcel is left out. */
const life = (parcel: number): fc.Arbitrary<Told[]> =>
  fc
    .oneof(
      {
        weight: 3,
        arbitrary: fc.subarray(
          LIFE.slice(0, AT_VOID).map((_, at) => at),
          { minLength: 1 },
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom([0, AT_VOID], [0, 2, AT_VOID], [0, AT_VOID, AT_VOID + 1], [0, 1, AT_VOID]),
      },
    )
    .map((ats) => {
      const has = (word: string): boolean => ats.some((at) => LIFE[at] === word);
      // What comes back under a number that was replaced is the old label's trouble: other tests tell of that.
      const replaced = has('replace') && (has('returned') || has('returning'));
      return ats.filter((at) => !replaced || LIFE[at] !== 'replace');
    })
    .chain((ats) =>
      fc.array(fc.boolean(), { minLength: ats.length, maxLength: ats.length }).map((byNumber) =>
        ats.map((at, index) => ({
          ...toldOf(parcel, at),
          byNumber: byNumber[index] === true && isScan(at),
        })),
      ),
    )
    .filter((told) => told.length > 0);

function isScan(at: number): boolean {
  return !['label', 'replace', 'external', 'void'].includes(LIFE[at] ?? 'label');
}

const pickup: fc.Arbitrary<Told[]> = fc
  .subarray(['ready', 'collected'] as const, { minLength: 1 })
  .map((said) =>
    said.map((kind) => ({ parcel: -1, at: kind === 'ready' ? 0 : 1, fact: { kind }, byNumber: false })),
  );

/** Statuses that a person sets by hand; refunds have a deed of their own. */
export const STATUSES = [9, 7, 11, 10, 2, 3, 8, 5, 6, 12, 13, 1] as const;

const deed = (parcels: number): fc.Arbitrary<Deed> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(...STATUSES) }),
    },
    ...(parcels === 0
      ? []
      : [
          {
            weight: 2,
            arbitrary: fc.record({
              kind: fc.constant('ship' as const),
              line: fc.constant(0),
              units: fc.integer({ min: 1, max: 2 }),
              like: fc.option(fc.nat(parcels - 1)),
            }),
          },
          { weight: 1, arbitrary: fc.record({ kind: fc.constant('unship' as const), which: fc.nat(2) }) },
        ]),
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('refund' as const),
        line: fc.constant(0),
        units: fc.integer({ min: 1, max: 3 }),
      }),
    },
  );

/**
 * Whose label is replaced or voided is not shipped by hand under its first number, nor the last of an order whose status a
 * person sets as well: whether such a shipment becomes ours depends on what was read of it before.
 */
function plain(one: Deed, told: readonly Told[], alone: boolean): Deed {
  if (one.kind !== 'ship' || one.like === null) return one;
  if (!alone) return { ...one, like: null };
  const changes = told.some(
    ({ parcel, fact }) => parcel === one.like && (fact.kind === 'replace' || fact.kind === 'void'),
  );
  return changes ? { ...one, like: null } : one;
}

const AT_MAX = 14;

/** Histories of an order that travels, or (`counter`) of one that is collected in the shop. */
export function histories(counter: boolean): fc.Arbitrary<History> {
  const shape = counter
    ? fc.record({
        units: fc.constant<number[]>([]),
        spare: fc.integer({ min: 1, max: 3 }),
        unnamed: fc.constant(true),
      })
    : fc
        .record({
          units: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 }),
          spare: fc.constantFrom(0, 0, 0, 1),
          unnamed: fc.boolean(),
        })
        .map((one) => (one.units.length === 1 ? one : { ...one, unnamed: false }))
        .map((one) => (one.unnamed ? { ...one, spare: 0 } : one));
  return shape.chain(({ units, spare, unnamed }) =>
    (counter ? pickup : fc.tuple(...units.map((_, parcel) => life(parcel))).map((lives) => lives.flat()))
      .chain((told) =>
        fc.record({
          order: fc.oneof(
            fc.shuffledSubarray(told, { minLength: told.length }),
            // As they happened, and now and then one late.
            fc.constant([...told].sort((a, b) => a.at - b.at)),
          ),
          repeats: fc.subarray(told, { maxLength: Math.min(told.length, 3) }),
          people: fc.array(fc.record({ at: fc.nat(AT_MAX), deed: deed(units.length) }), { maxLength: 3 }),
          faults: fc.array(
            fc.record({
              at: fc.nat(AT_MAX),
              fault: fc.constantFrom(...FAULTS),
              method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'DELETE'),
              times: fc.integer({ min: 1, max: 2 }),
            }),
            { maxLength: 2 },
          ),
          meet: fc.option(fc.nat(4), { freq: 4 }),
        }),
      )
      .map(({ order, repeats, people, faults, meet }): History => {
        const steps: Step[] = [...order, ...repeats].map((one) => ({ do: 'tell', told: one }));
        const put = (at: number, step: Step): void => void steps.splice(Math.min(at, steps.length), 0, step);
        for (const { at, ...fault } of faults) put(at, { do: 'fault', ...fault });
        for (const { at, deed: one } of people)
          put(at, { do: 'person', deed: plain(one, order, people.length === 1) });
        if (meet !== null) put(meet, { do: 'meet' });
        const quantity = units.reduce((sum, one) => sum + one, spare);
        const parcels = units.map((one) => [one]);
        return { lines: [{ quantity, address: 0 }], parcels, unnamed, bold: false, steps };
      }),
  );
}

/** For a person who reads a failure. */
export function inWords({ lines, parcels, unnamed, steps }: History): string {
  const said = steps.map((step) => {
    switch (step.do) {
      case 'meet':
        return 'the order is read for the first time';
      case 'fault':
        return `${step.method} fails ${String(step.times)}x with ${step.fault}`;
      case 'person':
        return `a person: ${JSON.stringify(step.deed)}`;
      case 'tell': {
        const { parcel, at, fact, byNumber, newLabel, recycled } = step.told;
        const what = `${fact.kind}${newLabel ? ' (new label)' : ''}${byNumber ? ' (by number)' : ''}`;
        return `parcel ${String(parcel)} @${String(at)} ${recycled ? 'long before: ' : ''}${what}`;
      }
    }
  });
  const ordered = lines.map(({ quantity, address }) => `${String(quantity)} to address ${String(address)}`);
  const packed = parcels.map((units) => units.join(' and '));
  return [
    `${ordered.join(', ')}, packed as ${packed.join('; ')}${unnamed ? ', lines not named' : ''}`,
    ...said,
  ].join('\n  ');
}
