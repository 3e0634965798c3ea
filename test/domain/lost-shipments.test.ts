/** Which shipments the store must hold by what the ledger says, whoever made them. */
import { describe, expect, test } from 'vitest';
import { countsDropped, isOfVoided, ownShipments, stillLost } from '../../domain/lost-shipments.ts';
import { writtenShipment } from '../../domain/write-back-ledger.ts';
import type { LedgerEntry, WriteBackBody } from '../../domain/write-back-types.ts';

const items = [{ orderProductId: 15, quantity: 2 }];
const tracking = (number: string) => ({
  ...{ trackingNumber: number, trackingUrl: '', shippingProvider: '', trackingCarrier: '' },
});
const entry = (body: WriteBackBody, over: Partial<LedgerEntry>): LedgerEntry => ({
  ...{ id: 'x', kind: body.kind, subject: 'A@1', n: 0, state: 'confirmed', blocked: null, approved: false },
  ...{ body, storeShipmentId: null, statusBefore: 11 },
  ...over,
});
const made = (subject: string, storeShipmentId: number, n = 0): LedgerEntry =>
  entry(
    {
      ...{ kind: 'create_shipment', orderAddressId: 1, items, shippingMethod: '', comments: '' },
      ...tracking(subject),
    },
    { subject, storeShipmentId, n },
  );
const updated = (subject: string, shipmentId: number, n = 0): LedgerEntry =>
  entry(
    { kind: 'update_shipment', shipmentId, ...tracking(subject) },
    { subject, storeShipmentId: shipmentId, n },
  );
const deleted = (subject: string, shipmentId: number, state: LedgerEntry['state']): LedgerEntry =>
  entry({ kind: 'delete_shipment', shipmentId, trackingNumber: '' }, { subject, state });
const lost = (...ids: number[]) => ({ at: '2026-01-02T00:00:00.000Z', ids, seen: false });

describe('what the store must hold by the ledger', () => {
  test('is what each parcel was written to last', () => {
    expect(ownShipments([made('A@1', 500), updated('A@1', 500), made('B@1', 501)])).toEqual([
      { shipmentId: 500, subjects: ['A@1'], items },
      { shipmentId: 501, subjects: ['B@1'], items },
    ]);
  });

  test('names the label that took a shipment over, with the lines that it was made with', () => {
    expect(ownShipments([made('A@1', 500), updated('B@1', 500)])).toEqual([
      { shipmentId: 500, subjects: ['B@1'], items },
    ]);
  });

  test('is the shipment of a person that a resend found in the place of ours', () => {
    const ledger = [made('A@1', 500), updated('A@1', 777)];
    expect(ownShipments(ledger)).toEqual([{ shipmentId: 777, subjects: ['A@1'], items }]);
    expect(stillLost(lost(500), ledger)).toEqual([]);
    expect(stillLost(lost(500, 777), ledger)).toEqual([['A@1']]);
  });

  test('is one shipment of two parcels that both adopted it', () => {
    expect(ownShipments([made('A@1', 500), made('B@1', 500)])).toEqual([
      { shipmentId: 500, subjects: ['A@1', 'B@1'], items },
    ]);
  });

  test.each(['confirmed', 'sent', 'planned'] as const)('holds none whose deletion is %s', (state) => {
    expect(ownShipments([made('A@1', 500), deleted('A@1', 500, state)])).toEqual([]);
  });

  test('is the one that was made anew, whatever the lost one was told before', () => {
    const ledger = [made('A@1', 500), updated('A@1', 500), made('A@1', 501, 1)];
    expect(ownShipments(ledger)).toEqual([{ shipmentId: 501, subjects: ['A@1'], items }]);
    expect(writtenShipment(ledger, ['A@1'])).toMatchObject({ storeShipmentId: 501 });
    expect(stillLost(lost(500), ledger)).toEqual([]);
  });
});

describe('a loss', () => {
  test('is nobody’s business only where every label of the shipment was voided', () => {
    const parcels = [
      { key: 'A', numbers: ['A'], voided: true },
      { key: 'B', numbers: ['B'], voided: false },
    ];
    expect(isOfVoided(['A@1'], parcels)).toBe(true);
    expect(isOfVoided(['A@1', 'B@1'], parcels)).toBe(false);
  });

  test('may stand behind a count that dropped although it covers our units', () => {
    const count = (quantityShipped: number) => [{ orderProductId: 15, quantityShipped }];
    expect(countsDropped(count(1), count(2))).toBe(true);
    expect(countsDropped(count(2), count(2))).toBe(false);
    expect(countsDropped(count(2), [])).toBe(false);
  });
});
