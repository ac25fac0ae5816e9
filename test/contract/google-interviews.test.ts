import { describe, expect, test } from 'vitest';

import type { EventDraft } from '../../src/domain/interview.ts';
import type { RecordedRequest } from '../simulators/simulator.ts';
import type { GoogleSimulatorOptions } from '../simulators/google/index.ts';
import type { GoogleEvent } from '../simulators/google/wire.ts';
import { email, inGoogleWorld, type GoogleWorld } from './google-world.ts';
import { attendee, bookingOf, living, type Booking } from './interview-booking.ts';
import { march } from './provider-harness.ts';
import { readerOf } from './provider-listing-suite.ts';

// What Google alone does with interviews, its traps above all; the promises that all vendors keep are in the suite.

const booking = (
  run: (booking: Booking, world: GoogleWorld) => Promise<void>,
  { changes, ...options }: GoogleSimulatorOptions & { changes?: Partial<EventDraft> } = {},
) => inGoogleWorld(options, async (world) => run(await bookingOf(world, changes), world));

const written = ({ simulator }: GoogleWorld, method: string): RecordedRequest[] =>
  simulator.requests.filter((request) => request.method === method && request.path.includes('/events'));
const bodyOf = (request: RecordedRequest | undefined) => JSON.parse(request?.body ?? '{}') as GoogleEvent;
const held = ({ simulator }: GoogleWorld): GoogleEvent[] =>
  simulator.truth(email, 'primary', march.start, march.end);
const lose = ({ simulator }: GoogleWorld, method: string) =>
  simulator.fault({ match: { method, path: '/events' }, action: { type: 'cut-after' } });

const invitedAndUninvited = [
  ['invitation', 'cancellation'],
  ['invitation', 'cancellation'],
];

describe('what is asked of Google for an interview', () => {
  test('an insertion brings its id, its mark, who is mailed, and a popup for each reminder', () =>
    booking(
      async ({ book, place }, world) => {
        await book();
        const [request] = written(world, 'POST');
        expect(request?.query).toMatchObject({ sendUpdates: 'all', conferenceDataVersion: '1' });
        expect(bodyOf(request)).toEqual({
          id: place.key,
          extendedProperties: { private: { calendarSyncKey: place.key, calendarSyncWrite: '1' } },
          summary: 'Interview with Kim',
          description: 'Please bring your portfolio.\nThe door is open.',
          location: 'Room 4, second floor',
          start: { dateTime: '2026-03-10T09:00:00.000Z', timeZone: 'Europe/Berlin' },
          end: { dateTime: '2026-03-10T10:00:00.000Z', timeZone: 'Europe/Berlin' },
          attendees: [{ email: 'bob@example.com' }, { email: 'eve@else.example' }],
          reminders: {
            useDefault: false,
            overrides: [
              { method: 'popup', minutes: 10 },
              { method: 'popup', minutes: 60 },
            ],
          },
          visibility: 'default',
          status: 'confirmed',
        });
        expect(held(world)[0]?.['reminders']).toEqual(bodyOf(request)['reminders']);
      },
      { changes: { reminders: [10, 60] } },
    ));

  test('a patch holds what is named, its mark and the version that it was made for, and nothing else', () =>
    booking(async ({ book, update }, world) => {
      const reading = await book({ notify: false });
      await update(reading, { title: 'Second interview', reminders: [] }, { notify: false });
      const [request] = written(world, 'PATCH');
      expect(bodyOf(request)).toEqual({
        summary: 'Second interview',
        reminders: { useDefault: true, overrides: [] },
        extendedProperties: { private: { calendarSyncWrite: '2' } },
      });
      expect(request?.headers['if-match']).toBe(reading.snapshot.etag);
      expect(request?.query).toMatchObject({ sendUpdates: 'none', conferenceDataVersion: '1' });
    }));

  test('of anything else that people have put into the event it says nothing', () =>
    booking(async ({ book, readLiving, update }, world) => {
      const reading = await book();
      const theirs = { colorId: '11', transparency: 'transparent', guestsCanModify: true } as const;
      world.simulator.editEvent(email, 'primary', reading.providerEventId, theirs);
      await update(await readLiving(reading), {
        title: 'Second interview',
        tentative: true,
        visibility: 'public',
      });
      expect(held(world)).toMatchObject([{ ...theirs, status: 'tentative', visibility: 'public' }]);
    }));
});

