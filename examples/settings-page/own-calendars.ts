import { Hono } from 'hono';
import { z } from 'zod';
import type { PageDeps, PageEnv } from './app.ts';
import type { CalendarSync, Fields } from './calendar-sync.ts';
import { owner } from './connecting.ts';

const selection = z.strictObject({ selected: z.boolean() });
const recordId = ':id{[0-9a-f]{24}}';

/** The signed-in user's connections and calendars. */
export function ownCalendarRoutes({ calendarSync, people }: PageDeps): Hono<PageEnv> {
  const app = new Hono<PageEnv>();

  app.get('/me', (c) => {
    const { userId } = c.get('session');
    return c.json({ user: people.find((person) => person.userId === userId), people });
  });

  app.get('/connections', async (c) => {
    const { userId } = c.get('session');
    const { connections } = await calendarSync.call(
      'GET',
      `/v1/users/${encodeURIComponent(userId)}/connections`,
    );
    const whole = (connections as Fields[]).map((one) => withCalendars(calendarSync, userId, one));
    return c.json({ connections: (await Promise.all(whole)).filter((one) => one !== undefined) });
  });

  app.post(`/connections/${recordId}/sync`, async (c) => {
    const { userId } = c.get('session');
    const path = `/v1/connections/${c.req.param('id')}/sync?${owner(userId)}`;
    return c.json(await calendarSync.call('POST', path, {}), 202);
  });

  app.delete(`/connections/${recordId}`, async (c) => {
    const { userId } = c.get('session');
    const path = `/v1/connections/${c.req.param('id')}?${owner(userId)}`;
    return c.json(await calendarSync.call('DELETE', path), 202);
  });

  app.patch(`/calendars/${recordId}`, async (c) => {
    const { userId } = c.get('session');
    const path = `/v1/calendars/${c.req.param('id')}?${owner(userId)}`;
    return c.json(await calendarSync.call('PATCH', path, selection.parse(await c.req.json())));
  });
  return app;
}

/** With its calendars, and with the diagnosis, which says in words what is wrong and what mends it. */
async function withCalendars(
  calendarSync: CalendarSync,
  userId: string,
  connection: Fields,
): Promise<Fields | undefined> {
  const path = `/v1/connections/${String(connection['id'])}`;
  try {
    const [{ calendars }, { verdict, summary, findings }] = await Promise.all([
      calendarSync.call('GET', `${path}/calendars?${owner(userId)}`),
      calendarSync.call('GET', `${path}/diagnosis?${owner(userId)}`),
    ]);
    return { ...connection, calendars, diagnosis: { verdict, summary, findings } };
  } catch (error) {
    // It was removed between the two looks.
    if (error instanceof Error && 'status' in error && error.status === 404) return undefined;
    throw error;
  }
}
