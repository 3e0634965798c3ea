// A person sends the tracking again (P-32): whatever became of the shipment in the store, there is one of it afterwards.
// Real database, real store over HTTP; the requests that reach it are told in short form.
import { describe, expect, it } from 'vitest';
import type { StepsResult } from '../../db/approve-steps.ts';
import { pauseOrder } from '../../db/operator-words.ts';
import { resendOrder } from '../../db/resend-steps.ts';
import { retryOrder } from '../../db/retry-steps.ts';
import { CHANNEL, settle, write, writeAll } from './store-side.ts';
import {
  factOnly,
  shipmentOf,
  shopOfFile,
  numberOf,
  say,
  setFulfillment,
  shipmentsIn,
  storeStatus,
  writesOf,
} from './write-back-side.ts';

const ORDERS = 30;

const shop = shopOfFile(import.meta.url, ORDERS);

const again = (orderId: number, number = numberOf(orderId)): string => `PUT shipment ${number}`;
const lineOf = (orderId: number): number => shop.side.store.state.order(orderId)?.lines[0]?.id ?? 0;
const resend = (orderId: number, step: string | null = null): Promise<StepsResult> =>
  resendOrder(shop.side.db, {
    channelId: CHANNEL,
    orderId,
    step,
    reason: '',
    by: 'ana',
    now: shop.side.deps.clock(),
  });

/** An order whose label was written to the store. */
async function written(settings: object = {}): Promise<number> {
  const orderId = shop.next();
  await setFulfillment(shop.side, settings);
  await say(shop.side, orderId, 'label.created');
  return orderId;
}

describe('a resend', () => {
  it('twice leaves one shipment in the store, each time with one update of it', async () => {
    const orderId = await written();
    for (const times of [1, 2]) {
      expect(await resend(orderId)).toMatchObject({ ok: true, changed: true, steps: [{ mails: 0 }] });
      expect(await writeAll(shop.side, orderId)).toEqual(['update_shipment confirmed']);
      expect(writesOf(shop.side, orderId)).toEqual([
        shipmentOf(orderId),
        ...Array<string>(times).fill(again(orderId)),
      ]);
    }
    expect(shipmentsIn(shop.side, orderId)).toHaveLength(1);
    expect(storeStatus(shop.side, orderId)).toBe(2);
  });

  it('that is not carried out yet is not planned a second time', async () => {
    const orderId = await written();
    const first = await resend(orderId);
    expect(await resend(orderId)).toEqual({
      ...{ ok: true, changed: false, notes: [], generation: null },
      steps: first.ok ? first.steps : [],
    });
    await writeAll(shop.side, orderId);
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), again(orderId)]);
  });

  it('puts back the number that a person changed', async () => {
    const orderId = await written();
    const [shipment] = shop.side.store.state.order(orderId)?.shipments ?? [];
    if (shipment !== undefined) shipment.trackingNumber = 'TYPO';
    await resend(orderId);
    await writeAll(shop.side, orderId);
    expect(shipmentsIn(shop.side, orderId)).toMatchObject([{ tracking_number: numberOf(orderId) }]);
  });

  it('makes the shipment anew where a person deleted it, and says that a mail goes out once that is known', async () => {
    const orderId = await written();
    const [made] = shipmentsIn(shop.side, orderId);
    shop.side.store.deleteShipment(orderId, made?.id ?? 0);
    // The rows do not know of it yet: the step finds out, and is planned anew from what it read.
    expect(await resend(orderId)).toMatchObject({ ok: true, steps: [{ kind: 'update_shipment' }] });
    expect(await writeAll(shop.side, orderId)).toEqual([
      'update_shipment replan',
      'create_shipment confirmed',
    ]);
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), shipmentOf(orderId)]);
    expect(shipmentsIn(shop.side, orderId)).toMatchObject([
      { tracking_number: numberOf(orderId), items: [{ quantity: 2 }] },
    ]);
    // And now the rows know the new one.
    expect(await resend(orderId)).toMatchObject({ ok: true, steps: [{ kind: 'update_shipment' }] });
    await writeAll(shop.side, orderId);
    expect(shipmentsIn(shop.side, orderId)).toHaveLength(1);
  });

  it('is the word for the shipment made anew too, where a person set the status and the channel asks', async () => {
    const orderId = await written({ on_conflict: 'ask' });
    shop.side.store.deleteShipment(orderId, shipmentsIn(shop.side, orderId)[0]?.id ?? 0);
    shop.side.store.editOrder(orderId, { status_id: 11 });
    expect(await resend(orderId)).toMatchObject({ ok: true, steps: [{ kind: 'update_shipment' }] });
    expect(await writeAll(shop.side, orderId)).toEqual([
      'update_shipment replan',
      'create_shipment confirmed',
    ]);
    expect(shipmentsIn(shop.side, orderId)).toHaveLength(1);
  });

  it('takes the shipment with the same number that a person made in the place of ours', async () => {
    const orderId = await written();
    const [shipment] = shop.side.store.state.order(orderId)?.shipments ?? [];
    // As if ours had been deleted and made by hand: another id, the number in another spelling.
    if (shipment !== undefined)
      Object.assign(shipment, {
        id: shipment.id + 100_000,
        trackingNumber: ` ${numberOf(orderId).toLowerCase()} `,
      });
    await resend(orderId);
    await writeAll(shop.side, orderId);
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), again(orderId)]);
    expect(shipmentsIn(shop.side, orderId)).toHaveLength(1);
  });

  it('of one of two parcels, by its number, leaves the other alone', async () => {
    const orderId = shop.next();
    await setFulfillment(shop.side, {});
    const lines = [{ orderProductId: lineOf(orderId), quantity: 1 }];
    await say(shop.side, orderId, 'label.created', { number: 'A1', lines });
    await say(shop.side, orderId, 'label.created', { number: 'B2', lines });
    await resend(orderId, ' b2');
    await writeAll(shop.side, orderId);
    expect(writesOf(shop.side, orderId).slice(2)).toEqual([again(orderId, 'B2')]);
  });

  it('of a replaced label sends the new number', async () => {
    const orderId = await written();
    await say(shop.side, orderId, 'label.replaced', { number: 'NEW9', replaces: numberOf(orderId) });
    await resend(orderId);
    await writeAll(shop.side, orderId);
    expect(writesOf(shop.side, orderId)).toEqual([
      shipmentOf(orderId),
      again(orderId, 'NEW9'),
      again(orderId, 'NEW9'),
    ]);
  });

  it('does not touch the status that a person set', async () => {
    const orderId = await written();
    shop.side.store.editOrder(orderId, { status_id: 10 });
    await resend(orderId);
    await writeAll(shop.side, orderId);
    expect(storeStatus(shop.side, orderId)).toBe(10);
    // It counts as the person's afterwards too.
    await say(shop.side, orderId, 'delivered');
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), again(orderId)]);
  });

  it('whose answer is lost is looked up, not repeated, and ends as done', async () => {
    const orderId = await written();
    await resend(orderId);
    shop.side.store.setFaults([
      {
        match: { method: 'PUT', path: `/orders/${String(orderId)}/shipments/` },
        fault: 'cut-after',
        times: 1,
      },
    ]);
    const { due } = await settle(shop.side, orderId);
    await expect(write(shop.side, orderId, due?.writeBackId ?? '')).rejects.toMatchObject({
      type: 'OutcomeUnclear',
    });
    expect(await resend(orderId)).toMatchObject({ ok: false, code: 'unclear' });
    shop.side.clockOffsetMs += 61_000;
    expect(await writeAll(shop.side, orderId)).toEqual(['update_shipment confirmed']);
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId), again(orderId)]);
  });

  it('that the store refuses asks for a person, and a retry sends it', async () => {
    const orderId = await written();
    await resend(orderId);
    shop.side.store.setFaults([
      {
        match: { method: 'PUT', path: `/orders/${String(orderId)}/shipments/` },
        fault: 'status',
        status: 400,
        times: 1,
      },
    ]);
    expect(await writeAll(shop.side, orderId)).toEqual(['update_shipment refused']);
    await retryOrder(shop.side.db, {
      ...{ channelId: CHANNEL, orderId, step: null, reason: '', by: 'ana', now: shop.side.deps.clock() },
    });
    expect(await writeAll(shop.side, orderId)).toEqual(['update_shipment confirmed']);
    expect(shipmentsIn(shop.side, orderId)).toHaveLength(1);
  });
});