describe('the attendees of an interview at Google', () => {
  test('google trap 20: a list with one more keeps everybody, with comments and guests of their own', () =>
    booking(async ({ book, readLiving, update, people }, world) => {
      const { providerEventId, ...reading } = await book();
      const answer = { responseStatus: 'accepted', comment: 'with pleasure' } as const;
      world.simulator.respond(people.colleague, providerEventId, answer);
      const now = await readLiving({ providerEventId, ...reading });
      const attendees = [...now.snapshot.attendees, { ...attendee('joe@else.example'), name: 'Joe' }];
      await update(now, { attendees });
      expect(held(world)[0]?.attendees).toEqual([
        expect.objectContaining({ email: people.colleague, ...answer }),
        expect.objectContaining({ email: people.stranger, responseStatus: 'needsAction' }),
        expect.objectContaining({ email: 'joe@else.example', displayName: 'Joe' }),
      ]);
      expect(people.mails(people.stranger)).toEqual(['invitation']);
    }));

  test('are listed without the organizer, whose own entry stays where the others change', () =>
    booking(async ({ book, readLiving, update, people }, world) => {
      const { providerEventId, ...reading } = await book();
      const organizer = { email, responseStatus: 'accepted' } as const;
      const attendees = [organizer, { email: people.colleague }];
      world.simulator.editEvent(email, 'primary', providerEventId, { attendees });
      const now = await readLiving({ providerEventId, ...reading });
      expect(now.snapshot.attendees.map((one) => one.email)).toEqual([people.colleague]);
      await update(now, { attendees: [attendee(email.toUpperCase()), attendee(people.stranger)] });
      expect(held(world)[0]?.attendees).toMatchObject([
        { ...organizer, organizer: true },
        { email: people.stranger },
      ]);
    }));

  test('are not touched where Google has left some of them out of its answer', () =>
    booking(async ({ book, update }, world) => {
      const reading = await book();
      const native = { ...(reading.native as object), attendeesOmitted: true };
      const change = update({ ...reading, native }, { attendees: [] });
      await expect(change).rejects.toMatchObject({ kind: 'refused' });
      expect(written(world, 'PATCH')).toEqual([]);
    }));

  test('google trap 29: an all-day event becomes timed again, because its day is taken away', () =>
    booking(async ({ book, readLiving, update, people, draft }, world) => {
      const reading = await book();
      people.change(reading.providerEventId, { start: '2026-03-10', end: '2026-03-11', allDay: true });
      await update(await readLiving(reading), { time: draft });
      expect(bodyOf(written(world, 'PATCH')[0])).toMatchObject({
        start: { date: null },
        end: { date: null },
      });
      expect(held(world)).toMatchObject([{ start: { dateTime: '2026-03-10T10:00:00+01:00' } }]);
    }));
});

