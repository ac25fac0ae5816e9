import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** The port that is wanted, or a free one where that is taken; 0 asks for any. */
export async function freePort(wanted: number): Promise<number> {
  return (await portOf(wanted)) ?? (await portOf(0)) ?? nowhere();
}

/** Undefined where it is taken. */
async function portOf(wanted: number): Promise<number | undefined> {
  const probe = createServer();
  try {
    probe.listen(wanted, '127.0.0.1');
    await once(probe, 'listening');
    return (probe.address() as AddressInfo).port;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  } finally {
    probe.close();
  }
}

function nowhere(): never {
  throw new Error('no port is free');
}
