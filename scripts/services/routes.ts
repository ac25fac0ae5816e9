/** Choosing where a server comes from: an ordered list of routes, the first that works is taken. */

/** One way to get a running server. `attempt` throws an Error saying why the route does not work here. */
export interface Route<T> {
  name: string;
  attempt(): Promise<T>;
}

export interface Taken<T> {
  route: string;
  server: T;
}

/** Thrown by a route when no other may be tried: a given address does not work, or the data folder is in use. */
export class StartRefused extends Error {
  override name = 'StartRefused';
}

/**
 * Tries the routes in order. Gives the first that works; otherwise throws one error that lists every route with its
 * reason and ends with `advice`. `StartRefused` is passed on at once.
 */
export async function takeFirst<T>(
  what: string,
  routes: readonly Route<T>[],
  advice: string,
): Promise<Taken<T>> {
  const failures: string[] = [];
  for (const { name, attempt } of routes) {
    try {
      return { route: name, server: await attempt() };
    } catch (error) {
      if (error instanceof StartRefused) throw error;
      failures.push(`  - ${name}: ${reason(error)}`);
    }
  }
  throw new Error(`${what} could not be started. Tried:\n${failures.join('\n')}\n${advice}`);
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replaceAll('\n', '\n    ');
}