describe('a resend is refused with a sentence', () => {
  it('where nothing was written yet, with what it waits for', async () => {
    const orderId = shop.next();
    await setFulfillment(shop.side, { trigger: ['shipment.manifested'] });
    await say(shop.side, orderId, 'label.created');
    expect(await resend(orderId)).toMatchObject({
      ...{ ok: false, code: 'nothing_waits' },
      message: expect.stringContaining('Waits for shipment.manifested.') as string,
    });
  });

  it('for a write that waits, with what helps', async () => {
    const orderId = shop.next();
    await setFulfillment(shop.side, { push_enabled: false });
    await factOnly(shop.side, orderId, 'label.created');
    await setFulfillment(shop.side, {});
    expect(await resend(orderId)).toMatchObject({
      ...{ ok: false, code: 'step_not_waiting' },
      message: expect.stringContaining('waybill approve') as string,
    });
  });

  it('for an unknown step, a paused order, a closed store order, a channel that does not write', async () => {
    const orderId = await written();
    expect(await resend(orderId, 'no-such')).toMatchObject({ code: 'unknown_step' });
    await setFulfillment(shop.side, { dry_run: true });
    expect(await resend(orderId)).toMatchObject({ code: 'writes_off' });
    await setFulfillment(shop.side, {});
    const now = shop.side.deps.clock();
    await pauseOrder(shop.side.db, { channelId: CHANNEL, orderId, reason: 'why not', by: 'ana', now });
    expect(await resend(orderId)).toMatchObject({ code: 'order_paused' });
    await shop.side.db.sql`update orders set paused = false, status_id = 5,
      canonical = jsonb_set(canonical, '{statusId}', '5'), store_view = null where order_id = ${orderId}`;
    expect(await resend(orderId)).toMatchObject({ code: 'not_due' });
    expect(await resend(4711)).toMatchObject({ code: 'unknown_order' });
    expect(writesOf(shop.side, orderId)).toEqual([shipmentOf(orderId)]);
  });
});
