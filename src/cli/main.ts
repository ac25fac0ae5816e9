import { compose } from '../compose.ts';
import { ConfigError, configFromEnvironment, type Config } from '../config.ts';
import { scrub } from '../log.ts';
import { exitStatus, UsageError, type Command, type ExitStatus } from './command.ts';
import { diagnose } from './diagnose.ts';
import { failedJobs } from './failed-jobs.ts';
import { replayChanges } from './replay-changes.ts';
import { reseal } from './reseal.ts';
import { retryFailed } from './retry-failed.ts';

/** Every command, in the order of `help`. */
const commands: Readonly<Record<string, Command>> = {
  diagnose,
  'failed-jobs': failedJobs,
  'retry-failed': retryFailed,
  reseal,
  'replay-changes': replayChanges,
};

export interface CliOutput {
  readonly print: (line: string) => void;
  /** A line on standard error. */
  readonly complain: (line: string) => void;
}

/** The operators' command line. Gives the exit status (see command.ts) and leaves nothing open. */
export async function runCli(
  [name, ...args]: readonly string[],
  readConfiguration: () => Config | Promise<Config>,
  { print, complain }: CliOutput,
): Promise<ExitStatus> {
  if (name === undefined || name === 'help' || name === '--help') {
    for (const line of help()) print(line);
    return name === undefined ? exitStatus.usage : exitStatus.done;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    complain(`There is no such command. There are: ${Object.keys(commands).join(', ')}, help.`);
    return exitStatus.usage;
  }
  try {
    return await runCommand(command, args, await readConfiguration(), print);
  } catch (error) {
    if (error instanceof UsageError) {
      complain(`${name}: ${error.message}. Usage: ${name} ${command.usage}`.trimEnd());
      return exitStatus.usage;
    }
    complain(`${name}: ${error instanceof ConfigError ? error.message : inWords(error)}`);
    return exitStatus.failed;
  }
}

async function runCommand(
  command: Command,
  args: readonly string[],
  config: Config,
  print: (line: string) => void,
): Promise<ExitStatus> {
  // Standard output is the answer's; what goes wrong is thrown.
  const live = await compose({ ...config, logLevel: 'silent' }, 'cli');
  try {
    return await command.run({ live, args, print });
  } finally {
    await live.close();
  }
}

function help(): string[] {
  const rows = Object.entries(commands).map(([name, { usage, summary }]) => [`${name} ${usage}`, summary]);
  return [
    'Commands:',
    ...[...rows, ['help', 'says this']].map(([call, summary]) => `  ${call?.trimEnd()}\n      ${summary}`),
    '',
    'Exit status: 0 done; 1 could not be done; 2 not understood; 3 done, and what was found needs attention.',
    'The configuration is that of the other roles (environment variables).',
  ];
}

/** With its causes, for what a driver says last is often what it is about. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return scrub(String(error));
  return scrub(error.message) + (error.cause === undefined ? '' : `: ${inWords(error.cause)}`);
}

if (import.meta.main) {
  process.exitCode = await runCli(process.argv.slice(2), configFromEnvironment, {
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
  });
}
