/** `npm run check`: format, lint, types and unit tests. Runs them all, whatever fails, and says at the end which did. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

interface Step {
  name: string;
  command: string;
  args: readonly string[];
}

const steps: readonly Step[] = [
  { name: 'format', command: 'oxfmt', args: ['--check', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--deny-warnings'] },
  { name: 'types', command: 'tsc', args: ['--noEmit', '--project', '.'] },
  { name: 'unit tests', command: 'vitest', args: ['run', '--project', 'unit'] },
];

async function main(): Promise<void> {
  const failed: string[] = [];
  for (const step of steps) {
    console.log(`\n── ${step.name}: ${step.command} ${step.args.join(' ')}`);
    const startedAt = performance.now();
    const passed = await succeeds(step);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`── ${step.name}: ${passed ? 'passed' : 'FAILED'} after ${seconds} s`);
    if (!passed) failed.push(step.name);
  }
  console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}.`);
  if (failed.length > 0) process.exitCode = 1;
}

/** The tools are found on the PATH, to which the bootstrap adds those of the project. */
async function succeeds({ command, args }: Step): Promise<boolean> {
  try {
    const [code] = await once(spawn(command, args, { stdio: 'inherit' }), 'exit');
    return code === 0;
  } catch (error) {
    console.error(`${command} could not be started:`, error);
    return false;
  }
}

await main();
