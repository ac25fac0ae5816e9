import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readConfig, type Config } from '../src/config.ts';

/** A process of a floor, which ends with the channel to its parent. */
export interface FloorProcess {
  /** What it says once it is ready. Rejects where it ends before that. */
  firstWord(): Promise<unknown>;
  tell(message: object): void;
  end(): Promise<void>;
}

/** Starts the program with its order as JSON in the first argument. */
export function startFloorProcess(program: URL, order: object): FloorProcess {
  const child = fork(fileURLToPath(program), [JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the floor ended early (status ${String(code)})`);
  });
  died.catch(() => {});
  const first = once(child, 'message').then(([word]): unknown => word);
  return {
    firstWord: () => Promise.race([first, died]),
    tell: (message) => void child.send(message),
    end: async () => {
      if (child.connected) child.disconnect();
      await died.catch(() => {});
    },
  };
}

/** As many jobs of each queue at a time as the product's workers take. */
export function jobsAtATime(vendorEnv: Readonly<Record<string, string>>): Config['workers']['concurrency'] {
  return readConfig({ ...vendorEnv, ...unused }).workers.concurrency;
}

const unused = {
  MONGODB_URI: 'mongodb://127.0.0.1/unused',
  REDIS_URL: 'redis://127.0.0.1',
  INTAKE_API_KEYS: 'unused-and-unused',
  CREDENTIAL_KEYS: `${randomBytes(32).toString('base64url')}=`,
};
