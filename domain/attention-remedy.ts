/**
 * What helps with each reason for attention: one sentence and the command that begins it. Pure; every attention has a
 * remedy, and none of them names a customer.
 */
import type { Attention } from './facts.ts';

export interface Remedy {
  text: string;
  /** With a channel and an order in it. */
  command: string;
  /** What a person says who decides the other way. */
  otherwise?: { text: string; command: string };
}

/**
 * The remedy for an order; without one, for any order of the channel. `cancelled`: that is its stage; `lost`: a shipment
 * of it was deleted in the store.
 */
export function remedyFor(
  attention: Attention,
  {
    channelId,
    orderId,
    cancelled,
    lost,
  }: { channelId: string; orderId?: number; cancelled?: boolean; lost?: boolean },
): Remedy {
  const order = `${channelId} ${orderId === undefined ? '<order>' : String(orderId)}`;
  switch (attention) {
    case 'auth':
      return {
        text: 'Check the channel; new credentials are stored with `waybill channel rotate`, and what waits goes out by itself.',
        command: `waybill channel test ${channelId}`,
      };
    case 'conflict':
      // Nothing waits for an approval: the order is cancelled, and its parcels travel.
      if (cancelled === true) {
        return {
          text: 'Call the parcels back at the carrier; where they are to arrive all the same, say so.',
          command: `waybill override ${order} --stage shipped --reason "…"`,
        };
      }
      return {
        text: 'Look at what would be written, and let it go out, or leave it.',
        command: `waybill approve ${order}`,
      };
    case 'refused':
      return {
        text: 'Put right what the store names, then try again.',
        command: `waybill retry ${order}`,
      };
    case 'over_shipment':
      return {
        text: 'Void the label that is too many; what is over is not written.',
        command: `waybill event ${order} label.voided --tracking <number>`,
      };
    case 'exception':
      return {
        text: 'Ask the carrier; its next word clears this. What you know better is said by an override.',
        command: `waybill override ${order} --stage delivered --reason "…"`,
      };
    case 'money':
      return {
        text: 'Refund or capture in the store: a status moves no money, and Waybill writes none of these.',
        command: `waybill order ${order}`,
      };
    case 'changed':
      if (lost === true) {
        return {
          text: 'Make the lost shipment anew',
          command: `waybill resend ${order}`,
          otherwise: {
            text: 'Or say that it is well without it',
            command: `waybill approve ${order} change`,
          },
        };
      }
      return {
        text: 'See whether the label still fits; a new label clears this, and so does saying that it is well.',
        command: `waybill approve ${order} change`,
      };
    case 'unknown':
      return {
        text: 'Look at the events; say where the order is if they mislead.',
        command: `waybill order ${order}`,
      };
    case 'stale':
      return {
        text: 'Ask the carrier; any news clears this. What you know is said by an override.',
        command: `waybill override ${order} --stage delivered --reason "…"`,
      };
    case 'paused':
      return {
        text: 'Let it go on when the reason is gone.',
        command: `waybill resume ${order} --reason "…"`,
      };
  }
}
