import { ConfigError, configFromEnvironment, type Config } from './config.ts';
import { createLog, type Logger } from './log.ts';

/** A process that is up: it runs until it is closed. */
export interface Running {
  readonly log: Logger;
  /** Idempotent. After it nothing is left that would keep the process alive. */
  close(): Promise<void>;
}

/**
 * The life of a process: configuration → start → a signal → close. It ends because nothing is left; a process that
 * could not start, or could not close, ends with status 1. SIGKILL stays for whoever cannot wait.
 */
export async function runProcess(role: string, start: (config: Config) => Promise<Running>): Promise<void> {
  // Listening comes first: a signal during the start is obeyed as soon as there is something to close.
  const signal = firstSignal();
  const config = readable(role);
  if (config === undefined) return;
  void signal.then(() => endAtLast(config, role));
  const running = await started(role, start, config);
  if (running === undefined) return;
  void signal.then((name) => close(running, name));
}

/** Later signals change nothing: closing is under way. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGTERM', resolve);
    process.on('SIGINT', resolve);
  });
}

/** What everything may take on top of SHUTDOWN_SECONDS, as docs/operating.md promises it. */
const marginMs = 10_000;

/**
 * The last resort. Whoever supervises the process counts on its end: one that hangs holds up a deployment and holds
 * locks until it is killed, without a word. So what keeps it is named, and it ends, although something is left. The
 * timer itself keeps nothing alive: where nothing is left, it never fires.
 */
function endAtLast({ logLevel, shutdownMs }: Config, role: string): void {
  const timer = setTimeout(() => {
    const left = Object.entries(Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind));
    const resources = Object.fromEntries(left.map(([kind, all]) => [kind, all?.length]));
    createLog({ level: logLevel, role }).error(
      { resources },
      'something keeps the process: it ends all the same',
    );
    // oxlint-disable-next-line unicorn/no-process-exit
    process.exit(1);
  }, shutdownMs + marginMs);
  timer.unref();
}

function readable(role: string): Config | undefined {
  try {
    return configFromEnvironment();
  } catch (error) {
    couldNotStart(role, error);
    return undefined;
  }
}

async function started(
  role: string,
  start: (config: Config) => Promise<Running>,
  config: Config,
): Promise<Running | undefined> {
  try {
    return await start(config);
  } catch (error) {
    couldNotStart(role, error);
    return undefined;
  }
}

function couldNotStart(role: string, error: unknown): void {
  process.exitCode = 1;
  // A person reads this one, before there is a log level: the list of problems, a line each.
  if (error instanceof ConfigError) process.stderr.write(`${role}: ${error.message}\n`);
  else createLog({ level: 'info', role }).fatal({ err: error }, 'could not start');
}

async function close(running: Running, signal: NodeJS.Signals): Promise<void> {
  const { log } = running;
  log.info({ signal }, 'closing');
  try {
    await running.close();
    log.info('closed');
  } catch (error) {
    process.exitCode = 1;
    log.error({ err: error }, 'could not close cleanly');
  }
}
