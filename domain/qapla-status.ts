/**
 * Qapla' status ids (capabilities section 0.2). The id is the only stable key: labels are translated. An id that is
 * not listed is kept and shown as unknown; it must never be mapped to a plausible neighbour.
 */
import type { TrackingStatus } from './carrier-event.ts';

const STATUSES: Readonly<Record<string, { status: TrackingStatus; reason?: string }>> = {
  0: { status: 'label_created' },
  50: { status: 'label_created' },
  1: { status: 'trackable' },
  2: { status: 'awaiting_collection' },
  20: { status: 'picked_up' },
  3: { status: 'in_transit' },
  8: { status: 'in_transit', reason: 'delayed' },
  4: { status: 'out_for_delivery' },
  5: { status: 'attempt_failed' },
  10: { status: 'available_for_pickup' },
  6: { status: 'exception' },
  99: { status: 'delivered' },
  95: { status: 'returned' },
};

export const QAPLA_PROVIDER = 'qapla';

/** Our word for an id as text; `unknown` for one that is not in the published list. */
export function qaplaStatus(id: string): { status: TrackingStatus; reason: string | null } {
  const key = id.trim();
  const found = Object.hasOwn(STATUSES, key) ? STATUSES[key] : undefined;
  return { status: found?.status ?? 'unknown', reason: found?.reason ?? null };
}
