import { describe, expect, test } from 'vitest';
import {
  isChannelId,
  normalizeTrackingNumber,
  orderLifecycleId,
  parseOrderLifecycleId,
  trackingNumbersIn,
} from '../../domain/ids.ts';

describe('addresses', () => {
  test('an order lifecycle is parsed back from its id, anything else is not', () => {
    expect(parseOrderLifecycleId(orderLifecycleId('acme-2', 1001))).toEqual({
      channelId: 'acme-2',
      orderId: 1001,
    });
    for (const id of ['order:acme', 'order:Acme:1', 'order:acme:1:2', 'import:acme', 'order:acme:x']) {
      expect(parseOrderLifecycleId(id)).toBeNull();
    }
  });

  test.each([
    ['a', true],
    ['acme-2', true],
    ['x'.repeat(39), true],
    ['x'.repeat(40), false],
    ['-acme', false],
    ['Acme', false],
    ['', false],
    ['a:b', false],
  ])('%j as a channel id: %s', (text, expected) => {
    expect(isChannelId(text)).toBe(expected);
  });
});

describe('tracking numbers', () => {
  test('are compared without blanks, dashes, dots, slashes and case', () => {
    expect(normalizeTrackingNumber(' 92-05 5a./1 ')).toBe('92055A1');
  });

  test('several may stand in one field', () => {
    expect(trackingNumbersIn('A1, b-2;C3')).toEqual(expect.arrayContaining(['A1', 'B2', 'C3']));
    expect(trackingNumbersIn(' ')).toEqual([]);
  });
});
