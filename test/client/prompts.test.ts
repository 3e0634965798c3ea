// Questions of `waybill channel add` on a terminal, answered by a person at one: a pseudo-terminal (util-linux `script`),
// so that what the screen shows is what a screen would show.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { getChannel } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { createSecretBox, readSecret } from '../../db/secrets.ts';
import { databaseFor } from '../support/servers.ts';
import { waybillHere } from './run-waybill.ts';

/** Of util-linux; other systems' programs of this name take other words. */
const PSEUDO_TERMINAL = 'script';
const PROGRAM = path.join(import.meta.dirname, '..', '..', 'bin', 'waybill.js');
const KEY = Buffer.alloc(32, 7);
const TOKEN = 'tok3nthatnobodymaysee';
/** A program on a busy machine takes its time to start. */
const WAIT = { timeout: 90_000, interval: 50 };
const TEST_DEADLINE_MS = 240_000;

const ASKED = {
  file: 'Credentials file that BigCommerce downloaded',
  store: 'Store hash, API path or address of the control panel:',
  token: "The store's access token",
};

let url = '';
let db: Database;
let folder = '';
beforeAll(async () => {
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url);
  folder = await mkdtemp(path.join(os.tmpdir(), 'waybill-prompts-'));
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true, force: true });
});
const box = createSecretBox([{ id: 'k1', key: KEY }]);
const environment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  TERM: 'xterm',
  WAYBILL_HOME: folder,
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  WAYBILL_DATABASE_URL: url,
  WAYBILL_SECRET_KEYS: `k1:${KEY.toString('base64')}`,
});

/** Each question is awaited before it is answered. Answers as a keyboard sends them. */
async function atTerminal(
  words: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<{ code: number | null; screen: string }> {
  const command = [process.execPath, PROGRAM, ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn(PSEUDO_TERMINAL, ['-q', '-e', '-c', command, '/dev/null'], {
    cwd: folder,
    env: environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    for (const [question, answer] of answers) {
      await vi.waitFor(() => expect(screen).toContain(question), WAIT);
      child.stdin.write(answer);
    }
    return { code: await ended, screen };
  } finally {
    child.stdin.destroy();
    child.kill();
  }
}
const ENTER = '\r';
const CTRL_C = '\u0003';

const hasScript = spawnSync(PSEUDO_TERMINAL, ['--version'], { encoding: 'utf8' }).stdout?.includes(
  'util-linux',
);

describe.runIf(hasScript)('channel add on a terminal', () => {
  test(
    'asks for what is missing, and never shows the token',
    async () => {
      const { code, screen } = await atTerminal(
        ['channel', 'add', 'typed', '--no-check'],
        [
          [ASKED.file, ENTER],
          [ASKED.store, `hash1${ENTER}`],
          [ASKED.token, `${TOKEN}${ENTER}`],
        ],
      );
      expect(screen).toContain('The channel typed is kept, disabled');
      expect(code).toBe(0);
      expect(screen).not.toContain(TOKEN);
      expect(screen).not.toContain(TOKEN.slice(0, 5));
      expect(await getChannel(db, 'typed')).toMatchObject({ storeHash: 'hash1', enabled: false });
      expect(await readSecret(db, box, 'typed', 'access_token')).toBe(TOKEN);
    },
    TEST_DEADLINE_MS,
  );

  test(
    'takes the path of a credentials file, as people paste it, and asks for nothing else',
    async () => {
      const file = path.join(folder, 'account.txt');
      await writeFile(
        file,
        `ACCESS TOKEN: ${TOKEN}\nCLIENT ID: client77\nAPI PATH: https://api.bigcommerce.com/stores/hash2/v3/\n`,
      );
      const { code, screen } = await atTerminal(
        ['channel', 'add', 'pasted', '--no-check'],
        [[ASKED.file, `"${file}"${ENTER}`]],
      );
      expect(screen).toContain('The channel pasted is kept, disabled');
      expect(code).toBe(0);
      for (const never of [ASKED.store, ASKED.token, TOKEN]) expect(screen).not.toContain(never);
      expect(await getChannel(db, 'pasted')).toMatchObject({ storeHash: 'hash2' });
    },
    TEST_DEADLINE_MS,
  );

  test.each([
    ['at the file', [[ASKED.file, CTRL_C]]],
    [
      'at the token',
      [
        [ASKED.file, ENTER],
        [ASKED.store, `hash3${ENTER}`],
        [ASKED.token, `half-a-tok${CTRL_C}`],
      ],
    ],
  ] as const)(
    'given up by Ctrl-C %s changes nothing',
    async (_where, answers) => {
      const { code, screen } = await atTerminal(['channel', 'add', 'given-up', '--no-check'], answers);
      expect(screen).toContain('Nothing was changed.');
      expect(code).not.toBe(0);
      expect(screen).not.toContain('half-a-tok');
      expect(await getChannel(db, 'given-up')).toBeNull();
    },
    TEST_DEADLINE_MS,
  );

  test(
    'refuses an empty token in words',
    async () => {
      const { code, screen } = await atTerminal(
        ['channel', 'add', 'empty', '--no-check', '--store-hash', 'hash4'],
        [
          [ASKED.file, ENTER],
          [ASKED.token, ENTER],
        ],
      );
      expect(screen).toContain('That is no access token.');
      expect(code).toBe(2);
      expect(await getChannel(db, 'empty')).toBeNull();
    },
    TEST_DEADLINE_MS,
  );
});

describe('where nobody is looking', () => {
  test.each([
    ['the store', [], '--store-hash'],
    ['the token', ['--store-hash', 'hash5'], '--credentials-file'],
  ])('%s is not asked for: the way to give it is told', async (_what, words, flag) => {
    const { HOME: _home, PATH: _path, ...env } = environment();
    const result = await waybillHere(['channel', 'add', 'unasked', '--no-check', ...words], { env });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(flag);
    expect(await getChannel(db, 'unasked')).toBeNull();
  });
});
