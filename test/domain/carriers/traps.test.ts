// What the carrier pages warn of, provider by provider: tests, returns, histories, times, and keys that must not move.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CarrierFact } from '../../../domain/carrier-event.ts';
import { PROVIDER_IDS, type ProviderId } from '../../../domain/carriers/provider-ids.ts';
import { PROVIDERS } from '../../../domain/carriers/registry.ts';
import { readScanTime } from '../../../domain/carriers/scan-time.ts';
import { understandShipments } from '../../../domain/shipments.ts';
import { factsOf, fill, readFixture } from '../../fixtures/carriers/read-fixture.ts';
import { canonicalOrder } from '../../db/order-life.ts';

type Json = Record<string, unknown>;

/** Provider, what is expected, and what the test changes in its body. */
type Row = [ProviderId, string, (json: Json) => unknown];

/** The fixture's body with one code, and whatever the test changes in it. */
function body(id: ProviderId, code: string, change: (json: Json) => unknown = () => undefined): Json {
  const json = structuredClone(fill(readFixture(id), code)) as Json; // every fixture is an object
  change(json);
  return json;
}
const inner = (json: Json, ...path: string[]): Json => path.reduce((at, key) => at[key] as Json, json); // the fixture's own shape
const words = (facts: CarrierFact[]): string[] => facts.map((fact) => fact.tracking?.status ?? '');
const nothingOf = (id: ProviderId, json: unknown): string | null | undefined => {
  const read = PROVIDERS[id].read(json);
  return read.ok ? read.nothing : undefined;
};

describe('what says nothing of a parcel of ours', () => {
  const rows: Row[] = [
    ['easypost', 'other_event', (json: Json) => (json['description'] = 'batch.created')],
    ['easypost', 'test', (json: Json) => (json['mode'] = 'test')],
    ['easypost', 'inbound', (json: Json) => (inner(json, 'result')['is_return'] = true)],
    ['shippo', 'other_event', (json: Json) => (json['event'] = 'transaction_created')],
    ['shippo', 'test', (json: Json) => (json['test'] = true)],
    ['shippo', 'no_events', (json: Json) => (inner(json, 'data')['tracking_status'] = null)],
    ['aftership', 'other_event', (json: Json) => (json['event'] = 'edd_revise')],
    ['17track', 'other_event', (json: Json) => (json['event'] = 'PING')],
    ['ship24', 'no_events', (json: Json) => (json['trackings'] = [])],
    ['karrio', 'other_event', (json: Json) => (json['event'] = 'shipment_purchased')],
    ['karrio', 'test', (json: Json) => (inner(json, 'data')['test_mode'] = true)],
    ['sendcloud', 'other_event', (json: Json) => (json['action'] = 'integration_connected')],
    ['sendcloud', 'inbound', (json: Json) => (inner(json, 'parcel')['is_return'] = true)],
    ['sendcloud', 'no_number', (json: Json) => (inner(json, 'parcel')['tracking_number'] = '')],
    ['starshipit', 'no_number', (json: Json) => delete json['tracking_number']],
    ['shipengine', 'other_event', (json: Json) => (json['resource_type'] = 'API_BATCH')],
  ];
  test.each(rows)('%s: %s', (id, why, change) => {
    const code = readFixture(id).words['in_transit']?.[0] ?? '';
    expect(nothingOf(id, body(id, code, change))).toBe(why);
  });
});

describe('fields that are missing', () => {
  const rows: Row[] = [
    ['easypost', 'result.tracking_code', (json: Json) => delete inner(json, 'result')['tracking_code']],
    ['shippo', 'data.tracking_number', (json: Json) => (inner(json, 'data')['tracking_number'] = '--')],
    ['aftership', 'msg.tag', (json: Json) => (inner(json, 'msg')['tag'] = null)],
    ['17track', 'data.track_info', (json: Json) => (inner(json, 'data')['track_info'] = [])],
    ['ship24', 'trackings', (json: Json) => (json['trackings'] = {})],
    ['karrio', 'data.status', (json: Json) => delete inner(json, 'data')['status']],
    ['sendcloud', 'parcel.status', (json: Json) => delete inner(json, 'parcel')['status']],
    ['starshipit', 'tracking_status', (json: Json) => delete json['tracking_status']],
    ['shipengine', 'data.status_code', (json: Json) => delete inner(json, 'data')['status_code']],
  ];
  test.each(rows)('%s: %s is named', (id, field, change) => {
    const read = PROVIDERS[id].read(body(id, readFixture(id).words['in_transit']?.[0] ?? '', change));
    expect(read).toMatchObject({ ok: false, problems: [{ field }] });
  });

  test.each(PROVIDER_IDS)('no JSON at all makes the reader of %s fail', (id) => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const read = PROVIDERS[id].read(json);
        expect(typeof read.ok).toBe('boolean');
      }),
      { numRuns: 200 },
    );
  });

  test.each(PROVIDER_IDS)('no value in any place of a body of %s makes its reader fail', (id) => {
    const whole = body(id, readFixture(id).words['in_transit']?.at(-1) ?? '');
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, place) => {
        let left = place % countPlaces(whole);
        const replaced = replacePlace(whole, () => left-- === 0, value);
        if (PROVIDERS[id].read(replaced).ok) factsOf(id, replaced);
      }),
      { numRuns: 300 },
    );
  });
});

