import { describe, expect, test } from 'vitest';
import { carrierTarget, COMMON_CARRIERS, fillLink, readCarrierTarget } from '../../domain/carrier-map.ts';

describe('a value of the carrier map', () => {
  test.each([
    ['usps', { way: 'provider', provider: 'usps' }],
    ['carrier_12', { way: 'provider', provider: 'carrier_12' }],
    ['carrier:dhl-germany', { way: 'tracking_carrier', slug: 'dhl-germany' }],
    ['https://t.example/?n={number}', { way: 'link', template: 'https://t.example/?n={number}' }],
  ])('%s is understood', (value, target) => {
    expect(readCarrierTarget(value)).toEqual(target);
  });

  test.each([
    '',
    'acme',
    'carrier:',
    'carrier:DHL',
    'https://t.example/',
    'http://t.example/{number}',
    'https://t.example/ {number}',
  ])('%j leads nowhere', (value) => {
    expect(readCarrierTarget(value)).toBeNull();
  });

  test('every common carrier leads somewhere', () => {
    expect(Object.values(COMMON_CARRIERS).filter((value) => readCarrierTarget(value) === null)).toEqual([]);
  });
});

test('a carrier is known by any spelling of its word, an unknown one by none', () => {
  expect(carrierTarget(COMMON_CARRIERS, 'Royal-Mail')).toEqual({ way: 'provider', provider: 'royalmail' });
  expect(carrierTarget(COMMON_CARRIERS, 'royal')).toBeNull();
  expect(carrierTarget(COMMON_CARRIERS, null)).toBeNull();
});

test('a number is escaped in its link', () => {
  expect(fillLink('https://t.example/{number}/{number}', ' a/b?c ')).toBe(
    'https://t.example/a%2Fb%3Fc/a%2Fb%3Fc',
  );
});
