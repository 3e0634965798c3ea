import { describe, expect, test } from 'vitest';
import { FAILURES } from '../../activities/failures.ts';
import * as policies from '../../workflows/policies.ts';

describe('the table of policies', () => {
  test('names every failure that an activity calls final', () => {
    const final = Object.entries(FAILURES).flatMap(([type, rule]) => (rule.final ? [type] : []));
    expect(policies.FINAL_FAILURES).toEqual(expect.arrayContaining(final));
  });

  test('names no failure that an activity calls passing', () => {
    const passing = Object.entries(FAILURES).flatMap(([type, rule]) => (rule.final ? [] : [type]));
    for (const type of passing) expect(policies.FINAL_FAILURES).not.toContain(type);
  });

  test('calls to stores go to their own queue, are fair by channel, and are bounded by time, not by attempts', () => {
    for (const policy of [
      policies.storeRead('acme'),
      policies.storeCheck('acme'),
      policies.storeWrite('acme'),
    ]) {
      expect(policy).toMatchObject({
        taskQueue: 'bigcommerce',
        allowEagerDispatch: false,
        priority: { fairnessKey: 'acme' },
        scheduleToCloseTimeout: expect.any(String) as string,
      });
      expect(policy.retry?.maximumAttempts).toBeUndefined();
    }
  });
});