function countPlaces(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce<number>((sum, one) => sum + countPlaces(one), 0);
}
function replacePlace(value: unknown, isHere: () => boolean, by: unknown): unknown {
  if (isHere()) return by;
  if (Array.isArray(value)) return value.map((one) => replacePlace(one, isHere, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replacePlace(one, isHere, by)]));
}

describe('keys', () => {
  test.each(PROVIDER_IDS)('of %s are the same for the same body, and stay within the limit of ids', (id) => {
    const json = body(id, readFixture(id).words['in_transit']?.at(-1) ?? '');
    const reordered = JSON.parse(JSON.stringify(json, null, 4)) as unknown;
    const keys = factsOf(id, json).map((fact) => fact.eventId);
    expect(factsOf(id, reordered).map((fact) => fact.eventId)).toEqual(keys);
    for (const key of keys) {
      expect(key.startsWith(`${id}:`)).toBe(true);
      expect(key.length).toBeLessThanOrEqual(200);
    }
  });

  test('a history that grows keeps the keys of its older scans', () => {
    const detail = (status: string, finer: string, hour: string): Json => ({
      status,
      status_detail: finer,
      message: finer,
      datetime: `2026-01-02T${hour}:00:00Z`,
      tracking_location: {},
    });
    const scans = [
      detail('pre_transit', 'label_created', '08'),
      detail('in_transit', 'departed_facility', '09'),
      detail('delivered', 'arrived_at_destination', '10'),
    ];
    const keysAfter = (count: number, signedBy: string | null = null): string[] => {
      const last = scans[count - 1] ?? {};
      const json = body('easypost', 'in_transit', (one) => {
        Object.assign(inner(one, 'result'), {
          tracking_details: scans.slice(0, count),
          status: last['status'],
          status_detail: last['status_detail'],
          signed_by: signedBy,
        });
      });
      return factsOf('easypost', json).map((fact) => fact.eventId);
    };
    expect(keysAfter(2).slice(0, 1)).toEqual(keysAfter(1));
    expect(keysAfter(3).slice(0, 2)).toEqual(keysAfter(2));
    // A name that comes later is a statement of its own, because the scan's key is taken.
    expect(keysAfter(3, 'J. Doe').slice(0, 3)).toEqual(keysAfter(3));
    expect(keysAfter(3, 'J. Doe')).toHaveLength(4);
  });

  test('the state beside a history is told where no scan says it', () => {
    const json = body('easypost', 'in_transit', (one) => {
      Object.assign(inner(one, 'result'), { status: 'failure', status_detail: 'lost' });
    });
    const facts = factsOf('easypost', json);
    expect(words(facts)).toEqual(['in_transit', 'exception']);
    expect(facts[1]).toMatchObject({ occurredAt: facts[0]?.occurredAt, tracking: { reason: 'lost' } });
  });

  test('Sendcloud’s key is parcel, status and time of the change, and nothing else', () => {
    const code = 'Parcel en route|91';
    const key = (change: (json: Json) => void) =>
      factsOf('sendcloud', body('sendcloud', code, change))[0]?.eventId;
    expect(key((json) => (json['timestamp'] = 1))).toBe(key(() => undefined));
    expect(key((json) => (json['carrier_status_change_timestamp'] = 1_767_347_881_000))).not.toBe(
      key(() => undefined),
    );
  });
});

describe('Shippo', () => {
  test('a substatus that nobody knows and that asks for action is a failed attempt with an alert', () => {
    const asking = body('shippo', 'TRANSIT|brand_new', (json) => {
      inner(json, 'data', 'tracking_status', 'substatus')['action_required'] = true;
    });
    expect(words(factsOf('shippo', asking))).toEqual(['attempt_failed', 'exception']);
    expect(words(factsOf('shippo', body('shippo', 'TRANSIT|brand_new')))).toEqual(['in_transit']);
  });

  test('the state that stands in the history too is one fact', () => {
    const twice = body('shippo', 'TRANSIT|package_departed', (json) => {
      const data = inner(json, 'data');
      data['tracking_history'] = [
        { object_id: 's1', status: 'PRE_TRANSIT', status_date: '2026-01-01T00:00:00Z' },
        data['tracking_status'],
      ];
    });
    expect(factsOf('shippo', twice).map((fact) => fact.eventId)).toEqual(['shippo:s1', 'shippo:s2']);
  });
});

