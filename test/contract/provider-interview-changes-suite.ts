import { describe, expect } from 'vitest';

import { answersThatGetLost, attendee, bookingOf, differences, nothingDiffers } from './interview-booking.ts';
import type { ProviderHarness, ProviderTest } from './provider-harness.ts';

/** The part of `describeInterviews` that is about events which are there. */
export function describeInterviewChanges(harness: ProviderHarness, test: ProviderTest): void {
  describeChanges(harness, test);
  describeMarks(harness, test);
  describeRaces(harness, test);
  describeCancellation(harness, test);
}

const stale = { kind: 'stale', detail: { code: 'event_changed' } };

function describeChanges({ id }: ProviderHarness, test: ProviderTest): void {
  describe(`changing an interview at ${id}`, () => {
    test('writes what is named and leaves what people have made of the rest', async ({ world }) => {
      const { book, readLiving, update, people, draft } = await bookingOf(world);
      const reading = await book();
      people.answer(reading.providerEventId, 'accepted');
      people.change(reading.providerEventId, { invite: 'joe@else.example' });
      const now = await readLiving(reading);
      const after = await update(now, { title: 'Second interview' });
      const asNow = { ...draft, title: 'Second interview' };
      expect(differences(asNow, after.snapshot)).toMatchObject({
        fields: ['attendees'],
        answers: [{ email: people.colleague, response: 'accepted' }],
      });
      expect(after.snapshot.attendees).toEqual(now.snapshot.attendees);
      expect((await readLiving(reading)).snapshot).toEqual(after.snapshot);
    });

    test('moves it, also where somebody has made it take all day', async ({ world }) => {
      const { book, readLiving, update, people, draft, listed } = await bookingOf(world);
      const reading = await book();
      people.change(reading.providerEventId, { start: '2026-03-10', end: '2026-03-11', allDay: true });
      const [start, end] = [new Date('2026-03-12T15:00:00Z'), new Date('2026-03-12T15:45:00Z')];
      const time = { start, end, timeZone: 'America/New_York' };
      const { snapshot } = await update(await readLiving(reading), { time });
      expect(differences({ ...draft, start, end }, snapshot).fields).toEqual([]);
      expect(await listed()).toMatchObject([{ start, end, allDay: false }]);
    });

    test('takes texts away', async ({ world }) => {
      const { book, update, draft } = await bookingOf(world);
      const { snapshot } = await update(await book(), { description: '', location: '' });
      expect(differences({ ...draft, description: '', location: '' }, snapshot)).toEqual(nothingDiffers);
    });

    test('of the list of attendees keeps answers, and mails those who come and those who go', async ({
      world,
    }) => {
      const { book, readLiving, update, people } = await bookingOf(world);
      const reading = await book();
      people.answer(reading.providerEventId, 'accepted');
      const now = await readLiving(reading);
      const attendees = [attendee(people.colleague), attendee('joe@else.example')];
      const { snapshot } = await update(now, { attendees });
      expect(snapshot.attendees).toMatchObject([
        { email: people.colleague, response: 'accepted' },
        { email: 'joe@else.example' },
      ]);
      expect(people.mails('joe@else.example')).toEqual(['invitation']);
      expect(people.mails(people.stranger)).toEqual(['invitation', 'cancellation']);
      expect(people.mails(people.colleague)).toEqual(['invitation']);
    });

    test('leaves a private one private', async ({ world }) => {
      const { book, readLiving, update, listed } = await bookingOf(world, { visibility: 'private' });
      const reading = await book();
      expect(reading.snapshot.visibility).toBe('private');
      const { snapshot } = await update(reading, { title: 'Second interview', location: 'Room 5' });
      expect(snapshot).toMatchObject({ visibility: 'private', title: 'Second interview' });
      expect(await listed()).toMatchObject([{ visibility: 'private' }]);
      await update(await readLiving(reading), { visibility: 'default' });
      expect(await listed()).toMatchObject([{ visibility: 'default' }]);
    });

    test('gives the etag that a sync then reads', async ({ world }) => {
      const { book, update, listed } = await bookingOf(world);
      const { snapshot } = await update(await book(), { title: 'Second interview' });
      expect(await listed()).toMatchObject([{ etag: snapshot.etag }]);
    });
  });
}

function describeMarks({ id }: ProviderHarness, test: ProviderTest): void {
  describe(`the mark of a writing at ${id}`, () => {
    test('is that of the last one which was done, and people’s changes leave it', async ({ world }) => {
      const { create, readLiving, find, update, people } = await bookingOf(world);
      const creation = await create(undefined, 'first');
      if (creation.type === 'gone') throw new Error('it is gone');
      const { reading } = creation;
      expect(reading.mark).toBe('first');
      people.change(reading.providerEventId, { title: 'By hand' });
      const now = await readLiving(reading);
      expect(now.mark).toBe('first');
      expect((await update(now, { location: 'Room 5' }, undefined, 'second')).mark).toBe('second');
      expect((await readLiving(reading)).mark).toBe('second');
      expect(await find()).toMatchObject({ reading: { mark: 'second' } });
    });

    test('of one that came to nothing is not there', async ({ world }) => {
      const { book, readLiving, update, people } = await bookingOf(world);
      const reading = await book();
      people.change(reading.providerEventId, { title: 'By hand' });
      await expect(update(reading, { location: 'Room 5' })).rejects.toMatchObject(stale);
      expect((await readLiving(reading)).mark).toBe('1');
    });

    test.for(answersThatGetLost)(
      'tells that it was done although its answer was lost (%s)',
      async ([, action], { world }) => {
        const { book, create, readLiving, update } = await bookingOf(world);
        const reading = await book();
        world.simulator.fault({ match: { method: 'PATCH', path: world.paths.event }, action });
        const error = { name: 'ProviderError' };
        await expect(update(reading, { title: 'Second interview' })).rejects.toMatchObject(error);
        expect((await readLiving(reading)).mark).toBe('2');
        expect(await create(undefined, '3')).toMatchObject({ type: 'found', reading: { mark: '2' } });
      },
    );
  });
}

