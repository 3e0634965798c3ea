/**
 * Registered customers (bigcommerce-api.md section 8), to read: groups, attributes and fields that orders do not carry.
 * V3 only, because V2 has no filter by id (Traps 8). Guest orders have customer 0 and are never asked for.
 */
import { z } from 'zod';
import { unnamedMembers, type StoreAsk } from './ask.ts';
import { idFilter, pageOf, type Page } from './paging.ts';
import { idOrNull, textOf, textOrNull, wholeNumber } from './wire-values.ts';
import { id, looseText, optionalId, text } from './wire-parts.ts';

export interface StoreCustomer {
  customerId: number;
  email: string;
  firstName: string;
  lastName: string;
  company: string;
  phone: string;
  notes: string;
  /** Null for none: 0 in the store, also after a group was deleted (Traps 8). */
  groupId: number | null;
  /** The same e-mail may exist once per storefront (Traps 8). */
  originStorefrontId: number | null;
  taxExemptCategory: string | null;
  formFields: { name: string; value: string | number | (string | number)[] }[];
  more: Record<string, unknown>;
}

export interface CustomerCalls {
  /**
   * Up to 250 customers in one call; customer 0 (guests) must be left out. `formFields` only where asked for. Pages
   * begin at 1; the size of a page is not settled, so `mayGoOn` is false only when all ids came or the page is empty.
   */
  customersById(query: {
    customerIds: readonly number[];
    formFields?: boolean;
    page: number;
  }): Promise<Page<StoreCustomer>>;
}

const wireCustomer = z.looseObject({
  id,
  email: text,
  first_name: text,
  last_name: text,
  company: text,
  phone: looseText,
  notes: text,
  customer_group_id: optionalId,
  origin_channel_id: optionalId,
  tax_exempt_category: text,
  form_fields: z
    .array(
      z.looseObject({
        name: text,
        value: z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))]).nullish(),
      }),
    )
    .nullish(),
});

export function customerCalls(ask: StoreAsk): CustomerCalls {
  return {
    async customersById({ customerIds, formFields, page }) {
      if (customerIds.includes(0))
        throw new RangeError('Customer 0 means a guest: there is nobody to ask for.');
      const query = pageOf(page, {
        'id:in': idFilter(customerIds),
        ...(formFields === true ? { include: 'formfields' } : {}),
      });
      const request = { method: 'GET', path: '/v3/customers', query, largeAnswer: true } as const;
      const { rows } = await ask.dataRows(request, wireCustomer, { ids: customerIds, idOf: (row) => row.id });
      return {
        rows: rows.map(customerOf),
        mayGoOn: rows.length > 0 && (page > 1 || rows.length < new Set(customerIds).size),
      };
    },
  };
}

function customerOf(wire: z.infer<typeof wireCustomer>): StoreCustomer {
  return {
    customerId: wholeNumber(wire.id),
    email: textOf(wire.email),
    firstName: textOf(wire.first_name),
    lastName: textOf(wire.last_name),
    company: textOf(wire.company),
    phone: textOf(wire.phone),
    notes: textOf(wire.notes),
    groupId: idOrNull(wire.customer_group_id),
    originStorefrontId: idOrNull(wire.origin_channel_id),
    taxExemptCategory: textOrNull(wire.tax_exempt_category),
    formFields: (wire.form_fields ?? []).map((field) => ({
      name: textOf(field.name),
      value: field.value ?? '',
    })),
    more: unnamedMembers(wireCustomer, wire),
  };
}