describe('AfterShip', () => {
  test('what was delivered after "returning to sender" was delivered to the sender', () => {
    const json = body('aftership', 'Delivered|Delivered_001', (one) => {
      const msg = inner(one, 'msg');
      msg['return_to_sender'] = true;
      msg['checkpoints'] = [
        {
          checkpoint_time: '2026-01-01T08:00:00Z',
          tag: 'Exception',
          subtag: 'Exception_010',
          message: 'back',
        },
        {
          checkpoint_time: '2026-01-02T08:00:00Z',
          tag: 'Delivered',
          subtag: 'Delivered_001',
          message: 'done',
        },
      ];
    });
    const facts = factsOf('aftership', json);
    expect(facts.map((fact) => [fact.tracking?.status, fact.tracking?.returning])).toEqual([
      ['returned', true],
      ['returned', false],
    ]);
  });
});

describe('AfterShip’s flag alone', () => {
  test('says that the parcel is on its way back, once', () => {
    const flagged = body('aftership', 'InTransit|InTransit_003', (one) => {
      inner(one, 'msg')['return_to_sender'] = true;
    });
    const facts = factsOf('aftership', flagged);
    expect(facts.map((fact) => [fact.tracking?.status, fact.tracking?.returning])).toEqual([
      ['in_transit', false],
      ['returned', true],
    ]);
    expect(factsOf('aftership', flagged).map((fact) => fact.eventId)).toEqual(
      facts.map((fact) => fact.eventId),
    );
    const [parcel] = understandShipments(canonicalOrder(1001), facts, []).shipments;
    expect(parcel).toMatchObject({ returning: true, returned: false, position: 'in_transit' });
  });
});

describe('17TRACK', () => {
  test('that it stopped looking is no fact about the parcel', () => {
    const json = body('17track', 'InTransit', (one) => {
      one['event'] = 'TRACKING_STOPPED';
      delete inner(one, 'data')['track_info'];
    });
    expect(factsOf('17track', json)).toMatchObject([
      { tracking: { status: 'expired' }, sent: { occurredAt: null, precision: 'received' } },
    ]);
  });

  test('scans are read by sub-status or by milestone, and a delivery by its true time', () => {
    const json = body('17track', 'Delivered|Delivered_Other', (one) => {
      const provider = inner(one, 'data', 'track_info', 'tracking')['providers'] as Json[]; // as in the fixture
      (provider[0] ?? {})['events'] = [
        { time_utc: '2026-01-02T16:00:00Z', sub_status: 'InTransit_PickedUp', description: 'a' },
        { time_utc: '2026-01-02T17:00:00Z', stage: 'OutForDelivery', description: 'b' },
        { time_utc: '2026-01-02T17:30:00Z', description: 'text only' },
        {
          time_utc: '2026-01-02T19:00:00Z',
          sub_status: 'Delivered_Other',
          time_raw: { date: '2026-01-02', time: '18:00:00', timezone: 'Z' },
        },
      ];
      inner(one, 'data', 'track_info')['latest_event'] = { time_utc: '2026-01-02T18:00:00Z' };
    });
    const facts = factsOf('17track', json);
    expect(words(facts)).toEqual(['picked_up', 'out_for_delivery', 'delivered']);
    expect(facts[2]?.occurredAt).toBe('2026-01-02T18:00:00.000Z');
  });
});

describe('Ship24', () => {
  test('several trackings and events are told each with its own id', () => {
    const json = body('ship24', 'in_transit', (one) => {
      const [first] = one['trackings'] as Json[]; // as in the fixture
      const second = structuredClone(first ?? {});
      inner(second, 'tracker')['trackingNumber'] = 'OTHER-1';
      const [event] = second['events'] as Json[]; // as in the fixture
      second['events'] = [
        { ...event, eventId: 'e3', order: 2 },
        { ...event, eventId: 'e2', order: 1, statusMilestone: 'info_received' },
      ];
      one['trackings'] = [first, second];
    });
    const facts = factsOf('ship24', json);
    expect(facts.map((fact) => [fact.eventId, fact.shipment.trackingNumber])).toEqual([
      ['ship24:e1', '9400-SHIP24'],
      ['ship24:e2', 'OTHER-1'],
      ['ship24:e3', 'OTHER-1'],
    ]);
  });
});

