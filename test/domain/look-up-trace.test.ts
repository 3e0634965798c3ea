// What debug mode shows of an answer: everything of the order, nothing that is a secret or card data.
import { expect, test } from 'vitest';
import { LEFT_OUT, shownBody, shownHeaders, withoutSecrets } from '../../domain/look-up-trace.ts';

test('members that are named like a secret or like card data are left out, however deep', () => {
  const seen = withoutSecrets({
    data: [
      {
        id: 1,
        method: 'credit_card',
        credit_card: { card_type: 'visa', card_iin: '411111', card_last4: '1111' },
        avs_result: { code: 'Y' },
        cvv_result: { code: 'M' },
        gateway: { access_token: 't', apiKey: 'k', client_secret: 's', name: 'stripe' },
        gift_certificate: null,
      },
    ],
  });
  expect(seen).toEqual({
    data: [
      {
        id: 1,
        method: 'credit_card',
        credit_card: LEFT_OUT,
        avs_result: LEFT_OUT,
        cvv_result: LEFT_OUT,
        gateway: { access_token: LEFT_OUT, apiKey: LEFT_OUT, client_secret: LEFT_OUT, name: 'stripe' },
        gift_certificate: null,
      },
    ],
  });
});

test('what an order is made of stays, and so do empty members', () => {
  const order = { cart_id: 'c', billing_address: { email: 'ada@example.com' }, token: null };
  expect(withoutSecrets(order)).toEqual(order);
});

test('a page where JSON belongs is shown as text, and not at length', () => {
  expect(shownBody('')).toBeNull();
  expect(shownBody('<html>')).toBe('<html>');
  expect(String(shownBody('x'.repeat(5_000)))).toMatch(/^x{2000}… \(5000 characters\)$/);
});

test('of the headers those that explain the answer', () => {
  const headers = {
    date: 'Mon',
    'set-cookie': ['a'],
    cookie: 'c',
    'x-auth-token': 't',
    'x-rate-limit-requests-left': '9',
  };
  expect(shownHeaders(headers)).toEqual({ date: 'Mon', 'x-rate-limit-requests-left': '9' });
});
