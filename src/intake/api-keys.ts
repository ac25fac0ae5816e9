import { createHash, timingSafeEqual } from 'node:crypto';
import type { Middleware } from './environment.ts';
import { Problem } from './problem.ts';

/**
 * Lets in whoever holds one of the keys (RFC 6750 2.1). Hashes have one length, and all of them are compared, so the
 * time it takes says nothing about a key.
 */
export function requireApiKey(keys: readonly string[]): Middleware {
  const hashes = keys.map(sha256);
  return async (c, next) => {
    const presented = sha256(bearerOf(c.req.header('Authorization')) ?? '');
    const matches = hashes.filter((hash) => timingSafeEqual(hash, presented));
    if (matches.length === 0) {
      throw new Problem('unauthorized', {
        headers: { 'WWW-Authenticate': 'Bearer realm="calendar-sync"' },
      });
    }
    c.set('apiKeyId', presented.toString('hex', 0, 8));
    await next();
  };
}

function bearerOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer +(\S+)$/i.exec(header)?.[1];
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
