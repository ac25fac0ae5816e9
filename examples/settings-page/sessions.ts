import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

/** An authorization that this session has started, by the `state` that comes back with the browser. */
export interface Started {
  readonly provider: string;
  readonly attemptId: string;
}

/** What went wrong before there was an attempt to ask about, or after it could no longer be believed. */
export interface Refusal {
  readonly provider?: string;
  readonly failure: { readonly code: string; readonly message: string; readonly hint: string };
}

export interface Session {
  readonly userId: string;
  readonly started: Map<string, Started>;
  /** The last round trip to a provider, for the page to tell of; none once the user has seen it. */
  latest: Started | Refusal | undefined;
}

export interface Sessions {
  of(c: Context): Session | undefined;
  /** Under a new id, whatever the browser brought: an id that somebody else has planted is worth nothing. */
  start(c: Context, userId: string): void;
  end(c: Context): void;
}

const rememberedStates = 10;

/** In memory, since this is an example: a main app has its own. The cookie holds an id that cannot be guessed. */
export function createSessions({ secure }: { secure: boolean }): Sessions {
  const sessions = new Map<string, Session>();
  // With "Strict" the browser would come back from the provider as if nobody were signed in.
  const options = { httpOnly: true, sameSite: 'Lax', path: '/', secure } as const;
  const name = secure ? '__Host-session' : 'settings_session';
  const forget = (c: Context): void => void sessions.delete(getCookie(c, name) ?? '');
  return {
    of: (c) => sessions.get(getCookie(c, name) ?? ''),
    start(c, userId) {
      forget(c);
      const id = randomBytes(32).toString('base64url');
      sessions.set(id, { userId, started: new Map(), latest: undefined });
      setCookie(c, name, id, options);
    },
    end(c) {
      forget(c);
      deleteCookie(c, name, options);
    },
  };
}

export function remember({ started }: Session, state: string, attempt: Started): void {
  started.set(state, attempt);
  for (const old of [...started.keys()].slice(0, -rememberedStates)) started.delete(old);
}
