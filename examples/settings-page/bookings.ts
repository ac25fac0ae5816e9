import { Hono } from 'hono';
import { z } from 'zod';
import type { PageDeps, PageEnv } from './app.ts';
import { Refused, type Fields } from './calendar-sync.ts';
import { knownPerson } from './panel.ts';
import type { Person } from './people.ts';

const booking = z.strictObject({
  title: z.string().trim().min(1).max(255),
  candidate: z.strictObject({ name: z.string().trim().max(255), email: z.email() }),
  organizer: z.string(),
  panel: z.array(z.string()).min(1).max(20),
  start: z.iso.datetime(),
  end: z.iso.datetime(),
  timeZone: z.string(),
  meetingLink: z.boolean(),
});

/** The id is the page's, drawn when its form is opened: a form that is sent twice books once. */
const interviewId = ':id{[A-Za-z0-9-]{8,64}}';

/** Booking interviews. Which ones there are is kept in memory here; a main app has its database for that. */
export function bookingRoutes({ calendarSync, people }: PageDeps): Hono<PageEnv> {
  const booked = new Map<string, { readonly panel: readonly string[] }>();
  const app = new Hono<PageEnv>();
  const known = (id: string): string => {
    if (booked.has(id)) return `/v1/interviews/${id}`;
    throw new Refused(404, {
      code: 'unknown_interview',
      title: 'This page has not booked such an interview',
    });
  };
  const show = async (id: string): Promise<Fields> => ({
    ...(await calendarSync.call('GET', known(id))),
    panel: booked.get(id)?.panel,
  });

  app.get('/interviews', async (c) => {
    const ids = [...booked.keys()].toReversed();
    return c.json({ interviews: await Promise.all(ids.map(show)) });
  });
  app.get(`/interviews/${interviewId}`, async (c) => c.json(await show(c.req.param('id'))));
  app.put(`/interviews/${interviewId}`, async (c) => {
    const id = c.req.param('id');
    const wish = booking.parse(await c.req.json());
    const answer = await calendarSync.call('PUT', `/v1/interviews/${id}`, requestOf(wish, people));
    booked.set(id, { panel: wish.panel });
    return c.json({ ...answer, panel: wish.panel });
  });
  app.delete(`/interviews/${interviewId}`, async (c) => {
    const answer = await calendarSync.call('DELETE', known(c.req.param('id')), {});
    return c.json(answer, 202);
  });
  return app;
}

function requestOf(wish: z.output<typeof booking>, people: readonly Person[]): object {
  const panel = wish.panel.map((id) => knownPerson(people, id));
  const organizer = knownPerson(people, wish.organizer);
  const interviewers = panel.filter(({ userId }) => userId !== organizer.userId);
  return {
    organizer: { userId: organizer.userId },
    title: wish.title,
    start: wish.start,
    end: wish.end,
    timeZone: wish.timeZone,
    attendees: [wish.candidate, ...interviewers].map(({ name, email }) => ({ email, ...(name && { name }) })),
    conference: wish.meetingLink ? 'provider_default' : 'none',
    sendInvitations: true,
    // A slot may be taken between looking and booking: the calendars themselves have the last word.
    checkConflicts: true,
  };
}
