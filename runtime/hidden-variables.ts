/**
 * Takes the secrets out of the process's environment once they were read: Node's crash reports list every variable, and
 * programs that are started inherit them. It reads nothing itself.
 */

/** Variables whose value is a secret. A database's URL may hold a password. */
const HIDDEN_VARIABLES = [
  'WAYBILL_SECRET_KEYS',
  'WAYBILL_STORE_TOKEN',
  'WAYBILL_STORE_CLIENT_SECRET',
  'WAYBILL_DATABASE_URL',
] as const;

/** The environment as it was given; the secrets are gone from `environment` itself afterwards. */
export function takeEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const taken = { ...environment };
  for (const name of HIDDEN_VARIABLES) Reflect.deleteProperty(environment, name);
  return taken;
}
