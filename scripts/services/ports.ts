import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';

export const LOOPBACK = '127.0.0.1';
const POLL_MS = 25;
const ATTEMPTS = 3;

/** Thrown by a starter when somebody else took the port between our finding it free and the server's binding it. */
export class PortTaken extends Error {
  override name = 'PortTaken';
}

/** Runs `start` with a free loopback port, and again with another one when that was taken in the meantime. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Free now; whoever binds it may find it taken. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

/** Resolves when the server accepts connections; throws `describeExit()` when its process ends first, or at the limit. */
export async function untilListening(
  child: ChildProcess,
  port: number,
  limitMs: number,
  describeExit: () => Error,
): Promise<void> {
  let failedToRun: Error | undefined;
  child.once('error', (error) => (failedToRun = error));
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += POLL_MS) {
    if (failedToRun !== undefined) throw failedToRun;
    if (child.exitCode !== null || child.signalCode !== null) throw describeExit();
    if (await accepts(port)) return;
    await delay(POLL_MS);
  }
  throw new Error(`it did not accept connections within ${limitMs / 1000} seconds`);
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK);
    const answer = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
