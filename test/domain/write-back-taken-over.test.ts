/** Whose a store shipment is after the label of its parcel was voided and another label took it over. */
import { describe, expect, test } from 'vitest';
import type { CarrierFact } from '../../domain/carrier-event.ts';
import type { LedgerEntry } from '../../domain/write-back-types.ts';
import { fact, label, lineItem, order } from './examples.ts';
import { plan, row, type Given } from './plan-examples.ts';

const LINE = 15;
const units = (quantity: number) => [{ orderProductId: LINE, quantity }];
const printed = (number: string, hour: number, quantity = 1): CarrierFact =>
  label(number, { at: hour, lines: units(quantity) });
const voided = (number: string, hour: number): CarrierFact =>
  fact('label.voided', { number, at: hour, lines: units(1) });

/** Plans and carries out until nothing is due, as the store would take it; answers the ledger. */
class Story {
  ledger: LedgerEntry[] = [];
  events: CarrierFact[] = [];
  shipped = 0;
  statusId = 11;
  #nextId = 500;
  readonly #given: Pick<Given, 'rules'> & { quantity: number };

  constructor(quantity: number, rules: Given['rules'] = {}) {
    this.#given = { quantity, rules };
  }

  plan(): ReturnType<typeof plan> {
    const { quantity, rules = {} } = this.#given;
    return plan({
      events: this.events,
      order: order({ lineItems: [lineItem({ orderProductId: LINE, quantity })] }),
      rules,
      store: { statusId: this.statusId, shipped: this.shipped === 0 ? [] : units(this.shipped) },
      ledger: this.ledger,
      explained: [this.statusId],
    });
  }

  /** Tells facts; answers what was done, in words. */
  tell(...events: CarrierFact[]): string[] {
    this.events = [...this.events, ...events];
    const done: string[] = [];
    for (let [step] = this.plan().steps; step !== undefined; [step] = this.plan().steps) {
      const { body } = step;
      let storeShipmentId: number | null = null;
      const statusBefore = this.statusId;
      if (body.kind === 'create_shipment') {
        storeShipmentId = this.#nextId;
        this.#nextId += 1;
        this.shipped += body.items[0]?.quantity ?? 0;
        this.statusId = this.shipped === this.#given.quantity ? 2 : 3;
        done.push(`create ${String(storeShipmentId)} ${body.trackingNumber}#${String(step.n)}`);
      } else if (body.kind === 'update_shipment') {
        storeShipmentId = body.shipmentId;
        done.push(`update ${String(storeShipmentId)} ${body.trackingNumber} ${body.comments ?? ''}`.trim());
      } else if (body.kind === 'delete_shipment') {
        storeShipmentId = body.shipmentId;
        const made = this.ledger.find(
          (one) => one.kind === 'create_shipment' && one.storeShipmentId === storeShipmentId,
        );
        this.shipped -= made?.body.kind === 'create_shipment' ? (made.body.items[0]?.quantity ?? 0) : 0;
        done.push(`delete ${String(storeShipmentId)} ${body.trackingNumber}`);
      } else if (body.kind === 'set_status') {
        this.statusId = body.statusId;
        done.push(`status ${String(body.statusId)}`);
      }
      this.ledger = [
        ...this.ledger,
        row(step, 'confirmed', { id: String(this.ledger.length), storeShipmentId, statusBefore }),
      ];
      if (done.length > 9) throw new Error(`does not come to rest: ${done.join(', ')}`);
    }
    return done;
  }
}

/** A's label is voided and B's takes its store shipment over. */
function handedOver(quantity: number, rules: Given['rules'] = {}): Story {
  const story = new Story(quantity, { shippedOnWriteback: false, ...rules });
  expect(story.tell(printed('A', 1))).toEqual(['create 500 A#0']);
  expect(story.tell(voided('A', 2), printed('B', 3))).toEqual(['update 500 B']);
  return story;
}

