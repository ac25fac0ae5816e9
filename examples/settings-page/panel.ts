import { Hono } from 'hono';
import { z } from 'zod';
import type { PageDeps, PageEnv } from './app.ts';
import { Refused } from './calendar-sync.ts';
import { workingHoursOf, type Person } from './people.ts';

const query = z.strictObject({
  people: z.array(z.string()).min(1).max(20),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  durationMinutes: z.int().min(15).max(480),
});

/** When a panel of people can meet: all of them, within everybody's working hours. */
export function panelRoutes({ calendarSync, people }: PageDeps): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  app.post('/availability', async (c) => {
    const { people: ids, from, to, durationMinutes } = query.parse(await c.req.json());
    const members = ids.map((id) => knownPerson(people, id)).map(memberOf);
    const answer = await calendarSync.call('POST', '/v1/availability', {
      groups: [{ members, required: 'all' }],
      from,
      to,
      durationMinutes,
      stepMinutes: 30,
      minimumNoticeMinutes: 60,
      limit: 1000,
      // Whose calendar was read too long ago has it asked about now, within the request.
      live: true,
    });
    return c.json(answer);
  });
  return app;
}

/** The main app decides whom its users may ask about: here, everybody who works here. */
export function knownPerson(people: readonly Person[], id: string): Person {
  const person = people.find(({ userId }) => userId === id);
  if (person === undefined)
    throw new Refused(404, { code: 'unknown_person', title: 'Nobody here has this id' });
  return person;
}

function memberOf(person: Person): object {
  return { userId: person.userId, timeZone: person.timeZone, workingHours: workingHoursOf(person) };
}
