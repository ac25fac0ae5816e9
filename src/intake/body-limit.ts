import { bodyLimit } from 'hono/body-limit';
import type { Middleware } from './environment.ts';
import { Problem } from './problem.ts';

/** Refuses a body of more than so many bytes, before it was read whole. */
export function limitBody(maxSize: number): Middleware {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new Problem('payload_too_large');
    },
  });
}
