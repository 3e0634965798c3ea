// Money of the simulated store: whole cents inside, the API's two spellings outside. No rounding rules of ours.

/** Cents as the order API writes most amounts: a decimal string with four places (`"49.0000"`). */
export function moneyText(cents: number): string {
  if (cents === 0) return '0.0000';
  const sign = cents < 0 ? '-' : '';
  const whole = Math.abs(cents);
  const rest = whole % 100;
  return `${sign}${(whole - rest) / 100}.${rest < 10 ? '0' : ''}${rest}00`;
}

/** Cents as consignments and the V3 API write amounts: a number. */
export function moneyNumber(cents: number): number {
  return cents / 100;
}

/** Reads an amount from a body, as number or decimal string, into cents; null for anything else. */
export function parseMoney(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return Math.round(value * 100);
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim()))
    return Math.round(Number(value) * 100);
  return null;
}
