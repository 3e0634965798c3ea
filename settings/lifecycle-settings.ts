/** Settings under `lifecycle`, `retention` and `alerts`: how long things are waited for, kept, and not complained about. */
import { z } from 'zod';
import { group, setting } from './setting.ts';

const days = z.int().min(1).max(3650);
/** A week at least, so that what is needed to explain a surprise is still there when somebody looks. */
const kept = z.int().min(7).max(3650);

export const lifecycle = group({
  stale_after_days: setting(
    days,
    30,
    'Days without news after which an open order asks for attention. Below `lifecycle.close_after_days`.',
    [],
  ),
  close_after_days: setting(days, 90, 'Days without news after which an open order is closed.', []),
  horizon_days: setting(
    days,
    365,
    'A first import follows orders no older than this; older ones are kept, but nothing waits for them.',
    [],
  ),
});

export const retention = group({
  deliveries_days: setting(
    kept,
    90,
    'How long bodies received from upstream are kept after an order closed.',
    [],
  ),
  decisions_days: setting(
    kept,
    365,
    'How long the reasons behind outcomes are kept after an order closed.',
    [],
  ),
  parked_days: setting(
    kept,
    30,
    'How long an event waits for an order or a parcel that nobody knows yet.',
    [],
  ),
});

/** Status ids as keys of a JSON object. */
const statusKey = z.enum(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14']);
const HOURS_MAX = 8760;

export const alerts = group({
  stuck_after_hours: setting(
    z.partialRecord(statusKey, z.number().positive().max(HOURS_MAX)),
    { '0': 24, '7': 72, '11': 48, '9': 48, '12': 24 },
    'Hours in a store status after which `waybill stuck` names the order; statuses that are not named are never late.',
    ['K-35'],
  ),
});
