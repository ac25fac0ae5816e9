import type { CalendarEvent } from './event.ts';

/**
 * How much is kept of what has no limit of its own, in UTF-16 units and in people. A document of MongoDB ends at 16 MB,
 * and an entry beyond that would sink its page, and with it the calendar, for ever. Google's descriptions end at 8,192
 * and Outlook's titles at 255; texts of its entries, though, may hold whole conversations with all that was quoted.
 */
export const eventLimits = { title: 4096, location: 4096, description: 65_536, attendees: 2000 } as const;

/** The entry as it is kept: texts that are cut end in `…`, and the one whose copy it is stays among the attendees. */
export function fitted(event: CalendarEvent): CalendarEvent {
  return {
    ...event,
    title: cut(event.title, eventLimits.title),
    description: cut(event.description, eventLimits.description),
    location: cut(event.location, eventLimits.location),
    attendees: fewer(event.attendees, eventLimits.attendees),
  };
}

function cut(text: string | undefined, limit: number): string | undefined {
  if (text === undefined || text.length <= limit) return text;
  // Half a character would come back from the database as another one, and look like a change each time.
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function fewer(attendees: CalendarEvent['attendees'], limit: number): CalendarEvent['attendees'] {
  if (attendees.length <= limit) return attendees;
  const kept = attendees.slice(0, limit);
  const own = attendees.slice(limit).find(({ self }) => self);
  return own === undefined ? kept : [...kept.slice(0, -1), own];
}
