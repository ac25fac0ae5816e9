import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A Python with the packages of examples/python, or why there is none on this machine. */
export type PythonOnThisMachine =
  | { readonly python: Python; readonly missing?: never }
  | { readonly python?: never; readonly missing: string };

export interface Python {
  /** Runs a module or file of examples/python to its end. Rejects with its standard error where it fails. */
  run(args: readonly string[], options: PythonRun): Promise<string>;
  /** Starts one that stays. Whoever starts it ends it. */
  start(args: readonly string[], env: PythonRun['env']): ChildProcess;
}

export interface PythonRun {
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
}

const execute = promisify(execFile);
const examples = fileURLToPath(new URL('../../examples/python/', import.meta.url));
const cache = fileURLToPath(new URL('../../.cache/python/', import.meta.url));
const command = 'python3';
const installLimitMs = 5 * 60_000;

/**
 * The packages go into a folder of the cache, once for each list of requirements and version of Python. Not into a
 * virtual environment: Debian's python3 has pip without `ensurepip`, and then makes none.
 */
export async function pythonOnThisMachine(): Promise<PythonOnThisMachine> {
  try {
    const packages = await installedPackages();
    return { python: pythonWith(packages) };
  } catch (error) {
    return { missing: reasonOf(error) };
  }
}

async function installedPackages(): Promise<string> {
  const version = (await execute(command, ['--version'])).stdout.trim();
  const requirements = join(examples, 'requirements.txt');
  const digest = createHash('sha256')
    .update(`${version} ${process.arch}\n`)
    .update(await readFile(requirements));
  const folder = join(cache, digest.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}-${randomBytes(4).toString('hex')}`;
  await mkdir(cache, { recursive: true });
  try {
    // Wheels only: a package that would have to be compiled is a package that is missing.
    const options = ['--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
    const install = [
      '-m',
      'pip',
      'install',
      ...options,
      '--target',
      unfinished,
      '--requirement',
      requirements,
    ];
    await execute(command, install, { timeout: installLimitMs });
    await rename(unfinished, folder).catch((error: unknown) => {
      // Another run beside this one was first.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

function pythonWith(packages: string): Python {
  const environment = (env: PythonRun['env']): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'],
    PYTHONPATH: packages,
    PYTHONDONTWRITEBYTECODE: '1',
    ...env,
  });
  return {
    async run(args, { env, input = '' }) {
      const running = execute(command, [...args], { cwd: examples, env: environment(env) });
      running.child.stdin?.end(input);
      return (await running).stdout;
    },
    start: (args, env) =>
      spawn(command, [...args], {
        cwd: examples,
        env: environment(env),
        stdio: ['ignore', 'inherit', 'pipe'],
      }),
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return `there is no ${command} on this machine`;
  const said = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : '';
  return said.split('\n').at(-1) || error.message;
}
