/**
 * Is an order paid on delivery, and how much is to be collected (capabilities )? Only by the display
 * name of its payment method, which the merchant lists; no extra call.
 */
import type { DecimalText } from '../domain/order.ts';
import { textOf, decimalText } from './wire-values.ts';

interface PaymentFields {
  payment_method?: string | null | undefined;
  total_inc_tax: string | number;
  store_credit_amount?: string | number | null | undefined;
  gift_certificate_amount?: string | number | null | undefined;
}

/**
 * Names match as a whole, without regard to case, outer blanks and Unicode form: "Contrassegno POS" is not
 * "Contrassegno". The amount is the total less store credit and gift certificates; nothing left to collect is not COD.
 */
export function cashOnDelivery(
  wire: PaymentFields,
  methods: readonly string[],
): { isCod: boolean; codAmount: DecimalText | null } {
  const name = comparable(textOf(wire.payment_method));
  if (name === '' || !methods.some((method) => comparable(method) === name))
    return { isCod: false, codAmount: null };
  const rest =
    units(wire.total_inc_tax) - units(wire.store_credit_amount) - units(wire.gift_certificate_amount);
  return rest > 0n ? { isCod: true, codAmount: asDecimal(rest) } : { isCod: false, codAmount: null };
}

function comparable(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

/** Ten-thousandths: the store writes four places; more are cut off. */
const UNITS_PER_ONE = 10_000n;

function units(value: string | number | null | undefined): bigint {
  const [whole = '0', fraction = '0'] = decimalText(value).split('.');
  const magnitude = BigInt(whole.replace('-', '')) * UNITS_PER_ONE + BigInt(fraction.slice(0, 4));
  return whole.startsWith('-') ? -magnitude : magnitude;
}

function asDecimal(amount: bigint): DecimalText {
  return `${String(amount / UNITS_PER_ONE)}.${String(amount % UNITS_PER_ONE).padStart(4, '0')}`;
}