describe('the id of an interview at Google', () => {
  test('google trap 28: is the key itself, hexadecimal, known before anything is created', () =>
    booking(async ({ book, place }, world) => {
      const { interviews } = world.provider;
      expect(interviews.eventIdOf(place.key)).toBe(place.key);
      expect((await book()).providerEventId).toBe(place.key);
    }));

  test('google trap 19: makes one event of an insertion that is repeated because its answer got lost', () =>
    booking(async ({ create, mailed }, world) => {
      lose(world, 'POST');
      await expect(create()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await create()).toMatchObject({ type: 'found' });
      expect(held(world)).toHaveLength(1);
      expect(mailed()).toEqual([['invitation'], ['invitation']]);
    }));

  test('stays taken when the event is taken out: nothing comes back, and nobody is mailed', () =>
    booking(async ({ create, book, find, people, mailed }, world) => {
      const { providerEventId } = await book();
      people.remove(providerEventId);
      expect(await create()).toEqual({ type: 'gone' });
      expect(await find()).toEqual({ type: 'gone' });
      expect(held(world)).toEqual([]);
      expect(mailed()).toEqual(invitedAndUninvited);
    }));

  test('google trap 25: a clash that Google has not noticed leaves the first event and not its twin', () =>
    booking(async ({ create, find, book, place }, world) => {
      const first = await book();
      world.simulator.behaviour.missedCollisions = 1;
      expect(await create()).toMatchObject({ type: 'found', reading: { providerEventId: place.key } });
      expect(held(world)).toMatchObject([{ id: place.key, etag: first.snapshot.etag }]);
      expect(living(await find()).providerEventId).toBe(place.key);
    }));

  test('google trap 25: twins whose answers got lost are found by the mark, and taken out without a word', () =>
    booking(async ({ create, find, book, place, mailed }, world) => {
      await book();
      for (let times = 0; times < 4; times += 1) {
        world.simulator.behaviour.missedCollisions = 1;
        lose(world, 'POST');
        await expect(create()).rejects.toMatchObject({ kind: 'unavailable' });
      }
      expect(held(world)).toHaveLength(5);
      const before = mailed();
      expect(living(await find()).providerEventId).toBe(place.key);
      expect(held(world)).toMatchObject([{ id: place.key }]);
      expect(mailed()).toEqual(before);
    }));

  test('google trap 25: a twin of what somebody has taken out is no interview of its own', () =>
    booking(async ({ create, find, book, people }, world) => {
      const { providerEventId } = await book();
      people.remove(providerEventId);
      world.simulator.behaviour.missedCollisions = 1;
      expect(await create()).toEqual({ type: 'gone' });
      expect(held(world)).toEqual([]);
      expect(await find()).toEqual({ type: 'gone' });
    }));

  test('finds the series that somebody has made of the event, and leaves its occurrences alone', () =>
    booking(async ({ book, find }, world) => {
      const { providerEventId } = await book();
      const daily = { recurrence: ['RRULE:FREQ=DAILY;COUNT=6'] };
      world.simulator.editEvent(email, 'primary', providerEventId, daily);
      world.simulator.moveInstance(email, 'primary', providerEventId, '2026-03-11T10:00:00', {
        start: { dateTime: '2026-03-11T15:00:00Z' },
        end: { dateTime: '2026-03-11T16:00:00Z' },
      });
      world.simulator.splitSeries(email, 'primary', providerEventId, '2026-03-13T10:00:00');
      expect(held(world)).toHaveLength(6);
      expect(living(await find()).providerEventId).toBe(providerEventId);
      expect(held(world)).toHaveLength(6);
    }));

  test('finds by the mark what Google has put under an id of its own', () =>
    booking(async ({ find, place }, world) => {
      const marked = { extendedProperties: { private: { calendarSyncKey: place.key } } };
      const time = { start: { dateTime: '2026-03-10T09:00:00Z' }, end: { dateTime: '2026-03-10T10:00:00Z' } };
      world.simulator.behaviour.emptyFirstPage = true;
      const ids = [1, 2, 3, 4, 5].map(
        () => world.simulator.putEvent(email, 'primary', { ...time, ...marked }).id,
      );
      const { providerEventId } = living(await find());
      expect(ids).toContain(providerEventId);
      expect(held(world).map(({ id }) => id)).toEqual([providerEventId]);
    }));
});

describe('what comes back of an interview at Google', () => {
  test('google trap 24: bears in the next listing the etag that its write was answered with', () =>
    booking(async ({ book, update, people }, world) => {
      const { read } = await readerOf(world);
      let { cursor } = await read(null);
      const echoed = async () => {
        const { changes, cursor: next } = await read(cursor);
        cursor = next;
        return changes;
      };
      const reading = await book();
      const { providerEventId, iCalUID } = reading;
      const ours = (etag: string | undefined) => [
        { type: 'upsert', event: { providerEventId, iCalUID, etag } },
      ];
      expect(await echoed()).toMatchObject(ours(reading.snapshot.etag));
      const { snapshot } = await update(reading, { title: 'Second interview' });
      expect(await echoed()).toMatchObject(ours(snapshot.etag));
      people.change(providerEventId, { title: 'By hand' });
      expect(await echoed()).not.toMatchObject(ours(snapshot.etag));
    }));
});