function describeRaces({ id }: ProviderHarness, test: ProviderTest): void {
  describe(`a change at ${id} of an interview that is not any more as it was read`, () => {
    test('is refused as stale, and what somebody has written meanwhile stands', async ({ world }) => {
      const { book, update, readLiving, people } = await bookingOf(world);
      const reading = await book();
      people.change(reading.providerEventId, { title: 'By hand' });
      await expect(update(reading, { title: 'By the main app' })).rejects.toMatchObject(stale);
      const now = await readLiving(reading);
      expect(now.snapshot.title).toBe('By hand');
      expect((await update(now, { location: 'Room 5' })).snapshot.title).toBe('By hand');
    });

    test.for(answersThatGetLost)(
      'because of our own write, the answer lost (%s), is stale',
      async ([, action], { world }) => {
        const { book, update, readLiving, people } = await bookingOf(world);
        const reading = await book();
        world.simulator.fault({ match: { method: 'PATCH', path: world.paths.event }, action });
        await expect(update(reading, { title: 'Second interview' })).rejects.toMatchObject({
          name: 'ProviderError',
        });
        await expect(update(reading, { title: 'Second interview' })).rejects.toMatchObject(stale);
        expect((await readLiving(reading)).snapshot.title).toBe('Second interview');
        expect(people.mails(people.stranger)).toEqual(['invitation', 'update']);
      },
    );

    test('because it was taken out is stale, and does not bring it back', async ({ world }) => {
      const { book, update, read, people, listed } = await bookingOf(world);
      const reading = await book();
      people.remove(reading.providerEventId);
      await expect(update(reading, { title: 'Second interview' })).rejects.toMatchObject(stale);
      expect(await read(reading)).toEqual({ type: 'gone' });
      expect(await listed()).toEqual([]);
    });
  });
}

function describeCancellation({ id }: ProviderHarness, test: ProviderTest): void {
  describe(`cancelling an interview at ${id}`, () => {
    const cancelled = [
      ['invitation', 'cancellation'],
      ['invitation', 'cancellation'],
    ];

    test('as it was read takes it out where it still is so, and mails everybody once', async ({ world }) => {
      const { book, cancelAsRead, listed, mailed } = await bookingOf(world);
      const reading = await book();
      await cancelAsRead(reading);
      await cancelAsRead(reading);
      expect(await listed()).toEqual([]);
      expect(mailed()).toEqual(cancelled);
    });

    test('as it was read is refused as stale where people have changed it since, and mails nobody', async ({
      world,
    }) => {
      const { book, readLiving, cancelAsRead, people, mailed } = await bookingOf(world);
      const reading = await book();
      people.change(reading.providerEventId, { title: 'By hand' });
      const before = mailed();
      await expect(cancelAsRead(reading)).rejects.toMatchObject(stale);
      const now = await readLiving(reading);
      expect(now.snapshot.title).toBe('By hand');
      expect(mailed()).toEqual(before);
      await cancelAsRead(now);
    });

    test('takes it out, and mails everybody once, however often it is cancelled', async ({ world }) => {
      const { book, cancel, read, listed, mailed } = await bookingOf(world);
      const reading = await book();
      await cancel(reading);
      await cancel(reading);
      expect(await listed()).toEqual([]);
      expect(await read(reading)).toEqual({ type: 'gone' });
      expect(mailed()).toEqual(cancelled);
    });

    test('is done although the answer was lost', async ({ world }) => {
      const { book, cancel, listed, mailed } = await bookingOf(world);
      const reading = await book();
      world.simulator.fault({ match: { path: world.paths.cancel }, action: { type: 'cut-after' } });
      await expect(cancel(reading)).rejects.toMatchObject({ kind: 'unavailable' });
      await cancel(reading);
      expect(await listed()).toEqual([]);
      expect(mailed()).toEqual(cancelled);
    });

    test('one that somebody has taken out is no failure and no news', async ({ world }) => {
      const { book, cancel, people, mailed } = await bookingOf(world);
      const reading = await book();
      people.remove(reading.providerEventId);
      await cancel(reading);
      expect(mailed()).toEqual(cancelled);
    });

    test('needs the user, or another token, where the access token is dead', async ({ world }) => {
      const { book, create, cancel, read, listed } = await bookingOf(world);
      const reading = await book();
      world.expireAccessTokens();
      const dead = { kind: 'reconnect_needed', detail: { code: 'grant_revoked' } };
      await expect(cancel(reading)).rejects.toMatchObject(dead);
      await expect(read(reading)).rejects.toMatchObject(dead);
      await expect(create()).rejects.toMatchObject(dead);
      await expect(listed()).rejects.toMatchObject(dead);
    });
  });
}
