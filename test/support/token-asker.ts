/**
 * A process with workers that need an access token, for test/journey/refresh.test.ts: the step as it is, over the real
 * store and the real adapter. Whoever holds the turn waits for the test's word before it asks the vendor, so that all
 * others are sure to have come by then.
 */
import { createHash } from 'node:crypto';
import { compose, type Live } from '../../src/compose.ts';
import { configFromEnvironment } from '../../src/config.ts';
import { ProviderError } from '../../src/domain/failure.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { accessToken } from '../../src/access/access-token.ts';

export interface AskerRound {
  readonly ask: number;
  readonly connectionId: string;
  readonly refreshTurnMs: number;
}

export type AskerOrder = AskerRound | { readonly go: true } | { readonly end: true };

export type AskerReport =
  | { readonly type: 'ready' }
  /** One of the workers holds the turn, or waits for somebody who does. Each says so once. */
  | { readonly type: 'holds' | 'waits' }
  | { readonly type: 'answers'; readonly answers: readonly AskerAnswer[] };

/** A hash of the token, since tokens have no business between processes; or the kind of the error. */
export type AskerAnswer =
  | { readonly version: number; readonly tokenHash: string; readonly opens: boolean }
  | { readonly error: string };

let go = Promise.withResolvers<void>();
const report = (message: AskerReport): void => void process.send?.(message);

async function main(): Promise<void> {
  const live = await compose({ ...configFromEnvironment(), logLevel: 'silent' }, 'token-asker');
  process.on('message', (order: AskerOrder) => {
    if ('go' in order) go.resolve();
    else if ('end' in order) void end(live);
    else void askAll(live, order);
  });
  report({ type: 'ready' });
}

async function end(live: Live): Promise<void> {
  await live.close();
  process.disconnect();
}

async function askAll(live: Live, round: AskerRound): Promise<void> {
  go = Promise.withResolvers<void>();
  const answers = await Promise.all(Array.from({ length: round.ask }, () => ask(live, round)));
  report({ type: 'answers', answers });
}

async function ask(live: Live, { connectionId, refreshTurnMs }: AskerRound): Promise<AskerAnswer> {
  const { signal } = new AbortController();
  const { facts, reads } = live.store;
  const connection = await reads.connection(connectionId);
  const provider = connection && live.provider(connection.provider);
  if (provider === undefined) return { error: 'no such connection' };
  let told = false;
  const tell = (type: 'holds' | 'waits'): void => {
    if (!told) report({ type });
    told = true;
  };
  const watched = {
    ...facts,
    takeRefreshTurn: async (...turn: Parameters<typeof facts.takeRefreshTurn>) => {
      const taken = await facts.takeRefreshTurn(...turn);
      tell(taken ? 'holds' : 'waits');
      return taken;
    },
  };
  const gated: Provider = {
    ...provider,
    refresh: async (...request) => {
      await go.promise;
      return provider.refresh(...request);
    },
  };
  const dependencies = { ...live, facts: watched, refreshTurnMs };
  try {
    const access = await accessToken(dependencies, gated, connectionId, { urgency: 'background', signal });
    if (access === undefined) return { error: 'gone' };
    const calendars = await provider.listCalendars(access);
    const tokenHash = createHash('sha256').update(access.accessToken).digest('hex');
    return { version: access.version, tokenHash, opens: calendars.length > 0 };
  } catch (error) {
    return { error: error instanceof ProviderError ? error.kind : String(error) };
  }
}

await main();
