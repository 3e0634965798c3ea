// Amounts as people read them.
import { expect, test } from 'vitest';
import { moneyText } from '../../domain/money-text.ts';

test.each([
  ['38.5000', 'USD', '38.50 USD'],
  ['3850.0000', 'JPY', '3850 JPY'],
  ['1.2500', 'KWD', '1.250 KWD'],
  ['0.0000', 'EUR', '0.00 EUR'],
  ['-12.3000', 'EUR', '-12.30 EUR'],
  ['7.1000', 'XYZ', '7.10 XYZ'],
  ['7.1000', 'points', '7.10 points'],
  ['7.1000', '', '7.10'],
])('%s of %s is %s', (amount, currency, text) => {
  expect(moneyText(amount, currency)).toBe(text);
});

test('more digits than the currency has are shown, because nothing is rounded', () => {
  expect(moneyText('38.5050', 'USD')).toBe('38.505 USD');
  expect(moneyText('3850.2500', 'JPY')).toBe('3850.25 JPY');
});