describe('taking an interview out at Google', () => {
  test('google trap 22: a removal that is repeated is answered 410, which is done', () =>
    booking(async ({ book, cancel, mailed }, world) => {
      const reading = await book();
      lose(world, 'DELETE');
      await expect(cancel(reading)).rejects.toMatchObject({ kind: 'unavailable' });
      await cancel(reading);
      expect(written(world, 'DELETE').map(({ status }) => status)).toEqual([0, 410]);
      expect(mailed()).toEqual(invitedAndUninvited);
    }));

  test('is done where Google knows no such event, and silent where nobody is to be mailed', () =>
    booking(async ({ book, cancel, mailed }) => {
      const reading = await book({ notify: false });
      await cancel({ ...reading, providerEventId: 'abcdef0123' });
      await cancel(reading, { notify: false });
      expect(mailed()).toEqual([[], []]);
    }));

  test('is not done where something on the way knows no such address', () =>
    booking(async ({ book, cancel, readLiving }, world) => {
      const reading = await book();
      const action = { type: 'status', status: 404 } as const;
      world.simulator.fault({ match: { method: 'DELETE', path: '/events/' }, action });
      await expect(cancel(reading)).rejects.toMatchObject({ kind: 'refused' });
      await readLiving(reading);
    }));
});

describe('an interview that Google will not have', () => {
  const unreachable = { kind: 'refused', detail: { code: 'calendar_unreachable' } };

  test.each([
    ['is gone', (world: GoogleWorld, id: string) => world.simulator.removeCalendar(email, id)],
    [
      'cannot be written to any more',
      (world: GoogleWorld, id: string) => world.simulator.addCalendar(email, { id, accessRole: 'reader' }),
    ],
  ])('because its calendar %s is told as such', (_, withdraw) =>
    booking(async ({ access, draft, place }, world) => {
      const { id } = world.simulator.addCalendar(email, { summary: 'Team' });
      const { createEvent } = world.provider.interviews;
      const inTeam = { ...place, providerCalendarId: id };
      withdraw(world, id);
      await expect(createEvent(access, inTeam, { draft, mark: '1' }, { notify: true })).rejects.toMatchObject(
        unreachable,
      );
    }),
  );

  test('and looked for in a calendar that is gone is not said to be nowhere', () =>
    booking(async ({ access, place, read, book }, world) => {
      const { interviews } = world.provider;
      const inNone = { ...place, providerCalendarId: 'gone@group.calendar.google.com' };
      await expect(interviews.findEvent(access, inNone)).rejects.toMatchObject(unreachable);
      const event = { ...inNone, providerEventId: place.key };
      await expect(interviews.readEvent(access, event)).rejects.toMatchObject(unreachable);
      expect(await read({ ...(await book()), providerEventId: 'abcdef0123' })).toEqual({ type: 'none' });
    }));

  test('because Google knows no such event any more is to be read again', () =>
    booking(async ({ book, update }) => {
      const purged = { ...(await book()), providerEventId: 'abcdef0123' };
      await expect(update(purged, { title: 'Second interview' })).rejects.toMatchObject({
        kind: 'stale',
        detail: { code: 'event_changed' },
      });
    }));

  test('because somebody else organizes it by now is refused', () =>
    booking(async ({ book, readLiving, update }, world) => {
      const reading = await book();
      const shown = held(world)[0] as GoogleEvent & { start: object; end: object };
      const organizer = { email: 'grace@example.com' };
      world.simulator.putEvent(email, 'primary', { ...shown, organizer });
      const change = update(await readLiving(reading), { title: 'Second interview' });
      await expect(change).rejects.toMatchObject({
        kind: 'refused',
        detail: { vendorCode: 'forbiddenForNonOrganizer' },
      });
    }));

  test('because of a limit on invitations is tried again after an hour, and this account’s reading goes on', () =>
    booking(async ({ create, listed }, world) => {
      const error = { errors: [{ domain: 'usageLimits', reason: 'quotaExceeded', message: 'x' }], code: 403 };
      const action = { type: 'status', status: 403, body: { error: { ...error, message: 'x' } } } as const;
      world.simulator.fault({ match: { method: 'POST', path: '/events$' }, action });
      await expect(create()).rejects.toMatchObject({
        kind: 'throttled',
        detail: { retryAfterMs: 3_600_000, vendorCode: 'quotaExceeded' },
      });
      expect(await listed()).toEqual([]);
    }));
});
