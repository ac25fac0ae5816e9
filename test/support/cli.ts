import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/main.ts';
import { readConfig } from '../../src/config.ts';

export interface CliAnswer {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

type Environment = Readonly<Record<string, string>>;

/** The command line, in this process: starting another for each command takes longer than the command. */
export async function cli(env: Environment, ...args: string[]): Promise<CliAnswer> {
  const [out, err]: [string[], string[]] = [[], []];
  const status = await runCli(args, () => readConfig(env), {
    print: (line) => out.push(`${line}\n`),
    complain: (line) => err.push(`${line}\n`),
  });
  return { status, out: out.join(''), err: err.join('') };
}

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The same as an operator runs it in an image: in a process of its own, with nothing but this environment. */
export async function cliProcess(env: Environment, ...args: string[]): Promise<CliAnswer> {
  const child = spawn(process.execPath, ['src/cli/main.ts', ...args], {
    cwd: projectRoot,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[status], out, err] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { status, out, err };
}
