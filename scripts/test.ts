/**
 * `npm test`: every test project, or what the arguments select (they are vitest's own: file filters, -t, --project).
 * Ends with the line "N passed, N failed"; fails when a test failed and also when none ran. Says before it, in one line,
 * where nothing was held against the providers' contracts.
 */
import { parseCLI, type Reporter, startVitest, type Vitest } from 'vitest/node';
import { whyUnchecked } from '../test/simulators/contract.ts';
import { findChromium } from './chromium.ts';
import { stopSignal } from './processes/stop-signal.ts';
import { countLine, countTests, isSuccess, type RunOutcome } from './test-count.ts';

async function main(args: readonly string[]): Promise<void> {
  const { filter, options } = parseCLI(['vitest', 'run', ...args]);
  const outcome: RunOutcome = { files: [], strayErrors: 0 };
  const run = { outcome, vitest: undefined as Vitest | undefined };
  void stopSignal().then(() => run.vitest?.cancelCurrentRun('keyboard-input'));
  try {
    const reporters = ['default', recorder(run)];
    const vitest = await startVitest('test', filter, { ...options, watch: false, reporters });
    const strayErrors = vitest.state.getUnhandledErrors().length;
    run.outcome = { ...run.outcome, strayErrors };
    await vitest.close();
  } catch (error) {
    console.error(error);
    run.outcome = { ...run.outcome, strayErrors: run.outcome.strayErrors + 1 };
  }
  const count = countTests(run.outcome);
  if (count.passed + count.failed === 0) console.error('No test ran.');
  if (!isSuccess(count)) process.exitCode = 1;
  const unchecked = whyUnchecked();
  if (unchecked !== undefined) console.log(`CONTRACTS NOT CHECKED: ${unchecked} (docs/testing.md).`);
  if ((await findChromium()) === undefined)
    console.log('PAGE NOT TESTED: no Chromium here, so test/browser was skipped (docs/testing.md).');
  console.log(countLine(count));
}

function recorder(run: { outcome: RunOutcome; vitest: Vitest | undefined }): Reporter {
  return {
    onInit(vitest) {
      run.vitest = vitest;
    },
    onTestRunEnd(modules) {
      const files = modules.map((module) => ({
        failed: module.state() === 'failed',
        tests: [...module.children.allTests()].map((test) => test.result().state),
      }));
      run.outcome = { ...run.outcome, files };
    },
  };
}

await main(process.argv.slice(2));
