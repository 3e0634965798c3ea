// The text file that BigCommerce lets people download: whatever its labels, order and line ends (capabilities Q-8, P-13).
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCredentialsFile } from '../../domain/credentials-file.ts';

const TOKEN = 'mq3x9kd0a8v7c6b5n4m3l2k1j0h9g8f';
const ID = '1a2b3c4d5e6f7g8h9i0j1k2l3m4n5o6';
const SECRET = 'f00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeed';
const PATH = 'https://api.bigcommerce.com/stores/wqbagnaxsr/v3/';
const WHOLE = { accessToken: TOKEN, clientId: ID, clientSecret: SECRET, apiPath: PATH };

const english = `ACCESS TOKEN: ${TOKEN}\nCLIENT ID: ${ID}\nCLIENT SECRET: ${SECRET}\nNAME: Waybill\nAPI PATH: ${PATH}\n`;

describe('a credentials file is read', () => {
  test.each([
    ['as BigCommerce writes it', english],
    ['with a byte order mark and CRLF', `\uFEFF${english.replaceAll('\n', '\r\n')}`],
    ['with old Mac line ends', english.replaceAll('\n', '\r')],
    [
      'in lower case with equal signs',
      english
        .toLowerCase()
        .replaceAll(': ', '=')
        .replace(/name=.*\n/, ''),
    ],
    ['with the values on lines of their own', english.replaceAll(': ', ':\n').replace('https:\n', 'https:')],
    ['with labels that have no colon', english.replaceAll(/^([A-Z ]+): /gm, '$1\n')],
    ['with tabs', english.replaceAll(': ', '\t')],
    [
      'with other labels',
      `X-Auth-Token: ${TOKEN}\nClient-ID: ${ID}\nClient_Secret: ${SECRET}\nBase URL: ${PATH}`,
    ],
    ['with a heading and rules', `BigCommerce API credentials\n------\n${english}------\n`],
    [
      'in Italian',
      `Percorso API: ${PATH}\nSegreto client: ${SECRET}\nID client: ${ID}\nToken di accesso: ${TOKEN}`,
    ],
    [
      'in German',
      `API-Pfad: ${PATH}\nClient-Geheimnis: ${SECRET}\nClient-ID: ${ID}\nZugriffstoken: ${TOKEN}`,
    ],
    [
      'in French',
      `Chemin de l’API : ${PATH}\nJeton d’accès : ${TOKEN}\nClé secrète du client : ${SECRET}\nID du client : ${ID}`,
    ],
    [
      'in Spanish',
      `Ruta de la API: ${PATH}\nToken de acceso: ${TOKEN}\nID de cliente: ${ID}\nSecreto de cliente: ${SECRET}`,
    ],
    [
      'as JSON-like lines',
      `{\n "access_token": "${TOKEN}",\n "client_id": "${ID}",\n "client_secret": "${SECRET}",\n "api_path": "${PATH}"\n}`,
    ],
  ])('%s', (_name, text) => {
    expect(readCredentialsFile(text)).toMatchObject({ ok: true, file: WHOLE });
  });

  test('without a client secret', () => {
    expect(readCredentialsFile(english.replace(/CLIENT SECRET.*\n/, ''))).toMatchObject({
      ok: true,
      file: { ...WHOLE, clientSecret: null },
    });
  });

  test('in any order, case and spacing', () => {
    const lines = [`access token:${TOKEN}`, `client id:${ID}`, `client secret:${SECRET}`, `api path:${PATH}`];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(lines, { minLength: 4 }),
        fc.constantFrom('\n', '\r\n', '\n\n', '\r'),
        fc.constantFrom('', ' ', '   ', '\t'),
        fc.boolean(),
        (order, end, space, upper) => {
          const text = order
            .map((line) => {
              const [label = '', ...value] = line.split(':');
              return `${space}${upper ? label.toUpperCase() : label}${space}:${space}${value.join(':')}${space}`;
            })
            .join(end);
          expect(readCredentialsFile(text)).toMatchObject({ ok: true, file: WHOLE });
        },
      ),
    );
  });
});

describe('a credentials file is refused, without repeating what stands in it,', () => {
  test.each([
    ['when it is empty', '', /no line with an access token/],
    ['when it has no token', `CLIENT ID: ${ID}\nAPI PATH: ${PATH}`, /no line with an access token/],
    ['when it is of two accounts', `${english}ACCESS TOKEN: another-token`, /two different values/],
    ['when the token is a sentence', 'ACCESS TOKEN: ask Sam for it', /not one word/],
    ['when it is a page', '<html><body>Sign in</body></html>', /no line with an access token/],
  ])('%s', (_name, text, reason) => {
    const read = readCredentialsFile(text);
    expect(read.ok).toBe(false);
    expect(read.ok ? '' : read.reason).toMatch(reason);
    expect(JSON.stringify(read)).not.toMatch(/ask Sam|another-token|f00dfeed|wqbagnaxsr/);
  });

  test('and any text at all ends in an answer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => void readCredentialsFile(text)),
    );
  });
});