describe('Karrio', () => {
  test('pending without an event is only a label, and unknown of a retired tracker is no fact', () => {
    const state = (status: string, more: Json = {}) =>
      words(
        factsOf(
          'karrio',
          body('karrio', status, (json) => Object.assign(inner(json, 'data'), { events: [], ...more })),
        ),
      );
    expect(state('pending')).toEqual(['label_created']);
    expect(state('unknown', { delivered: null })).toEqual(['expired']);
    expect(state('unknown')).toEqual(['unknown']);
  });

  test('reasons are ours where ours is coarser, and its own otherwise', () => {
    const reason = (sent: string) =>
      factsOf(
        'karrio',
        body('karrio', 'on_hold', (json) => {
          const [event] = inner(json, 'data')['events'] as Json[]; // as in the fixture
          (event ?? {})['reason'] = sent;
        }),
      )[0]?.tracking?.reason;
    expect(reason('carrier_damaged_parcel')).toBe('damaged');
    expect(reason('consignee_not_home')).toBe('consignee_not_home');
  });
});

describe('times', () => {
  const nowMs = Date.parse('2026-06-01T00:00:00Z');
  test.each([
    ['2026-01-02T09:58:00Z', '2026-01-02T09:58:00.000Z', 'second'],
    ['2026-01-02T09:58:00-06:00', '2026-01-02T15:58:00.000Z', 'second'],
    ['2026-01-02T09:58:00+0100', '2026-01-02T08:58:00.000Z', 'second'],
    ['2026-01-02T02:56:07.3453198Z', '2026-01-02T02:56:07.345Z', 'second'],
    ['2026-01-02T09:58Z', '2026-01-02T09:58:00.000Z', 'minute'],
    ['2026-01-02T09:58:00', '2026-01-02T09:58:00.000Z', 'no_zone'],
    ['2026-01-02 09:58:00', '2026-01-02T09:58:00.000Z', 'no_zone'],
    ['2026-01-02 09:58 AM', '2026-01-02T09:58:00.000Z', 'no_zone'],
    ['2026-01-02 12:05 AM', '2026-01-02T00:05:00.000Z', 'no_zone'],
    ['2026-01-02 12:05 PM', '2026-01-02T12:05:00.000Z', 'no_zone'],
    ['2021-03-04', '2021-03-04T00:00:00.000Z', 'day'],
    [1_767_347_880_000, '2026-01-02T09:58:00.000Z', 'second'],
    [1_767_347_880, '2026-01-02T09:58:00.000Z', 'second'],
  ])('%s is %s, known to the %s', (sent, at, precision) => {
    expect(readScanTime(sent, nowMs)).toEqual({ at, precision });
  });

  test.each([
    'yesterday',
    '',
    '2026-13-01',
    '2026-01-02T25:00:00Z',
    '1999-12-31',
    '2026-06-03T00:00:00Z',
    17,
  ])('%s is no time of a scan', (sent) => {
    expect(readScanTime(sent, nowMs)).toBeNull();
  });

  test('a scan without a time that can be counts from when it reached us, and keeps what was sent', () => {
    const json = body('starshipit', 'InTransit', (one) => (one['last_updated_date'] = 'soon'));
    expect(factsOf('starshipit', json)).toMatchObject([
      { occurredAt: '2026-01-02T20:00:00.000Z', sent: { occurredAt: 'soon', precision: 'received' } },
    ]);
  });

  test('a scan known to the day only does not undo, nor come before, the clock times of that day', () => {
    const at = (word: string, sent: string): CarrierFact[] =>
      factsOf(
        'ship24',
        body('ship24', word, (json) => {
          const [tracking] = json['trackings'] as Json[]; // as in the fixture
          const [event] = (tracking ?? {})['events'] as Json[];
          Object.assign(event ?? {}, { occurrenceDatetime: sent, eventId: `${word}-${sent}` });
        }),
      );
    const understood = (facts: CarrierFact[]) =>
      understandShipments(canonicalOrder(1001), facts, []).shipments[0];
    const delivered = at('delivered', '2026-01-02');
    const trouble = at('exception', '2026-01-02T15:00:00Z');
    expect(understood([...delivered, ...at('out_for_delivery', '2026-01-02T09:00:00Z')])?.position).toBe(
      'delivered',
    );
    // The day's scan stands behind the last one below it, so a later trouble of that day is still the newest word.
    expect(understood([...at('in_transit', '2026-01-02'), ...trouble])?.side).toBe('exception');
  });
});
