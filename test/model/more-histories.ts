// Histories of the second sort: several lines and addresses, labels that are replaced after their parcel came back,
// numbers that were somebody else's, store answers that come too late, and deeds of which nobody can tell whose they are.
// A generator of its own, so that the seeds of the first sort keep their meaning. It imports nothing of the product.
import fc from 'fast-check';
import { FAULTS, STATUSES, type Deed, type History, type Step } from './histories.ts';
import type { Told, Word } from './parcel-model.ts';
import { total, type Units } from './units.ts';

/** In their true order; `at` is the index. What comes back may be labelled anew and go out once more. */
const LIFE = [
  ...['label', 'replace', 'manifest', 'external', 'picked_up', 'in_transit', 'exception', 'unknown'],
  ...['out_for_delivery', 'attempt_failed', 'available_for_pickup', 'delivered', 'returning', 'returned'],
  ...['void', 'label', 'replace', 'in_transit', 'delivered'],
] as const satisfies readonly (Word | 'replace')[];
const [REPLACE, VOID, LABEL_AGAIN, SENT_AGAIN] = [1, 14, 15, 16];
const NOT_SCANS: readonly string[] = ['label', 'replace', 'external', 'void'];

const upTo = (end: number): number[] => LIFE.slice(0, end).map((_, at) => at);

/** Any part of a life that can be; `newLabel`: what is voided is the label that took the first one's place. */
const life = (parcel: number): fc.Arbitrary<Told[]> =>
  fc
    .oneof(
      {
        weight: 6,
        arbitrary: fc.subarray(upTo(VOID), { minLength: 1 }).map((ats) => ({ ats, newLabel: false })),
      },
      {
        weight: 2,
        arbitrary: fc
          .subarray(upTo(VOID).filter((at) => at !== REPLACE))
          .chain((before) =>
            fc.subarray([SENT_AGAIN + 1, SENT_AGAIN + 2]).map((after) => [...before, SENT_AGAIN, ...after]),
          )
          .map((ats) => ({ ats, newLabel: false })),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          ats: fc.constantFrom(
            [0, VOID],
            [0, 2, VOID],
            [0, VOID, LABEL_AGAIN],
            [0, REPLACE, VOID],
            [0, REPLACE, VOID, LABEL_AGAIN],
          ),
          newLabel: fc.boolean(),
        }),
      },
    )
    .chain(({ ats, newLabel }) =>
      fc.array(fc.boolean(), { minLength: ats.length, maxLength: ats.length }).map((byNumber) =>
        ats.map((at, index): Told => {
          const kind = LIFE[at] ?? 'label';
          const fact = kind === 'replace' ? { kind, number: `R${String(parcel)}` } : { kind };
          const ofNew = newLabel && ats.includes(REPLACE) && (at === VOID || at === LABEL_AGAIN);
          return {
            ...{ parcel, at, fact, byNumber: byNumber[index] === true && !NOT_SCANS.includes(kind) },
            ...(ofNew ? { newLabel: true as const } : {}),
          };
        }),
      ),
    );

interface Shape {
  lines: History['lines'];
  parcels: Units[];
}

/** Each unit goes into one of the parcels, or into none. */
const shape: fc.Arbitrary<Shape> = fc
  .array(fc.record({ quantity: fc.integer({ min: 1, max: 2 }), address: fc.constantFrom(0, 0, 1) }), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((lines) =>
    fc
      .record({
        count: fc.integer({ min: 1, max: 3 }),
        places: fc.array(fc.nat(12), { minLength: 6, maxLength: 6 }),
      })
      .map(({ count, places }) => {
        let unit = 0;
        const packed = Array.from({ length: count }, () => lines.map(() => 0));
        for (const [line, { quantity }] of lines.entries())
          for (let one = 0; one < quantity; one += 1) {
            const place = places[unit++] ?? 0;
            const units = place === 12 ? undefined : packed[place % count];
            if (units !== undefined) units[line] = (units[line] ?? 0) + 1;
          }
        const parcels = packed.filter((units) => total(units) > 0);
        const first = lines.every((line) => line.address === 1);
        return {
          lines: first ? lines.map(({ quantity }) => ({ quantity, address: 0 })) : lines,
          parcels: parcels.length > 0 ? parcels : [lines.map((line) => line.quantity)],
        };
      }),
  );

const deed = (lines: number, parcels: number, asks: boolean): fc.Arbitrary<Deed> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(...STATUSES) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('ship' as const),
        line: fc.nat(lines - 1),
        units: fc.integer({ min: 1, max: 2 }),
        like: fc.option(fc.nat(parcels - 1)),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('unship' as const), which: fc.nat(2) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('refund' as const),
        line: fc.nat(lines - 1),
        units: fc.integer({ min: 1, max: 2 }),
      }),
    },
    ...(asks ? [{ weight: 5, arbitrary: fc.constant<Deed>({ kind: 'approve' }) }] : []),
  );

