/** What a test run came to, counted so that nothing that went wrong can read as zero failures. */

export type TestState = 'passed' | 'failed' | 'skipped' | 'pending';

export interface RunOutcome {
  /** A file is also failed when it could not be loaded or when a hook of it threw. */
  files: readonly { failed: boolean; tests: readonly TestState[] }[];
  /** Errors that belong to no test: unhandled rejections, a global set-up that threw. */
  strayErrors: number;
}

export interface TestCount {
  passed: number;
  failed: number;
  /** Skipped, or never reached. */
  skipped: number;
}

/** A failed file without a failed test counts as one failure, and so do stray errors where nothing else failed. */
export function countTests({ files, strayErrors }: RunOutcome): TestCount {
  const tests = files.flatMap((file) => file.tests);
  const count = (state: TestState) => tests.filter((test) => test === state).length;
  const brokenFiles = files.filter((file) => file.failed && !file.tests.includes('failed')).length;
  const failed = count('failed') + brokenFiles;
  return {
    passed: count('passed'),
    failed: failed === 0 && strayErrors > 0 ? 1 : failed,
    skipped: count('skipped') + count('pending'),
  };
}

export function isSuccess({ passed, failed }: TestCount): boolean {
  return failed === 0 && passed > 0;
}

/** The last line of a run, for people and for whoever reads logs. */
export function countLine({ passed, failed, skipped }: TestCount): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
