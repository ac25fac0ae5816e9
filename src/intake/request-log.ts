import { routePath } from 'hono/route';
import { webhookPaths } from '../domain/webhook-paths.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Context, Middleware } from './environment.ts';

/**
 * One line and one measurement for each request. The line holds the route's pattern and the path, never the query:
 * a redirect URI, a login hint or a state may be in it. The path of an unknown route may be anything and is left out.
 */
export function logRequests(log: Logger, metrics: Pick<Metrics, 'observeRequest'>): Middleware {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const ms = performance.now() - startedAt;
    const route = routeOf(c);
    const { method } = c.req;
    const { status } = c.res;
    metrics.observeRequest({ method, route, status, seconds: ms / 1000 });
    const line = { requestId: c.get('requestId'), method, route, status, durationMs: Math.round(ms) };
    const detail = route === unmatched ? line : { ...line, path: c.req.path };
    if (quietRoutes.has(route) && status < 400) log.debug(detail, 'request');
    else log.info(detail, 'request');
  };
}

const unmatched = 'unmatched';

/** Asked every few seconds by machines, or by the providers in any number. */
const quietRoutes = new Set<string>(['/healthz', '/readyz', '/metrics', ...Object.values(webhookPaths)]);

/** The pattern, so that a metric's label can take a few values only. Where nothing matched, middlewares alone remain. */
function routeOf(c: Context): string {
  const pattern = routePath(c, -1);
  return pattern === '/*' || pattern === '/v1/*' ? unmatched : pattern;
}
