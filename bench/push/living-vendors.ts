import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { OrderAnswer, OrderMessage, RemoteOrders, VendorOrders } from './vendor-orders.ts';

export interface LivingVendors {
  /** Endpoints and client credentials, for `readConfig`. */
  readonly env: Readonly<Record<string, string>>;
  readonly orders: RemoteOrders;
  close(): Promise<void>;
}

/** Starts both simulators in a process of their own, empty. The caller closes them. */
export async function startLivingVendors(): Promise<LivingVendors> {
  const program = fileURLToPath(new URL('./living-vendors-process.ts', import.meta.url));
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the simulators ended early (status ${String(code)})`);
  });
  died.catch(() => {});
  const [env] = (await Promise.race([once(child, 'message'), died])) as [Record<string, string>];
  return {
    env,
    orders: remoteOrders(child),
    close: async () => {
      if (child.connected) child.disconnect();
      await died.catch(() => {});
    },
  };
}

function remoteOrders(child: ChildProcess): RemoteOrders {
  const waiting = new Map<number, (answer: OrderAnswer) => void>();
  child.on('message', (answer: OrderAnswer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  child.on('exit', () => {
    for (const [id, settle] of waiting) settle({ id, error: 'the simulators have ended' });
  });
  let given = 0;
  const order = (name: keyof VendorOrders, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const message: OrderMessage = { id: (given += 1), name, args };
      waiting.set(message.id, ({ answer, error }) =>
        error === undefined ? resolve(answer) : reject(new Error(`the simulators: ${error}`)),
      );
      child.send(message);
    });
  const names: readonly (keyof VendorOrders)[] = [
    'addPeople',
    'change',
    'loseNotifications',
    'expireAccessTokens',
    'destinations',
    'takeRequestCounts',
    'limitGoogle',
    'takeGoogleAnswers',
    'takeWrites',
    'writeRequests',
    'events',
  ];
  const remote = names.map((name) => [name, (...args: unknown[]) => order(name, args)]);
  return Object.fromEntries(remote) as RemoteOrders;
}
