/**
 * Bodies that carry a parcel's whole history and, beside it, its state now. It promises that the state is told once:
 * as the newest scan where they agree, as a statement of its own where it says more.
 */
import { instantMs } from '../instants.ts';
import type { ProviderScan } from './provider.ts';
import { readScanTime } from './scan-time.ts';

/** Far enough: only the order of the scans matters here, not whether their times can be. */
const ANY_TIME_MS = 4_102_444_800_000;

/**
 * The scans and, where it differs or brings a signature, the state (`head`), at the newest scan's time unless it has
 * its own. Pure; the same body gives the same list.
 */
export function withHead(head: ProviderScan, history: readonly ProviderScan[]): ProviderScan[] {
  const newest = newestOf(history);
  if (newest === null) return [head];
  const placed: ProviderScan = { ...head, occurredAt: head.occurredAt ?? newest.occurredAt };
  const told = history.some(
    (scan) =>
      scan.status === head.status &&
      scan.detail === head.detail &&
      msOf(scan) >= Math.min(msOf(newest), msOf(placed)),
  );
  if (!told) return [...history, placed];
  if (head.signedBy === null || history.some((scan) => scan.signedBy === head.signedBy)) return [...history];
  // A name that comes after the scan itself: the scan's key is taken already.
  return [...history, { ...placed, description: `signed ${head.signedBy}`, location: null }];
}

function newestOf(history: readonly ProviderScan[]): ProviderScan | null {
  return history.reduce<ProviderScan | null>(
    (newest, scan) => (newest === null || msOf(scan) > msOf(newest) ? scan : newest),
    null,
  );
}

function msOf(scan: ProviderScan): number {
  const time = readScanTime(scan.occurredAt, ANY_TIME_MS);
  return time === null ? 0 : instantMs(time.at);
}
