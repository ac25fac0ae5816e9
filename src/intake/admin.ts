import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { HonoAdapter } from '@bull-board/hono';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Producer } from '../queue/producer.ts';
import { requireLogin, type Login } from './admin-login.ts';
import type { IntakeEnv, Middleware } from './environment.ts';
import { Problem } from './problem.ts';

export interface AdminDeps {
  readonly queues: Producer['queues'];
  /** Undefined: the board is off. */
  readonly admin: Login | undefined;
}

export const boardPath = '/admin/queues';

/** Bull Board, behind a login of its own: whoever holds an API key is no operator. */
export function adminRoutes({ queues, admin }: AdminDeps): Hono<IntakeEnv> {
  const app = new Hono<IntakeEnv>();
  if (admin === undefined) {
    const off: Middleware = () => {
      throw new Problem('admin_off');
    };
    return app.all(boardPath, off).all(`${boardPath}/*`, off);
  }
  for (const path of [boardPath, `${boardPath}/*`])
    app.use(path, requireLogin(admin), sameOrigin, boardHeaders);
  app.get(`${boardPath}/`, (c) => c.redirect(boardPath, 308));
  app.route(boardPath, board(queues));
  return app;
}

function board(queues: AdminDeps['queues']): Hono {
  const adapter = new HonoAdapter(serveStatic).setBasePath(boardPath);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Calendar Sync' } },
  });
  adapter.setErrorHandler(passOn);
  const plugin = adapter.registerPlugin();
  plugin.onError(passOn);
  return plugin;
}

/** Its own handlers print the error and answer with its message; ours logs it and answers a problem. */
function passOn(error: Error): never {
  throw error;
}

/**
 * A browser sends the login along with whatever another site makes it send, so a change has to come from the board's
 * own pages: by Sec-Fetch-Site where the browser sends it (secure origins and localhost), else by Origin.
 */
const sameOrigin: Middleware = async (c, next) => {
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
    const site = c.req.header('Sec-Fetch-Site');
    const same =
      site === undefined ? hostOf(c.req.header('Origin')) === c.req.header('Host') : site === 'same-origin';
    if (!same) throw new Problem('cross_site');
  }
  await next();
};

function hostOf(origin: string | undefined): string | null {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null;
}

/** The board's page asks for a web font; the policy keeps the browser from fetching it or anything else from outside. */
const boardHeaders: Middleware = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
});
