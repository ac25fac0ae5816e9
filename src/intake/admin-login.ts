import { createHash, timingSafeEqual } from 'node:crypto';
import { auth } from 'hono/utils/basic-auth';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Context, Middleware } from './environment.ts';
import { Problem } from './problem.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

const failuresAllowed = 10;
const windowSeconds = 300;

/**
 * HTTP Basic (RFC 7617), compared in constant time. After ten wrong logins from one address within five minutes that
 * address has to wait, also with the right one. Counted in this process and not in Redis: the board is looked at when
 * Redis is in trouble, and a guesser gains no more than the number of intake processes.
 */
export function requireLogin({ user, password }: Login): Middleware {
  const expected = sha256(`${user}:${password}`);
  const failures = new RateLimiterMemory({ points: failuresAllowed, duration: windowSeconds });
  return async (c, next) => {
    const presented = auth(c.req.raw);
    if (presented === undefined) throw unauthorized();
    const address = addressOf(c);
    const before = await failures.get(address);
    if (before !== null && before.consumedPoints >= failuresAllowed) throw tooMany(before.msBeforeNext);
    if (!timingSafeEqual(expected, sha256(`${presented.username}:${presented.password}`))) {
      await failures.penalty(address);
      throw unauthorized();
    }
    await next();
  };
}

function unauthorized(): Problem {
  return new Problem('admin_unauthorized', {
    headers: { 'WWW-Authenticate': 'Basic realm="Calendar Sync operators", charset="UTF-8"' },
  });
}

function tooMany(waitMs: number): Problem {
  return new Problem('rate_limited', {
    detail: 'Too many wrong logins from this address.',
    headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) },
  });
}

/** Behind a reverse proxy this is the proxy's: then all operators share one count. */
function addressOf(c: Context): string {
  return c.env?.incoming?.socket.remoteAddress ?? 'no address';
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
