import { describe, expect, it } from 'vitest';
import { countLine, countTests, isSuccess, type TestState } from '../../../scripts/test-count.ts';

const file = (...tests: TestState[]) => ({ failed: tests.includes('failed'), tests });

describe('the count of a test run', () => {
  it('adds up the tests of all files', () => {
    const count = countTests({
      files: [file('passed', 'failed'), file('passed', 'skipped')],
      strayErrors: 0,
    });
    expect(count).toEqual({ passed: 2, failed: 1, skipped: 1 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(
      countTests({ files: [{ failed: true, tests: [] }, file('passed')], strayErrors: 0 }),
    ).toMatchObject({ failed: 1 });
  });

  it('counts a file whose hook threw as a failure, though its tests are only skipped', () => {
    expect(countTests({ files: [{ failed: true, tests: ['skipped'] }], strayErrors: 0 })).toMatchObject({
      failed: 1,
    });
  });

  it('does not count a failed test and its file twice', () => {
    expect(countTests({ files: [file('failed')], strayErrors: 2 })).toMatchObject({ failed: 1 });
  });

  it('counts errors outside of tests as a failure', () => {
    expect(countTests({ files: [file('passed')], strayErrors: 3 })).toMatchObject({ passed: 1, failed: 1 });
  });

  it('counts tests that were never reached as skipped', () => {
    expect(countTests({ files: [file('passed', 'pending')], strayErrors: 0 })).toMatchObject({ skipped: 1 });
  });
});

describe('a test run', () => {
  it('is no success when no test ran', () => {
    expect(isSuccess(countTests({ files: [], strayErrors: 0 }))).toBe(false);
    expect(isSuccess({ passed: 0, failed: 0, skipped: 4 })).toBe(false);
  });

  it('is a success when tests passed and none failed', () => {
    expect(isSuccess({ passed: 1, failed: 0, skipped: 4 })).toBe(true);
    expect(isSuccess({ passed: 9, failed: 1, skipped: 0 })).toBe(false);
  });

  it('ends with a plain line, which names skipped tests only where there are some', () => {
    expect(countLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(countLine({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped');
  });
});
