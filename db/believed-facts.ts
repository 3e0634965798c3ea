/**
 * Which of an order's facts count in full: the word of a sender that nothing binds to its deliveries does where the
 * channel trusts that sender (`carriers.{provider}.trust`), and may end no parcel elsewhere.
 */
import type { CarrierFact } from '../domain/carrier-event.ts';
import type { SettingsDocument } from '../settings/channel-settings.ts';

/** The facts as the channel's settings have them count now; the same list where nothing is unproven. */
export function believedFacts(events: CarrierFact[], settings: SettingsDocument | undefined): CarrierFact[] {
  if (!events.some((event) => event.tracking?.unproven === true)) return events;
  return events.map((event) => {
    const { tracking } = event;
    if (tracking?.unproven !== true || !isTrusted(settings, tracking.provider)) return event;
    const { unproven: _, ...proven } = tracking;
    return { ...event, tracking: proven };
  });
}

/** Of the document as it is kept: off unless given. */
function isTrusted(settings: SettingsDocument | undefined, provider: string | null): boolean {
  const carriers = settings?.['carriers'];
  if (provider === null || !hasField(carriers, provider)) return false;
  const given = carriers[provider];
  return hasField(given, 'trust') && given['trust'] === true;
}

function hasField(value: unknown, name: string): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name);
}
