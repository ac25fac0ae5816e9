import type { Middleware } from './environment.ts';
import { Problem } from './problem.ts';

const maxUrlLength = 8192;

/** Refuses addresses that are too long, or that a lenient decoder would read as something else than was meant. */
export const checkUrl: Middleware = async (c, next) => {
  const { url } = c.req;
  if (url.length > maxUrlLength) throw new Problem('uri_too_long');
  try {
    decodeURIComponent(url);
  } catch (cause) {
    throw new Problem('malformed_url', { cause });
  }
  await next();
};
