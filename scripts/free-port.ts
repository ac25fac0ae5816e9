import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A port that nobody else gets until it is released. */
export interface HeldPort {
  readonly port: number;
  release(): Promise<void>;
}

/** The port that is wanted, or a free one where that is taken; 0 asks for any. */
export async function holdPort(wanted: number): Promise<HeldPort> {
  return (await hold(wanted)) ?? (await hold(0)) ?? nowhere();
}

/** Undefined where it is taken. */
async function hold(wanted: number): Promise<HeldPort | undefined> {
  const holder = createServer();
  try {
    holder.listen(wanted, '127.0.0.1');
    await once(holder, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  return {
    port: (holder.address() as AddressInfo).port,
    release: () => new Promise((resolve) => holder.close(() => resolve())),
  };
}

function nowhere(): never {
  throw new Error('no port is free');
}
