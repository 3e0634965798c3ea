/**
 * Exact arithmetic on decimal texts, as the store writes money and weights: four places, no floating point. It must not
 * round: more places than four are cut off.
 */
import type { DecimalText } from './order.ts';

const PLACES = 4;
const UNITS_PER_ONE = 10_000n;

/** Ten-thousandths. The text is one that `decimalText` made: an optional sign, digits, a point, digits. */
export function decimalUnits(text: DecimalText): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  const magnitude =
    BigInt(whole.replace('-', '')) * UNITS_PER_ONE + BigInt(fraction.slice(0, PLACES).padEnd(PLACES, '0'));
  return whole.startsWith('-') ? -magnitude : magnitude;
}

/** The twin of {@link decimalUnits}, with four places. */
export function decimalOf(units: bigint): DecimalText {
  const magnitude = units < 0n ? -units : units;
  const fraction = String(magnitude % UNITS_PER_ONE).padStart(PLACES, '0');
  return `${units < 0n ? '-' : ''}${String(magnitude / UNITS_PER_ONE)}.${fraction}`;
}
