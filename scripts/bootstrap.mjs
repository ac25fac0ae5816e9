/**
 * What the npm scripts run: `node scripts/bootstrap.mjs <entry.ts> [arguments]`, by any Node >= 20.
 *
 * Installs the npm packages where they are missing or out of date, finds a Node that runs TypeScript (24 or newer: this
 * one, or the one in the packages), and runs the entry with it. Plain JavaScript without imports of ours or of others,
 * since nothing is installed when it starts.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const OLDEST_HERE = 20;
const OLDEST_FOR_TYPESCRIPT = 24;
const LOCK_POLL_MS = 300;

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.calendar-sync-installed');
const lockFolder = join(root, '.cache', 'npm-install.lock');

/** A failure that is explained by its message alone. */
class Explained extends Error {}

async function main(entry, args) {
  if (majorOf(process.versions.node) < OLDEST_HERE) {
    throw new Explained(`This needs Node ${OLDEST_HERE} or newer; it runs on ${process.versions.node}.`);
  }
  if (entry === undefined) throw new Explained('Usage: node scripts/bootstrap.mjs <entry.ts> [arguments]');
  if (!isInstalled()) await underLock(installUnlessInstalled);
  process.exitCode = await run(nodeForTypeScript(), [entry, ...args]);
}

function majorOf(version) {
  return Number(version.split('.')[0]);
}

/** The stamp names what was installed: it is the packages' digest, not their age, that says whether they fit. */
function isInstalled() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digestOfPackages();
}

function digestOfPackages() {
  const digest = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const name of ['package.json', 'package-lock.json']) {
    const file = join(root, name);
    if (existsSync(file)) digest.update(readFileSync(file));
  }
  return digest.digest('hex');
}

async function installUnlessInstalled() {
  if (isInstalled()) return;
  console.log('Installing npm packages (first run, or the list of packages changed) …');
  // Development packages too, whatever NODE_ENV says: Node 24 itself is one of them. Errors only, since on an older Node
  // npm warns at length of packages that want a newer one, which is what they are going to get.
  const code = await run('npm', ['install', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    throw new Explained(
      `npm install failed (exit code ${code}); its own messages are above. Mend that and try again.`,
    );
  }
  writeFileSync(stampFile, digestOfPackages());
}

/** Two commands started at once in a fresh clone must not install into the same folder together. */
async function underLock(action) {
  mkdirSync(join(root, '.cache'), { recursive: true });
  for (let told = false; !acquireLock(); told = true) {
    if (!told)
      console.log(
        `Waiting for another run to install npm packages (if there is none, delete ${lockFolder}) …`,
      );
    await delay(LOCK_POLL_MS);
  }
  try {
    await action();
  } finally {
    rmSync(lockFolder, { recursive: true, force: true });
  }
}

function acquireLock() {
  const owner = join(lockFolder, 'pid');
  try {
    mkdirSync(lockFolder);
    writeFileSync(owner, String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (existsSync(owner) && !isAlive(Number(readFileSync(owner, 'utf8'))))
      rmSync(lockFolder, { recursive: true, force: true });
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function nodeForTypeScript() {
  if (majorOf(process.versions.node) >= OLDEST_FOR_TYPESCRIPT) return process.execPath;
  const packaged = join(modules, '.bin', 'node');
  if (existsSync(packaged)) return packaged;
  throw new Explained(
    `This needs Node ${OLDEST_FOR_TYPESCRIPT}, which the npm package "node" should have brought to ${packaged}. ` +
      `Was npm told to ignore install scripts? Run "npm install --include=dev --ignore-scripts=false", or install Node ${OLDEST_FOR_TYPESCRIPT}.`,
  );
}

/** Runs a command in the project's folder with our terminal; gives its exit code, or 128 + the signal that ended it. */
function run(command, args) {
  const path = `${join(modules, '.bin')}${delimiter}${process.env.PATH ?? ''}`;
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } });
  const stopForwarding = forwardSignals(child);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      stopForwarding();
      reject(new Explained(`${command} could not be started: ${error.message}`));
    });
    child.once('exit', (code, signal) => {
      stopForwarding();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/**
 * We stay until the child has cleaned up. A Ctrl-C in a terminal reaches the child without us; a signal sent to this
 * process alone does not, and is passed on, once.
 */
function forwardSignals(child) {
  const passed = new Set();
  const forward = (signal) => {
    const fromTerminal = signal === 'SIGINT' && process.stdin.isTTY === true;
    if (fromTerminal || passed.has(signal)) return;
    passed.add(signal);
    child.kill(signal);
  };
  process.on('SIGINT', forward).on('SIGTERM', forward);
  return () => process.off('SIGINT', forward).off('SIGTERM', forward);
}

const [entry, ...args] = process.argv.slice(2);
try {
  await main(entry, args);
} catch (error) {
  if (!(error instanceof Explained)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
