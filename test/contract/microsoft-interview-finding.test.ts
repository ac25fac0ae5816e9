import { describe, expect, test } from 'vitest';

import type { EventInput } from '../simulators/microsoft/index.ts';
import { living, type Booking } from './interview-booking.ts';
import { asked, booking, held, keyProperty, lose, refuse, toGraph } from './microsoft-bookings.ts';
import { email, wallClock } from './microsoft-world.ts';
import { now } from './provider-harness.ts';

// How one event for each interview comes about at Graph, whatever it answers.

describe('an interview that Graph has made already', () => {
  const conflict = { writes: { repeatedTransaction: 'conflict' as const, lostRaces: 0 } };

  test('is given to whoever repeats its transaction, as it was sent', () =>
    booking(async ({ book, create, mailed }, world) => {
      const { providerEventId } = await book();
      expect(await create()).toMatchObject({ type: 'created', reading: { providerEventId } });
      expect(held(world)).toHaveLength(1);
      expect(mailed()).toEqual([['invitation'], ['invitation']]);
    }));

  test('is found, and not made, where it does not say what was sent', () =>
    booking(async ({ book, create, people }) => {
      const { providerEventId } = await book();
      people.change(providerEventId, { title: 'By hand' });
      expect(await create()).toMatchObject({
        type: 'found',
        reading: { providerEventId, snapshot: { title: 'By hand' } },
      });
    }));

  test('is looked up where Graph refuses a repeated transaction', () =>
    booking(async ({ book, create, mailed }, world) => {
      const { providerEventId } = await book();
      expect(await create()).toMatchObject({ type: 'found', reading: { providerEventId } });
      expect(held(world)).toHaveLength(1);
      expect(mailed()).toEqual([['invitation'], ['invitation']]);
    }, conflict));

  test('and somebody has taken out is gone, where Graph keeps its transaction', () =>
    booking(async ({ book, create, people }, world) => {
      people.remove((await book()).providerEventId);
      expect(await create()).toEqual({ type: 'gone' });
      expect(held(world)).toEqual([]);
    }, conflict));

  test('without an answer is found by its key, in one request', () =>
    booking(async ({ create, find, place }, world) => {
      lose(world, 'POST');
      await expect(create()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await asked(world, find)).toEqual(['GET /me/calendars/…/events']);
      expect(toGraph(world).at(-1)?.query['$filter']).toBe(
        `singleValueExtendedProperties/Any(ep: ep/id eq '${keyProperty}' and ep/value eq '${place.key}')`,
      );
      expect(living(await find()).providerEventId).toBe(held(world)[0]?.id);
    }));

  test.each(['existing', 'conflict'] as const)(
    'and somebody has moved to another calendar is found there, and stays one (%s)',
    (repeatedTransaction) =>
      booking(
        async ({ create, find, readLiving, update, cancel, mailed }, world) => {
          const team = world.simulator.addCalendar(email, { name: 'Team' });
          lose(world, 'POST');
          await expect(create()).rejects.toMatchObject({ kind: 'unavailable' });
          const [{ id: providerEventId } = { id: '' }] = held(world);
          world.simulator.moveEvent(email, 'default', providerEventId, team);
          expect(living(await find()).providerEventId).toBe(providerEventId);
          expect(await create()).toMatchObject({ reading: { providerEventId } });
          expect([held(world), held(world, team)]).toMatchObject([[], [{ id: providerEventId }]]);
          const reading = await readLiving({ providerEventId } as never);
          await update(reading, { title: 'Second interview' });
          await cancel(reading);
          expect([held(world), held(world, team)]).toEqual([[], []]);
          expect(mailed()[1]).toEqual(['invitation', 'update', 'cancellation']);
        },
        { writes: { repeatedTransaction, lostRaces: 0 } },
      ),
  );

  test('is not looked for in calendars that cannot be written to, nor missed because one does not open', () =>
    booking(async ({ find, create }, world) => {
      world.simulator.addCalendar(email, { name: 'Holidays', canEdit: false });
      const shut = world.simulator.addCalendar(email, { name: 'Shut' });
      const team = world.simulator.addCalendar(email, { name: 'Team' });
      await create();
      world.simulator.moveEvent(email, 'default', held(world)[0]?.id ?? '', team);
      refuse(world, { method: 'GET', path: encodeURIComponent(shut) }, 403, 'ErrorAccessDenied');
      expect(await asked(world, find)).toEqual([
        'GET /me/calendars/…/events',
        'GET /me/calendars',
        'GET /me/calendars/…/events',
        'GET /me/calendars/…/events',
      ]);
      expect(await find()).toMatchObject({ type: 'event' });
    }));
});

describe('what bears the key of an interview at Graph', () => {
  const marked = ({ place }: Booking, more: EventInput = {}): EventInput => ({
    transactionId: place.key,
    singleValueExtendedProperties: [{ id: keyProperty, value: place.key }],
    start: wallClock('2026-03-10T09:00:00Z'),
    end: wallClock('2026-03-10T10:00:00Z'),
    ...more,
  });
  const minutes = () => {
    let at = now.getTime();
    return { now: () => new Date((at += 60_000)) };
  };

  test('of several that it has made, the first stays, and nobody is told of those without attendees', () =>
    booking(async (given, { simulator, ...world }) => {
      const ids = [1, 2, 3].map(() => simulator.putEvent(email, 'default', marked(given)).id);
      expect(living(await given.find()).providerEventId).toBe(ids[0]);
      expect(held({ simulator, ...world }).map(({ id }) => id)).toEqual([ids[0]]);
      expect(given.mailed()).toEqual([[], []]);
    }, minutes()));

  test('those who were invited to a double, and hold it, are told that it is off', () =>
    booking(async (given, world) => {
      const attendees = [{ type: 'required', emailAddress: { address: given.people.stranger } }];
      for (let times = 0; times < 2; times += 1) {
        const { id } = world.simulator.putEvent(email, 'default', marked(given, { attendees }));
        world.simulator.sendInvitations(email, id);
      }
      await given.find();
      expect(held(world)).toHaveLength(1);
      expect(given.people.mails(given.people.stranger)).toEqual(['invitation', 'invitation', 'cancellation']);
    }, minutes()));

  test('a copy that somebody has made of the event is theirs, and stays', () =>
    booking(async (given, world) => {
      const copy = { transactionId: 'c7555340-474b-cf1f-5bd8-d9e197da220e' };
      const copied = world.simulator.putEvent(email, 'default', marked(given, copy)).id;
      const { providerEventId } = await given.book();
      expect(living(await given.find()).providerEventId).toBe(providerEventId);
      given.people.remove(providerEventId);
      expect(await given.find()).toEqual({ type: 'none' });
      expect(held(world).map(({ id }) => id)).toEqual([copied]);
    }, minutes()));

  test('where Graph tells no transactions, the first counts and the others are nobody’s to take out', () =>
    booking(async (given, world) => {
      const untold = marked(given, { transactionId: null });
      const ids = [1, 2].map(() => world.simulator.putEvent(email, 'default', untold).id);
      expect(living(await given.find()).providerEventId).toBe(ids[0]);
      expect(held(world)).toHaveLength(2);
    }, minutes()));

  test('and is cancelled is gone', () =>
    booking(async (given, world) => {
      world.simulator.putEvent(email, 'default', marked(given, { isCancelled: true }));
      expect(await given.find()).toEqual({ type: 'gone' });
    }));
});
