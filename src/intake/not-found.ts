import type { Hono } from 'hono';
import type { Context, IntakeEnv } from './environment.ts';
import { Problem, answerProblem } from './problem.ts';

/** 404, or 405 with the methods that the path does have (RFC 9110 15.5.6). */
export function refuseUnrouted(app: Hono<IntakeEnv>): (c: Context) => Response {
  return (c) => {
    const methods = methodsOf(app, c.req.path);
    if (methods.length === 0) {
      return answerProblem(c, new Problem('not_found'));
    }
    const allow = methods.join(', ');
    return answerProblem(
      c,
      new Problem('method_not_allowed', {
        detail: `This path takes ${allow}.`,
        headers: { Allow: allow },
      }),
    );
  };
}

/** Of the routes, not the middlewares: those are registered for every method. */
function methodsOf(app: Hono<IntakeEnv>, path: string): string[] {
  const methods = app.routes
    .filter((route) => route.method !== 'ALL' && patternOf(route.path).test(path))
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...new Set(methods)].toSorted();
}

function patternOf(path: string): RegExp {
  const segments = path.split('/').map((segment) => {
    if (segment === '*') return '.*';
    return segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
