/** Servers that are installed on this machine. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Binary {
  path: string;
  version: string;
}

/** Finds `name` on the PATH. Throws when it is absent, does not run, or is older than `minimum` (major.minor). */
export async function findOnPath(name: string, minimum: string): Promise<Binary> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder === '' || !(await isExecutable(path))) continue;
    const version = await versionOf(path);
    if (isAtLeast(version, minimum)) return { path, version };
    throw new Error(`${path} is version ${version}; at least ${minimum} is needed`);
  }
  throw new Error(`no ${name} on the PATH`);
}

/** Runs the binary, so that one for another system or with missing libraries is found out here. */
export async function versionOf(path: string): Promise<string> {
  const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
  const version = parseVersion(stdout);
  if (version === undefined) throw new Error(`${path} --version names no version`);
  return version;
}

/** Both servers print it as v6.0.5 or v=6.2.14. */
export function parseVersion(output: string): string | undefined {
  return /\bv=?(\d+\.\d+(?:\.\d+)?)/.exec(output)?.[1];
}

export function isAtLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = minimum.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
