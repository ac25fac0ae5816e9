import { Hono } from 'hono';
import { z } from 'zod';
import type { PageDeps, PageEnv } from './app.ts';
import { Refused, type CalendarSync } from './calendar-sync.ts';
import { remember, type Refusal, type Session } from './sessions.ts';

const connectBody = z.strictObject({ connectionId: z.string().max(64).optional() });

/** The way to a provider's consent page, and how it went. */
export function connectingRoutes({ calendarSync, settingsUrl }: PageDeps): Hono<PageEnv> {
  const app = new Hono<PageEnv>();

  app.post('/connect/:provider{google|microsoft}', async (c) => {
    const session = c.get('session');
    const provider = c.req.param('provider');
    const { connectionId } = connectBody.parse(await c.req.json());
    const started = await calendarSync.call('POST', `/v1/connect/${provider}`, {
      userId: session.userId,
      redirectUri: settingsUrl,
      ...(connectionId !== undefined && { connectionId }),
    });
    const attempt = { provider, attemptId: String(started['attemptId']) };
    remember(session, String(started['state']), attempt);
    session.latest = attempt;
    return c.json({ authorizationUrl: started['authorizationUrl'] });
  });

  app.get('/attempt', async (c) => {
    const { userId, latest } = c.get('session');
    if (latest === undefined) return c.json({ status: 'none' });
    if ('failure' in latest) return c.json({ status: 'failed', ...latest });
    return c.json(await calendarSync.call('GET', `/v1/attempts/${latest.attemptId}?${owner(userId)}`));
  });

  app.delete('/attempt', (c) => {
    c.get('session').latest = undefined;
    return c.body(null, 204);
  });
  return app;
}

/** Makes Calendar Sync answer for this user's records only, whatever id the browser names. */
export const owner = (userId: string): string => `userId=${encodeURIComponent(userId)}`;

/**
 * What the browser brought back from a provider. Only an answer to what this very session has started is handed over:
 * somebody who is sent here with a stranger's code must not end up with the stranger's calendar (RFC 6749 10.12).
 */
export async function takeAnswer(
  calendarSync: CalendarSync,
  session: Session,
  answer: Readonly<Record<string, string>>,
): Promise<void> {
  const { state = '', code, error, error_description } = answer;
  const started = session.started.get(state);
  if (started === undefined) {
    session.latest = foreign;
    return;
  }
  session.latest = started;
  try {
    await calendarSync.call('POST', `/v1/callback/${started.provider}`, {
      userId: session.userId,
      state,
      ...(code === undefined ? { error: error ?? 'no_code', error_description } : { code }),
    });
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    // It was handed over before: how that went is what there is to tell.
    if (problem.problem.code !== 'state_used') session.latest = refusal(started.provider, problem);
  }
}

const foreign: Refusal = {
  failure: {
    code: 'state_foreign',
    message: 'An answer came back that this session has not asked for, so it was not used.',
    hint: 'Nothing was connected. If you were connecting a calendar yourself, start again here, in one browser.',
  },
};

function refusal(provider: string, { problem }: Refused): Refusal {
  const { code, title, detail, hint } = problem;
  return { provider, failure: { code, message: detail ?? title, hint: hint ?? 'Start again.' } };
}