/**
 * Whose label is replaced or voided is not shipped by hand under its first number: whether such a shipment becomes ours
 * depends on what was read of it before.
 */
function plain(one: Deed, told: readonly Told[]): Deed {
  if (one.kind !== 'ship' || one.like === null) return one;
  const changes = told.some(
    ({ parcel, fact }) => parcel === one.like && (fact.kind === 'replace' || fact.kind === 'void'),
  );
  return changes ? { ...one, like: null } : one;
}

const AT_MAX = 16;

/** `asks`: of a channel that waits for a person's word where others leave a write out. */
export function moreHistories(asks: boolean): fc.Arbitrary<History> {
  return shape.chain(({ lines, parcels }) =>
    fc
      .tuple(...parcels.map((_, parcel) => life(parcel)))
      .map((lives) => lives.flat())
      .chain((told) =>
        fc.record({
          unnamed: fc.boolean(),
          order: fc.oneof(
            fc.shuffledSubarray(told, { minLength: told.length }),
            fc.constant([...told].sort((a, b) => a.at - b.at)),
          ),
          repeats: fc.subarray(told, { maxLength: Math.min(told.length, 3) }),
          people: fc.array(
            fc.record({ at: fc.nat(AT_MAX), deed: deed(lines.length, parcels.length, asks) }),
            { maxLength: 4 },
          ),
          faults: fc.array(
            fc.record({
              at: fc.nat(AT_MAX),
              fault: fc.oneof(
                { weight: 9, arbitrary: fc.constantFrom(...FAULTS) },
                { weight: 1, arbitrary: fc.constantFrom('late-after' as const, 'late-before' as const) },
              ),
              method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'DELETE'),
              times: fc.integer({ min: 1, max: 2 }),
            }),
            { maxLength: 2 },
          ),
          recycled: fc.option(fc.constantFrom('in_transit' as const, 'delivered' as const), { freq: 5 }),
          meet: fc.option(fc.nat(4), { freq: 4 }),
        }),
      )
      .map(({ unnamed, order, repeats, people, faults, recycled, meet }): History => {
        const steps: Step[] = [...order, ...repeats].map((one) => ({ do: 'tell', told: one }));
        // The number was somebody else's before our label: known by then, so that the scan can be told from ours.
        const label = order.findIndex((one) => one.at === 0);
        const parcel = order[label]?.parcel ?? 0;
        const old: Told = {
          parcel,
          at: 0,
          fact: { kind: recycled ?? 'in_transit' },
          byNumber: true,
          recycled: true,
        };
        if (recycled !== null && label >= 0) steps.splice(label + 1, 0, { do: 'tell', told: old });
        const put = (at: number, step: Step): void => void steps.splice(Math.min(at, steps.length), 0, step);
        for (const { at, ...fault } of faults) put(at, { do: 'fault', ...fault });
        for (const { at, deed: one } of people) put(at, { do: 'person', deed: plain(one, order) });
        if (meet !== null) put(meet, { do: 'meet' });
        const whole = parcels.length === 1 && lines.every((line, at) => line.quantity === parcels[0]?.[at]);
        return { lines, parcels, unnamed: unnamed && whole, bold: true, steps };
      }),
  );
}
