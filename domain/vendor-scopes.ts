/**
 * The rights that the products which Waybill replaces ask for (capabilities section 1), so that people who come from
 * them see which of those are not needed here. Data only.
 */
import type { ScopeId } from './scopes.ts';

type Product = 'Qapla’' | 'ParcelPilot' | 'Starshipit' | 'iPaaS.com' | 'CheckoutChamp';

/** The level as the product's own page words it. Scopes that none of them names are left out. */
export const VENDOR_SCOPES: Readonly<Partial<Record<ScopeId, Partial<Record<Product, string>>>>> = {
  orders: {
    'Qapla’': 'modify',
    ParcelPilot: 'read-only',
    Starshipit: 'modify',
    'iPaaS.com': 'modify',
    CheckoutChamp: 'modify',
  },
  transactions: { 'Qapla’': 'modify', Starshipit: 'modify', 'iPaaS.com': 'modify' },
  products: {
    'Qapla’': 'read-only',
    ParcelPilot: 'read-only',
    Starshipit: 'modify',
    'iPaaS.com': 'modify',
    CheckoutChamp: 'modify',
  },
  customers: { 'Qapla’': 'read-only', Starshipit: 'modify', 'iPaaS.com': 'modify' },
  information: { ParcelPilot: 'read-only', Starshipit: 'modify' },
  content: { Starshipit: 'modify', 'iPaaS.com': 'modify' },
  checkout_content: { Starshipit: 'modify' },
  customers_login: { Starshipit: 'login' },
  marketing: { Starshipit: 'modify', 'iPaaS.com': 'modify' },
  themes: { Starshipit: 'modify' },
  carts: { Starshipit: 'modify' },
  fulfillment_methods: { 'iPaaS.com': 'modify' },
  order_fulfillment: { 'iPaaS.com': 'modify' },
  create_payments: { 'iPaaS.com': 'create' },
  payment_methods: { 'iPaaS.com': 'get' },
  payment_instruments: { 'iPaaS.com': 'modify' },
  inventory: { 'iPaaS.com': 'modify' },
  locations: { 'iPaaS.com': 'modify' },
  channel_settings: { 'iPaaS.com': 'modify' },
  channel_listings: { 'iPaaS.com': 'modify' },
};
