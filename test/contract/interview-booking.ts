import { peoplesChanges } from '../../src/domain/interview-changes.ts';
import type { EventDraft, EventSnapshot, InterviewAttendee } from '../../src/domain/interview.ts';
import type { EventPatch } from '../../src/domain/interview-changes.ts';
import type {
  EventReading,
  Finding,
  InterviewEvents,
  NewEventPlace,
  Telling,
} from '../../src/providers/interview-events.ts';
import type { Access } from '../../src/providers/provider.ts';
import type { FaultAction } from '../simulators/simulator.ts';
import { connected, march, type ProviderWorld } from './provider-harness.ts';
import { queryOf } from './provider-listing-suite.ts';

/** Of what was done nevertheless. */
export const answersThatGetLost: readonly (readonly [string, FaultAction])[] = [
  ['a cut connection', { type: 'cut-after' }],
  ['half an answer', { type: 'truncate' }],
];

const loud: Telling = { notify: true };

/** Somebody who is connected, and one interview in their calendar; what is called is the adapter's own. */
export async function bookingOf(world: ProviderWorld, changes: Partial<EventDraft> = {}) {
  const access = await connected(world);
  const { providerCalendarId } = await queryOf(world, access);
  const people = world.people();
  const draft = { ...draftFor([people.colleague, people.stranger]), ...changes };
  const place: NewEventPlace = { providerCalendarId, key: '0123456789abcdef'.repeat(3).slice(0, 40) };
  return {
    access,
    people,
    draft,
    place,
    ...callsOn(world.provider.interviews, { access, place, draft }),
    /** The user's events in March, as a sync reads them. */
    listed: async () => {
      const query = { providerCalendarId, window: march, cursor: null };
      const pages = await Array.fromAsync(world.provider.listEvents(access, query));
      const changed = pages.flatMap((page) => page.changes);
      return changed.flatMap((change) => (change.type === 'upsert' ? change.event : []));
    },
    /** What everybody who was asked has been mailed. */
    mailed: () => [people.colleague, people.stranger].map((one) => people.mails(one)),
  };
}

export type Booking = Awaited<ReturnType<typeof bookingOf>>;

interface Given {
  readonly access: Access;
  readonly place: NewEventPlace;
  readonly draft: EventDraft;
}

function callsOn(interviews: InterviewEvents, { access, place, draft }: Given) {
  const at = ({ providerEventId }: Pick<EventReading, 'providerEventId'>) => ({ ...place, providerEventId });
  return {
    at,
    /** The same as often as it is called. */
    create: (telling = loud, mark = '1') => interviews.createEvent(access, place, { draft, mark }, telling),
    /** Created for certain. */
    book: async (telling = loud): Promise<EventReading> => {
      const creation = await interviews.createEvent(access, place, { draft, mark: '1' }, telling);
      if (creation.type !== 'created') throw new Error(`the event is ${creation.type}`);
      return creation.reading;
    },
    find: () => interviews.findEvent(access, place),
    read: (reading: EventReading) => interviews.readEvent(access, at(reading)),
    readLiving: async (reading: EventReading): Promise<EventReading> =>
      living(await interviews.readEvent(access, at(reading))),
    update: (reading: EventReading, patch: EventPatch, telling = loud, mark = '2') =>
      interviews.updateEvent(access, at(reading), { reading, patch, mark }, telling),
    cancel: (reading: EventReading, telling = loud) => interviews.cancelEvent(access, at(reading), telling),
    /** Only as it was read. */
    cancelAsRead: (reading: EventReading) => interviews.cancelEvent(access, at(reading), loud, reading),
  };
}

export function living(finding: Finding): EventReading {
  if (finding.type !== 'event') throw new Error(`the event is ${finding.type}`);
  return finding.reading;
}

export const attendee = (email: string): InterviewAttendee => ({ email, optional: false, resource: false });

function draftFor(emails: readonly string[]): EventDraft {
  return {
    start: new Date('2026-03-10T09:00:00Z'),
    end: new Date('2026-03-10T10:00:00Z'),
    timeZone: 'Europe/Berlin',
    title: 'Interview with Kim',
    description: 'Please bring your portfolio.\nThe door is open.',
    location: 'Room 4, second floor',
    attendees: emails.map(attendee),
    conference: 'none',
    visibility: 'default',
    tentative: false,
  };
}

/** In what a reading says something else than the draft, by the rule that tells people's changes from our own writes. */
export function differences(draft: EventDraft, snapshot: EventSnapshot) {
  const { start, end, title, description, location, visibility } = draft;
  const asked: EventSnapshot = {
    start,
    end,
    allDay: false,
    title,
    description,
    location,
    visibility,
    attendees: draft.attendees.map((one) => ({ ...one, response: 'needs_action' })),
    conference: { state: 'none' },
  };
  return peoplesChanges(asked, snapshot);
}

export const nothingDiffers = { fields: [], answers: [] };
