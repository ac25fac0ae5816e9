import { inspect } from 'node:util';

import { describe, expect } from 'vitest';

import {
  answersThatGetLost,
  attendee,
  bookingOf,
  differences,
  living,
  nothingDiffers,
} from './interview-booking.ts';
import { describeInterviewChanges } from './provider-interview-changes-suite.ts';
import type { ProviderHarness, ProviderTest } from './provider-harness.ts';

/** The promises of `src/providers/interview-events.ts`. */
export function describeInterviews(harness: ProviderHarness, test: ProviderTest): void {
  describeCreation(harness, test);
  describeLostCreations(harness, test);
  describeReading(harness, test);
  describeInterviewChanges(harness, test);
  describeConferences(harness, test);
}

const oneInvitation = [['invitation'], ['invitation']];
function describeCreation({ id, canBeSilent }: ProviderHarness, test: ProviderTest): void {
  describe(`creating an interview at ${id}`, () => {
    test('puts one event into the calendar that says what was asked, and mails everybody once', async ({
      world,
    }) => {
      const { book, draft, listed, mailed } = await bookingOf(world);
      const { snapshot, providerEventId } = await book();
      expect(differences(draft, snapshot)).toEqual(nothingDiffers);
      expect(snapshot.conference).toEqual({ state: 'none' });
      expect(await listed()).toMatchObject([{ providerEventId, title: draft.title, busy: 'busy' }]);
      expect(mailed()).toEqual(oneInvitation);
    });

    test('gives it with the names by which a sync knows it: id or key, iCalUID and etag', async ({
      world,
    }) => {
      const { book, listed, place } = await bookingOf(world);
      const { snapshot, providerEventId, iCalUID, webLink } = await book();
      const [event] = await listed();
      expect(event).toMatchObject({ providerEventId, iCalUID, etag: snapshot.etag });
      expect(snapshot.etag).toEqual(expect.any(String));
      const chosen = world.provider.interviews.eventIdOf(place.key);
      if (chosen === undefined) expect(event?.clientKey).toBe(place.key);
      else expect(providerEventId).toBe(chosen);
      expect(webLink).toMatch(/^https:\/\//);
    });

    test('twice makes one event and one mail each', async ({ world }) => {
      const { create, book, listed, mailed } = await bookingOf(world);
      const first = await book();
      expect(await create()).toMatchObject({ reading: { providerEventId: first.providerEventId } });
      expect(await listed()).toHaveLength(1);
      expect(mailed()).toEqual(oneInvitation);
    });

    test('by two workers at once makes one event and one mail each', async ({ world }) => {
      const { create, listed, mailed } = await bookingOf(world);
      const both = await Promise.all([create(), create()]);
      const [{ providerEventId } = { providerEventId: 'none' }] = await listed();
      expect(both).toMatchObject([{ reading: { providerEventId } }, { reading: { providerEventId } }]);
      expect(await listed()).toHaveLength(1);
      expect(mailed()).toEqual(oneInvitation);
    });

    test('without attendees mails nobody', async ({ world }) => {
      const { book, mailed } = await bookingOf(world, { attendees: [] });
      const { snapshot } = await book({ notify: false });
      expect(snapshot.attendees).toEqual([]);
      expect(mailed()).toEqual([[], []]);
    });

    test('silently mails nobody, or is refused before anything is written', async ({ world }) => {
      const { create, listed, mailed } = await bookingOf(world);
      const outcome: unknown = await create({ notify: false }).catch((e: unknown) => e);
      expect(outcome).toMatchObject(
        canBeSilent ? { type: 'created' } : { kind: 'refused', detail: { code: 'invitations_unavoidable' } },
      );
      expect(await listed()).toHaveLength(canBeSilent ? 1 : 0);
      expect(mailed()).toEqual([[], []]);
    });

    test('of optional people and rooms keeps them what they are', async ({ world }) => {
      const optional = { ...attendee('optional@else.example'), name: 'Olga', optional: true };
      const room = { ...attendee('room4@else.example'), resource: true };
      const { book } = await bookingOf(world, { attendees: [optional, room] });
      const { snapshot } = await book();
      expect(snapshot.attendees).toMatchObject([
        { email: optional.email, name: 'Olga', optional: true, resource: false },
        { email: room.email, optional: false, resource: true },
      ]);
    });

    test('holds a time as tentative until it is confirmed', async ({ world }) => {
      const { book, update, listed } = await bookingOf(world, { tentative: true });
      const reading = await book();
      expect(await listed()).toMatchObject([{ busy: 'tentative' }]);
      await update(reading, { tentative: false });
      expect(await listed()).toMatchObject([{ busy: 'busy' }]);
    });
  });
}

function describeLostCreations({ id }: ProviderHarness, test: ProviderTest): void {
  describe(`a creation at ${id} whose answer is lost`, () => {
    for (const [name, action] of answersThatGetLost) {
      test(`(${name}) is found again, and made once however often it is asked for`, async ({ world }) => {
        const { create, find, draft, listed, mailed } = await bookingOf(world);
        world.simulator.fault({ match: { method: 'POST', path: world.paths.newEvent }, action });
        const error: unknown = await create().catch((e: unknown) => e);
        const kind = action.type === 'truncate' ? 'malformed' : 'unavailable';
        expect(error).toMatchObject({ name: 'ProviderError', kind });
        expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(draft.title);
        const found = living(await find());
        expect(differences(draft, found.snapshot)).toEqual(nothingDiffers);
        expect(await create()).toMatchObject({ reading: { providerEventId: found.providerEventId } });
        expect(await listed()).toMatchObject([
          { providerEventId: found.providerEventId, etag: found.snapshot.etag },
        ]);
        expect(mailed()).toEqual(oneInvitation);
      });
    }

    test('before it got there is not found, and made when it is asked for again', async ({ world }) => {
      const { create, find, listed, mailed } = await bookingOf(world);
      expect(await find()).toEqual({ type: 'none' });
      const path = world.paths.newEvent;
      world.simulator.fault({ match: { method: 'POST', path }, action: { type: 'cut' } });
      await expect(create()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await find()).toEqual({ type: 'none' });
      expect(await create()).toMatchObject({ type: 'created' });
      expect(await listed()).toHaveLength(1);
      expect(mailed()).toEqual(oneInvitation);
    });
  });
}

function describeReading({ id }: ProviderHarness, test: ProviderTest): void {
  describe(`reading an interview at ${id}`, () => {
    test('gives what was given when it was created, by its place and by its key', async ({ world }) => {
      const { book, read, find } = await bookingOf(world);
      const created = await book();
      const { native: _own, ...told } = created;
      expect(living(await read(created))).toMatchObject(told);
      expect(living(await find())).toMatchObject(told);
    });

    test('gives what people have changed since', async ({ world }) => {
      const { book, readLiving, people, draft } = await bookingOf(world);
      const reading = await book();
      const [start, end] = ['2026-03-11T13:00:00Z', '2026-03-11T14:30:00Z'];
      people.change(reading.providerEventId, { title: 'Interview, moved', start, end });
      people.change(reading.providerEventId, { private: true, invite: 'joe@else.example' });
      const { snapshot } = await readLiving(reading);
      expect(snapshot).toMatchObject({
        title: 'Interview, moved',
        start: new Date(start),
        end: new Date(end),
        allDay: false,
        visibility: 'private',
      });
      expect(differences(draft, snapshot).fields).toEqual(['time', 'title', 'visibility', 'attendees']);
      expect(snapshot.etag).not.toBe(reading.snapshot.etag);
    });

    test('gives the days of one that was made to take all day, in the calendar’s zone', async ({ world }) => {
      const { book, readLiving, people } = await bookingOf(world);
      const reading = await book();
      people.change(reading.providerEventId, { start: '2026-03-10', end: '2026-03-11', allDay: true });
      expect((await readLiving(reading)).snapshot).toMatchObject({
        allDay: true,
        start: new Date('2026-03-09T23:00:00Z'),
        end: new Date('2026-03-10T23:00:00Z'),
      });
    });

    test.for(['accepted', 'tentative', 'declined'] as const)(
      'gives the answer of somebody who has %s, and the organizer is no attendee',
      async (response, { world }) => {
        const { book, readLiving, people, draft } = await bookingOf(world);
        const reading = await book();
        people.answer(reading.providerEventId, response);
        const { snapshot } = await readLiving(reading);
        const { fields, answers } = differences(draft, snapshot);
        expect(fields).toEqual([]);
        expect(answers).toMatchObject([{ email: people.colleague, response }]);
        expect(snapshot.attendees.map(({ email }) => email)).not.toContain(world.user.email);
      },
    );

    test('tells one that somebody has taken out from one that is there', async ({ world }) => {
      const { book, read, find, people } = await bookingOf(world);
      const reading = await book();
      people.remove(reading.providerEventId);
      expect(await read(reading)).toEqual({ type: 'gone' });
      expect((await find()).type).not.toBe('event');
    });
  });
}

function describeConferences({ id, meets }: ProviderHarness, test: ProviderTest): void {
  const link = { state: 'ready', url: expect.stringMatching(/^https:\/\//) as string };

  describe(`the meeting link of an interview at ${id}`, () => {
    test.for([meets, 'provider_default'] as const)(
      'is there in the end (%s)',
      async (conference, { world }) => {
        const { book, readLiving, people, draft } = await bookingOf(world, { conference });
        const reading = await book();
        expect(['pending', 'ready']).toContain(reading.snapshot.conference.state);
        people.settleConferences();
        const { snapshot } = await readLiving(reading);
        expect(snapshot.conference).toEqual(link);
        expect(differences(draft, snapshot)).toEqual(nothingDiffers);
      },
    );

    test('can be asked for later, and survives every other change', async ({ world }) => {
      const { book, readLiving, update, people, draft } = await bookingOf(world);
      const reading = await book();
      await update(reading, { conference: meets });
      people.settleConferences();
      const now = await readLiving(reading);
      expect(now.snapshot.conference).toEqual(link);
      const changes = { title: 'Second interview', description: 'Bring nothing.', location: '' };
      const after = await update(now, changes);
      expect(after.snapshot.conference).toEqual(now.snapshot.conference);
      expect(differences({ ...draft, ...changes }, after.snapshot)).toEqual(nothingDiffers);
    });

    test('of another vendor is refused, and nothing is written', async ({ world }) => {
      const conference = meets === 'teams' ? 'google_meet' : 'teams';
      const { create, listed, mailed } = await bookingOf(world, { conference });
      await expect(create()).rejects.toMatchObject({
        kind: 'refused',
        detail: { code: 'conference_unavailable' },
      });
      expect(await listed()).toEqual([]);
      expect(mailed()).toEqual([[], []]);
    });
  });
}
