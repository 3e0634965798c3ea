/**
 * Reads stored settings documents, each different one once: an ingress of hundreds of events per second reads the same
 * few. The content is the key, so a changed document is never answered with an older reading, whoever changed it and
 * whatever its version says. It must not be shared between installations, and holds no secret.
 */
import type { SettingsDocument } from './channel-settings.ts';
import { readSettings, type ReadSettings } from './parse-settings.ts';

/** Some kilobytes each; an installation with more channels reads the least used ones again. */
const READINGS_MAX = 500;

export class SettingsCache {
  readonly #readings = new Map<string, ReadSettings>();
  #misses = 0;

  /** Settings with their defaults, frozen because many share them; or what is wrong with them. */
  read(document: SettingsDocument): ReadSettings {
    const key = JSON.stringify(document);
    const known = this.#readings.get(key);
    const reading = known ?? this.#readAnew(document);
    // Taken out and put in again: a Map lists its entries by the time of their putting in.
    this.#readings.delete(key);
    this.#readings.set(key, reading);
    const oldest = this.#readings.keys().next();
    if (this.#readings.size > READINGS_MAX && oldest.done !== true) this.#readings.delete(oldest.value);
    return reading;
  }

  /** How many documents were really read, for tests and for those who look for lost time. */
  get misses(): number {
    return this.#misses;
  }

  #readAnew(document: SettingsDocument): ReadSettings {
    this.#misses += 1;
    return frozen(readSettings(document));
  }
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}
