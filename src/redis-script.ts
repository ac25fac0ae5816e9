import { createHash } from 'node:crypto';
import type { Redis } from './redis.ts';

/** A Lua script that is sent whole only where Redis does not know it (yet, or any more). */
export function createScript(redis: Pick<Redis, 'eval' | 'evalsha'>, lua: string) {
  const sha = createHash('sha1').update(lua).digest('hex');

  return async (keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...values);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(lua, keys.length, ...keys, ...values);
    }
  };
}
