// Statuses that are no step forward, and their limits: what is protected, a person's, or never written.
import { describe, expect, test } from 'vitest';
import { judgeBack, judgeStatus } from '../../domain/write-back-permission.ts';
import type { StatusPurpose, WritingRules } from '../../domain/write-back-types.ts';
import { scan } from './examples.ts';
import { plan, printed, reasons, row, RULES, written } from './plan-examples.ts';

const PURPOSES: StatusPurpose[] = ['restore', 'void', 'exception', 'returned'];

function back(
  statusId: number,
  target: number,
  purpose: StatusPurpose,
  rules: Partial<WritingRules> = {},
  explained = [2, 3],
) {
  const store = { statusId, shipments: null, shipped: [] };
  return judgeBack({ rules: { ...RULES, ...rules }, store, explainedStatuses: explained }, target, purpose);
}

describe('a status that is no step forward', () => {
  test.each([4, 5, 14])('status %i is never written, whatever a rule says', (target) => {
    for (const purpose of PURPOSES)
      expect(back(2, target, purpose)).toMatchObject({ verdict: 'skip', reason: 'never_written_status' });
    const store = { statusId: 1, shipments: null, shipped: [] };
    expect(judgeStatus({ rules: RULES, store, explainedStatuses: [1] }, target, 'set_status')).toMatchObject({
      reason: 'never_written_status',
    });
    const events = [...printed, scan('92055000', 'exception', { at: 3 })];
    const result = plan({
      events,
      rules: { onException: target },
      ledger: written(),
      store: { statusId: 2 },
      explained: [2, 3],
    });
    expect(result.steps).toEqual([]);
    expect(reasons(result)).toEqual(['never_written_status']);
  });

  test.each([4, 5, 6, 12, 13, 14])('stands back from %i, also where the channel overwrites', (statusId) => {
    for (const purpose of PURPOSES)
      expect(back(statusId, 11, purpose, { onConflict: 'overwrite' })).toMatchObject({
        reason: 'protected_status',
      });
  });

  test("follows on_conflict where a person set the status, but a restore never undoes a person's", () => {
    expect(back(10, 11, 'void')).toMatchObject({ verdict: 'skip', reason: 'manual_change' });
    expect(back(10, 11, 'void', { onConflict: 'ask' })).toEqual({ verdict: 'ask' });
    expect(back(10, 11, 'void', { onConflict: 'overwrite' })).toEqual({ verdict: 'go' });
    expect(back(10, 11, 'restore', { onConflict: 'overwrite' })).toMatchObject({ reason: 'manual_change' });
    expect(back(2, 11, 'restore', { onConflict: 'overwrite' }, [11])).toMatchObject({
      reason: 'manual_change',
    });
  });

  test('goes where we ourselves set the status before', () => {
    for (const purpose of PURPOSES) expect(back(2, 11, purpose)).toEqual({ verdict: 'go' });
  });

  test('that was carried out is not planned again', () => {
    const given = {
      events: [...printed, scan('92055000', 'exception', { at: 3 })],
      rules: { onException: 9 },
      store: { statusId: 2 },
      explained: [2, 3],
    };
    const first = plan({ ...given, ledger: written() });
    expect(first.steps).toMatchObject([
      { subject: 'exception:92055000', body: { statusId: 9, purpose: 'exception' } },
    ]);
    const ledger = [...written(), ...first.steps.map((step) => row(step, 'confirmed'))];
    expect(plan({ ...given, ledger, store: { statusId: 9 }, explained: [9] }).steps).toEqual([]);
  });
});
