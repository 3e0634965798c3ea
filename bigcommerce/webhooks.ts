/**
 * Webhooks that the store sends us (bigcommerce-api.md section 9): registered, read, switched on again, removed. Only
 * those of our own API account are visible, and they die with it. They need no scope of their own.
 */
import { z } from 'zod';
import { unnamedMembers, type StoreAsk } from './ask.ts';
import { LIST_PAGE_SIZE_MAX, mayGoOn, pageOf, type Page } from './paging.ts';
import { textOf, wholeNumber } from './wire-values.ts';
import { flag, id, text, textRecord, textsOf } from './wire-parts.ts';

export interface StoreWebhook {
  webhookId: number;
  /** The API account that owns it. */
  clientId: string;
  scope: string;
  destination: string;
  /** Sent with every delivery. They hold a secret of ours: compare them, never show or log them. */
  headers: Record<string, string>;
  /** False after the store gave up on it: everything since is lost to it (Traps 9). */
  active: boolean;
  more: Record<string, unknown>;
}

export interface WebhookDraft {
  scope: string;
  /** https on port 443 with a certificate that everybody trusts (section 9). */
  destination: string;
  headers: Record<string, string>;
  active: boolean;
}

export interface WebhookCalls {
  /** A page of our account's webhooks. Pages begin at 1. */
  listWebhooks(page: number): Promise<Page<StoreWebhook>>;
  /**
   * A write: list first. A second one with the same scope and destination is refused with 409 or 422 (which is not
   * settled; `InvalidRequest` either way).
   */
  createWebhook(draft: WebhookDraft): Promise<StoreWebhook>;
  /** A write; may be repeated. Sends only what is given. `active: true` wakes one that the store switched off. */
  updateWebhook(webhookId: number, change: Partial<WebhookDraft>): Promise<StoreWebhook>;
  /** A write; the second time it throws `BigCommerceNotFound`. */
  deleteWebhook(webhookId: number): Promise<void>;
}

const wireHook = z.looseObject({
  id,
  client_id: text,
  scope: z.string(),
  destination: text,
  headers: textRecord,
  is_active: flag,
});

const HOOKS = '/v3/hooks';

export function webhookCalls(ask: StoreAsk): WebhookCalls {
  return {
    async listWebhooks(page) {
      const { rows } = await ask.dataRows({ method: 'GET', path: HOOKS, query: pageOf(page) }, wireHook);
      return { rows: rows.map(webhookOf), mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX) };
    },

    createWebhook: async (draft) =>
      webhookOf(await ask.data({ method: 'POST', path: HOOKS, body: bodyOf(draft) }, wireHook)),

    async updateWebhook(webhookId, change) {
      const path = `${HOOKS}/${String(webhookId)}`;
      return webhookOf(await ask.data({ method: 'PUT', path, body: bodyOf(change) }, wireHook));
    },

    async deleteWebhook(webhookId) {
      await ask.raw({ method: 'DELETE', path: `${HOOKS}/${String(webhookId)}`, answerless: true });
    },
  };
}

function bodyOf(change: Partial<WebhookDraft>): Record<string, unknown> {
  const { scope, destination, headers, active } = change;
  return {
    ...(scope === undefined ? {} : { scope }),
    ...(destination === undefined ? {} : { destination }),
    ...(headers === undefined ? {} : { headers }),
    ...(active === undefined ? {} : { is_active: active }),
  };
}

function webhookOf(wire: z.infer<typeof wireHook>): StoreWebhook {
  return {
    webhookId: wholeNumber(wire.id),
    clientId: textOf(wire.client_id),
    scope: wire.scope,
    destination: textOf(wire.destination),
    headers: textsOf(wire.headers),
    active: wire.is_active === true,
    more: unnamedMembers(wireHook, wire),
  };
}
