import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { z } from 'zod';
import { assetRoutes, pageFile } from './assets.ts';
import { bookingRoutes } from './bookings.ts';
import { Refused, type CalendarSync } from './calendar-sync.ts';
import { connectingRoutes, takeAnswer } from './connecting.ts';
import { liveRoutes, type Live } from './live.ts';
import { ownCalendarRoutes } from './own-calendars.ts';
import { panelRoutes } from './panel.ts';
import type { Person } from './people.ts';
import { createSessions, type Session } from './sessions.ts';
import { signInRoutes } from './sign-in.ts';

export interface PageEnv {
  Variables: { session: Session };
}

export interface PageDeps {
  readonly calendarSync: CalendarSync;
  readonly people: readonly Person[];
  /** The address of the page as browsers see it: the OAuth redirect URI. */
  readonly settingsUrl: string;
  readonly live: Live;
}

/**
 * The main app's part: it knows who is signed in, holds the API key, keeps each authorization's `state` with the session
 * that started it, and passes on what the page asks for, always for the user of the session and for nobody whom the
 * browser names.
 */
export function createApp(deps: PageDeps): Hono<PageEnv> {
  const { origin, protocol, pathname } = new URL(deps.settingsUrl);
  const sessions = createSessions({ secure: protocol === 'https:' });
  const app = new Hono<PageEnv>();
  app.onError(answerError);
  app.use(headers);
  app.use(refuseOtherSites(origin));
  app.use(bodyLimit({ maxSize: 16 * 1024 }));

  app.get('/', (c) => c.redirect(pathname));
  app.route('/', assetRoutes());
  app.route('/', signInRoutes({ sessions, people: deps.people, settingsPath: pathname }));
  app.get(pathname, async (c) => {
    const session = sessions.of(c);
    const answer = c.req.query();
    if (answer['state'] !== undefined || answer['error'] !== undefined) {
      if (session !== undefined) await takeAnswer(deps.calendarSync, session, answer);
      // Away from an address that holds a code, which would stay in the history and could be sent again.
      return c.redirect(pathname, 303);
    }
    return session === undefined ? c.redirect('/sign-in') : c.html(await pageFile('index.html'));
  });

  app.use('/api/*', async (c, next) => {
    const session = sessions.of(c);
    if (session === undefined)
      return c.json({ code: 'signed_out', title: 'You are signed out', hint: 'Sign in again.' }, 401);
    c.set('session', session);
    c.header('Cache-Control', 'no-store');
    return next();
  });
  app.route('/api', connectingRoutes(deps));
  app.route('/api', ownCalendarRoutes(deps));
  app.route('/api', panelRoutes(deps));
  app.route('/api', bookingRoutes(deps));
  app.route('/api', liveRoutes(deps.live));
  return app;
}

/** Scripts and styles come from files of this server alone, so what is injected into the page does not run. */
const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  // Nothing leaves with the address of a page that may hold a code; the page's own forms still say where they come from.
  referrerPolicy: 'same-origin',
});

const safe = new Set(['GET', 'HEAD']);

/** Browsers name the site that a change comes from. Beside the cookie's SameSite, since that counts sibling domains in. */
function refuseOtherSites(origin: string): MiddlewareHandler {
  return async (c, next) => {
    if (safe.has(c.req.method) || c.req.header('origin') === origin) return next();
    return c.json({ code: 'cross_site', title: 'This was asked for by another site' }, 403);
  };
}

/** What Calendar Sync refuses is passed on in its own words: they are written for people, and hold no secrets. */
function answerError(error: Error, c: Context): Response {
  if (error instanceof z.ZodError || error instanceof SyntaxError) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : error.message;
    return c.json(
      { code: 'invalid_request', title: 'The page sent something that is not valid', detail },
      400,
    );
  }
  if (!(error instanceof Refused)) {
    console.error(error);
    return c.json({ code: 'internal', title: 'Something went wrong on this page’s server' }, 500);
  }
  // Its 401 is about our key, not about the user's session.
  const status = error.status === 401 ? 502 : error.status;
  return new Response(JSON.stringify(error.problem), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  });
}
