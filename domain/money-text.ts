/**
 * An amount as people write it: with the digits of its currency, and with more only where the amount has them. For
 * people; amounts are kept and compared as `decimal.ts` has them.
 */
import type { DecimalText } from './order.ts';

/** Of a currency that nobody has heard of. */
const DIGITS_DEFAULT = 2;

/** Such as `38.50 USD`, `3850 JPY`; nothing is rounded. `currency`: ISO 4217, or whatever the store says. */
export function moneyText(amount: DecimalText, currency: string): string {
  const [whole = '0', fraction = ''] = amount.split('.');
  const digits = fraction.replace(/0+$/, '').padEnd(digitsOf(currency), '0');
  return `${whole}${digits === '' ? '' : `.${digits}`} ${currency}`.trimEnd();
}

function digitsOf(currency: string): number {
  if (!/^[A-Za-z]{3}$/.test(currency)) return DIGITS_DEFAULT;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? DIGITS_DEFAULT;
}