describe('a store shipment that another label took over', () => {
  test("is not the voided parcel's any more: labelled anew, that gets one of its own", () => {
    const story = handedOver(2);
    expect(story.tell(printed('A', 4))).toEqual(['create 501 A#1']);
    expect(story.tell(fact('label.replaced', { number: 'A2', replaces: 'A', at: 5 }))).toEqual([
      'update 501 A2',
    ]);
  });

  test('never bears the number that replaces the voided one', () => {
    const story = handedOver(2);
    expect(
      story.tell(fact('label.replaced', { number: 'A2', replaces: 'A', at: 4, lines: units(1) })),
    ).toEqual(['create 501 A2#1']);
  });

  test('has no room beside it where the order needs no more', () => {
    const story = handedOver(1);
    expect(story.tell(printed('A', 4))).toEqual([]);
  });

  test('goes back to the first label when that is made anew and the second is voided', () => {
    const story = handedOver(1);
    expect(story.tell(voided('B', 4), printed('A', 5))).toEqual(['update 500 A']);
    expect(story.tell(voided('A', 6), printed('B', 7))).toEqual(['update 500 B']);
  });

  test('goes on to a third label', () => {
    const story = handedOver(3);
    expect(story.tell(voided('B', 4), printed('C', 5))).toEqual(['update 500 C']);
    expect(story.tell(printed('A', 6), printed('B', 7))).toEqual(['create 501 A#1', 'create 502 B#1']);
  });

  test('is deleted under the number that stands there, and its status follows', () => {
    const story = handedOver(2, { onVoid: 'delete_shipment' });
    expect(story.tell(voided('B', 4))).toEqual(['delete 500 B', 'status 11']);
  });

  test('is deleted and made anew where its label is replaced by one with other lines', () => {
    const story = handedOver(3);
    const other = fact('label.replaced', { number: 'C', replaces: 'B', at: 4, lines: units(2) });
    expect(story.tell(other)).toEqual(['delete 500 B', 'create 501 C#0']);
  });

  test('stays where its label is replaced by one with the same lines', () => {
    const story = handedOver(3);
    const same = fact('label.replaced', { number: 'C', replaces: 'B', at: 4, lines: units(1) });
    expect(story.tell(same)).toEqual(['update 500 C']);
  });

  test('is told of further boxes by the label that has it', () => {
    const story = new Story(1);
    expect(story.tell(label('A', { at: 1 }))).toEqual(['create 500 A#0']);
    expect(story.tell(fact('label.voided', { number: 'A', at: 3 }), label('B', { at: 2 }))).toEqual([
      'update 500 B',
    ]);
    expect(story.tell(label('A', { at: 4 }))).toEqual([expect.stringMatching(/^update 500 B .*A/)]);
  });
});

describe('of several voided labels', () => {
  test('the one with the same lines is taken over, and the other stays', () => {
    const story = new Story(3);
    story.tell(printed('A', 1, 2), printed('B', 2, 1));
    expect(story.tell(voided('A', 3), voided('B', 4), printed('C', 5, 1))).toEqual(['update 501 C']);
  });

  test('each has its own shipment back when both are made anew', () => {
    const story = new Story(2);
    story.tell(printed('A', 1), printed('B', 2));
    expect(story.tell(voided('A', 3), voided('B', 4))).toEqual([]);
    expect(story.tell(printed('B', 5), printed('A', 6))).toEqual([]);
  });
});

describe('shipments of labels that are voided one after the other', () => {
  const bothWritten = (): Story => {
    const story = new Story(2, { shippedOnWriteback: false, onVoid: 'delete_shipment' });
    expect(story.tell(printed('A', 1), printed('B', 2))).toEqual(['create 500 A#0', 'create 501 B#0']);
    return story;
  };

  test.each([
    ['A', 'B'],
    ['B', 'A'],
  ] as const)('leave the status of an order that nothing of was shipped: %s, then %s', (first, second) => {
    const story = bothWritten();
    expect(story.tell(voided(first, 3))).toEqual([expect.stringMatching(/^delete/), 'status 3']);
    expect(story.tell(voided(second, 4))).toEqual([expect.stringMatching(/^delete/), 'status 11']);
  });

  test('cause one status where they are voided together, whatever a person sets later', () => {
    const story = bothWritten();
    expect(story.tell(voided('B', 3), voided('A', 4))).toEqual(['delete 500 A', 'delete 501 B', 'status 11']);
    story.statusId = 9;
    expect(story.tell()).toEqual([]);
  });
});
