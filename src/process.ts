import { ConfigError, configFromEnvironment, type Config } from './config.ts';
import { createLog, type Logger } from './log.ts';

/** A process that is up: it runs until it is closed. */
export interface Running {
  readonly log: Logger;
  /** Idempotent. After it nothing is left that would keep the process alive. */
  close(): Promise<void>;
}

/**
 * The life of a process: configuration → start → a signal → close. It ends because nothing is left, not by `exit`;
 * a process that could not start, or could not close, ends with status 1. SIGKILL stays for whoever cannot wait.
 */
export async function runProcess(role: string, start: (config: Config) => Promise<Running>): Promise<void> {
  // Listening comes first: a signal during the start is obeyed as soon as there is something to close.
  const signal = firstSignal();
  const running = await started(role, start);
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

async function started(
  role: string,
  start: (config: Config) => Promise<Running>,
): Promise<Running | undefined> {
  try {
    return await start(configFromEnvironment());
  } catch (error) {
    process.exitCode = 1;
    // A person reads this one, before there is a log level: the list of problems, a line each.
    if (error instanceof ConfigError) process.stderr.write(`${role}: ${error.message}\n`);
    else createLog({ level: 'info', role }).fatal({ err: error }, 'could not start');
    return undefined;
  }
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
