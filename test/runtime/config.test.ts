import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  describeEnvironment,
  loadConfig,
  requireDatabaseUrl,
  requireSecretKeys,
} from '../../runtime/config.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
function problemsOf(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('was accepted');
}

describe('configuration', () => {
  test('has a default for everything', () => {
    expect(loadConfig({})).toMatchObject({
      databaseUrl: null,
      secretKeys: [],
      http: { host: '127.0.0.1', port: 8480 },
      store: { hosts: [], allowLoopback: false, timeoutMs: 45_000 },
      log: { level: 'info', format: 'json' },
      metricsPort: null,
      buildId: null,
    });
  });

  test('reads several secret keys, the active one first', () => {
    const { secretKeys } = loadConfig({ WAYBILL_SECRET_KEYS: `new:${key(1)}, old:${key(2)}` });
    expect(secretKeys.map(({ id }) => id)).toEqual(['new', 'old']);
    expect(secretKeys[1]?.key).toEqual(Buffer.alloc(32, 2));
  });

  test('counts an empty variable as absent', () => {
    expect(loadConfig({ WAYBILL_METRICS_PORT: '', WAYBILL_LOG_LEVEL: '' })).toMatchObject({
      metricsPort: null,
    });
  });

  test.each([
    ['WAYBILL_HTTP_PORT', '70000', /WAYBILL_HTTP_PORT must be a whole number/],
    ['WAYBILL_HTTP_PORT', '80a', /WAYBILL_HTTP_PORT must be a whole number/],
    ['WAYBILL_LOG_LEVEL', 'loud', /WAYBILL_LOG_LEVEL must be trace, debug/],
    ['WAYBILL_LOG_FORMAT', 'xml', /WAYBILL_LOG_FORMAT must be json or pretty/],
    ['WAYBILL_DATABASE_URL', 'mysql://x', /WAYBILL_DATABASE_URL must be a URL such as postgres/],
    ['WAYBILL_ALLOW_LOOPBACK_STORES', 'maybe', /WAYBILL_ALLOW_LOOPBACK_STORES must be 1 or 0/],
    [
      'WAYBILL_STORE_TIMEOUT_MS',
      '60000',
      /WAYBILL_STORE_TIMEOUT_MS must be a whole number of milliseconds from 1000 to 45000/,
    ],
    ['WAYBILL_STORE_HOSTS', 'https://x.example', /WAYBILL_STORE_HOSTS must be host names/],
    ['WAYBILL_SECRET_KEYS', `a:${key(1)},a:${key(2)}`, /names the key id "a" twice/],
  ])('%s=%s is refused with what is allowed', (variable, value, message) => {
    expect(problemsOf({ [variable]: value })).toMatch(message);
  });

  test('names every problem at once', () => {
    const message = problemsOf({ WAYBILL_HTTP_PORT: 'x', WAYBILL_LOG_LEVEL: 'y' });
    expect(message).toMatch(/WAYBILL_HTTP_PORT/);
    expect(message).toMatch(/WAYBILL_LOG_LEVEL/);
  });

  test('never repeats a secret in its error', () => {
    const secret = Buffer.from('not thirty-two bytes').toString('base64');
    expect(problemsOf({ WAYBILL_SECRET_KEYS: `k1:${secret}` })).not.toContain(secret);
  });

  test('says which variable is missing when it is needed', () => {
    const config = loadConfig({});
    expect(() => requireDatabaseUrl(config)).toThrow(/WAYBILL_DATABASE_URL is not set/);
    expect(() => requireSecretKeys(config)).toThrow(/WAYBILL_SECRET_KEYS is not set/);
  });

  test('describes every variable', () => {
    for (const { variable, meaning } of describeEnvironment()) {
      expect(variable).toMatch(/^WAYBILL_/);
      expect(meaning).not.toBe('');
    }
  });
});
