/**
 * Settings of the store that change what our writes do (bigcommerce-api.md section 5.4): whether shoppers are mailed,
 * and when stock moves. To read; null on a storefront means that it takes the store's.
 */
import { z } from 'zod';
import type { StoreAsk } from './ask.ts';
import { textOrNull } from './wire-values.ts';
import { flag, text } from './wire-parts.ts';

/** By mail; null where the storefront takes the store's setting, or the store does not say. */
export interface EmailStatuses {
  /** The mail about a change of the order's status; which statuses send one is known to the control panel only. */
  orderStatus: boolean | null;
  invoice: boolean | null;
  orderMessage: boolean | null;
  /** All of them by the store's own names. */
  all: Record<string, boolean | null>;
}

export interface InventorySettings {
  /** `order_placed` or `order_completed_or_shipped`: with the latter our write of status 2 or 10 moves stock (Traps 4). */
  updateStockBehavior: string | null;
  editAdjustsStock: boolean | null;
  refundAdjustsStock: boolean | null;
}

export interface SettingsCalls {
  /** Of the store, or of one storefront. Scope Information & Settings. */
  emailStatuses(storefrontId?: number): Promise<EmailStatuses>;
  /** Of the store, or of one storefront. Scope Information & Settings. */
  inventorySettings(storefrontId?: number): Promise<InventorySettings>;
}

const wireEmails = z.record(z.string(), z.unknown());
const wireInventory = z.looseObject({
  update_stock_behavior: text,
  edit_order_stock_adjustment: flag,
  refund_order_stock_adjustment: flag,
});

export function settingsCalls(ask: StoreAsk): SettingsCalls {
  const get = <T>(path: string, storefrontId: number | undefined, schema: z.ZodType<T>): Promise<T> => {
    const query = new URLSearchParams(storefrontId === undefined ? {} : { channel_id: String(storefrontId) });
    return ask.data({ method: 'GET', path, query }, schema);
  };
  return {
    async emailStatuses(storefrontId) {
      const wire = await get('/v3/settings/email-statuses', storefrontId, wireEmails);
      const all = Object.fromEntries(
        Object.entries(wire).map(([name, value]) => [name, typeof value === 'boolean' ? value : null]),
      );
      return {
        orderStatus: all['combined_order_status_email'] ?? null,
        invoice: all['invoice_email'] ?? null,
        orderMessage: all['order_message_notification_email'] ?? null,
        all,
      };
    },

    async inventorySettings(storefrontId) {
      const wire = await get('/v3/settings/inventory', storefrontId, wireInventory);
      return {
        updateStockBehavior: textOrNull(wire.update_stock_behavior),
        editAdjustsStock: wire.edit_order_stock_adjustment ?? null,
        refundAdjustsStock: wire.refund_order_stock_adjustment ?? null,
      };
    },
  };
}
