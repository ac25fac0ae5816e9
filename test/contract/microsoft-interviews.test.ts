import { describe, expect, test } from 'vitest';

import { createGraph } from '../../src/providers/microsoft/client.ts';
import { createHttp, type Http } from '../../src/providers/microsoft/http.ts';
import { createMicrosoftInterviews } from '../../src/providers/microsoft/interviews.ts';
import { noBudget } from '../support/no-budget.ts';
import type { RecordedRequest } from '../simulators/simulator.ts';
import { attendee, living, type Booking } from './interview-booking.ts';
import {
  asked,
  bodyOf,
  booking,
  held,
  keyProperty,
  lose,
  markProperty,
  refuse,
  silent,
  stale,
  toGraph,
  unavoidable,
  written,
} from './microsoft-bookings.ts';
import { email, wallClock, type MicrosoftWorld } from './microsoft-world.ts';
import { now } from './provider-harness.ts';

// What Graph alone does with interviews, its traps above all; the promises that all vendors keep are in the suite.

describe('what is asked of Graph for an interview', () => {
  test('a creation brings its transaction, its key, one reminder, and times as the clock shows them', () =>
    booking(
      async ({ book, place, people }, world) => {
        await book();
        const [request] = written(world, 'POST');
        expect(bodyOf(request)).toEqual({
          transactionId: place.key,
          singleValueExtendedProperties: [
            { id: keyProperty, value: place.key },
            { id: markProperty, value: '1' },
          ],
          subject: 'Interview with Kim',
          body: { contentType: 'text', content: 'Please bring your portfolio.\nThe door is open.' },
          location: { displayName: 'Room 4, second floor' },
          start: { dateTime: '2026-03-10T10:00:00', timeZone: 'Europe/Berlin' },
          end: { dateTime: '2026-03-10T11:00:00', timeZone: 'Europe/Berlin' },
          isAllDay: false,
          attendees: [people.colleague, people.stranger].map((address) => ({
            type: 'required',
            emailAddress: { address },
          })),
          sensitivity: 'normal',
          showAs: 'busy',
          isReminderOn: true,
          reminderMinutesBeforeStart: 60,
        });
      },
      { changes: { reminders: [60, 10] } },
    ));

  test('a patch holds what is named, its mark and the version that it was made for, and nothing else', () =>
    booking(async ({ book, update }, world) => {
      const reading = await book();
      await update(reading, { title: 'Second interview', reminders: [5] });
      const [request] = written(world, 'PATCH');
      expect(bodyOf(request)).toEqual({
        subject: 'Second interview',
        isReminderOn: true,
        reminderMinutesBeforeStart: 5,
        singleValueExtendedProperties: [{ id: markProperty, value: '2' }],
      });
      expect(request?.headers['if-match']).toBe(reading.snapshot.etag);
    }));

  test('a patch that Graph has no place for is not sent', () =>
    booking(async ({ book, update }, world) => {
      const reading = await book();
      expect(await update(reading, { reminders: [] })).toBe(reading);
      expect(written(world, 'PATCH')).toEqual([]);
    }));

  test('of anything else that people have put into the event it says nothing', () =>
    booking(async ({ book, readLiving, update }, world) => {
      const { providerEventId, ...reading } = await book();
      const theirs = { categories: ['Hiring'], importance: 'high', showAs: 'oof', hideAttendees: true };
      world.simulator.putEvent(email, 'default', { id: providerEventId, ...theirs });
      await update(await readLiving({ providerEventId, ...reading }), { title: 'Second interview' });
      expect(held(world)).toMatchObject([theirs]);
    }));

  test('every request asks for ids that survive a move', () =>
    booking(async ({ book, find, read, update, cancel }, world) => {
      const reading = await book();
      await find();
      await read(reading);
      await update(reading, { title: 'Second interview' });
      await cancel(reading);
      expect(toGraph(world).length).toBeGreaterThan(5);
      for (const { headers } of toGraph(world)) expect(headers['prefer']).toContain('IdType="ImmutableId"');
    }));

  test('the organizer is not invited, though named among the attendees', () =>
    booking(
      async ({ create }, world) => {
        const creation = await create();
        expect(creation).toMatchObject({ type: 'created', reading: { snapshot: { attendees: [{}] } } });
        expect(held(world)).toMatchObject([{ attendees: [{ emailAddress: { address: 'kim@x.example' } }] }]);
      },
      { changes: { attendees: [attendee('Ada@Contoso.example'), attendee('kim@x.example')] } },
    ));
});

describe('an event of an interview at Graph', () => {
  /** What Graph may still say of an event that somebody has taken out: where it lies now is no calendar. */
  const show = ({ simulator }: MicrosoftWorld, { native }: { native: unknown }, more: object) =>
    simulator.fault({
      match: { method: 'GET', path: '/me/events/' },
      action: { type: 'status', status: 200, body: { ...(native as object), ...more } },
    });

  test('that lies among the deleted items is gone', () =>
    booking(async ({ book, read }, world) => {
      const reading = await book();
      show(world, reading, { calendar: { id: 'AAMkAGdeletedItems=' } });
      expect(await read(reading)).toEqual({ type: 'gone' });
      show(world, reading, { isCancelled: true });
      expect(await read(reading)).toEqual({ type: 'gone' });
      expect(await read(reading)).toMatchObject({ type: 'event' });
    }));

  test('of which Graph does not tell where it lies is there', () =>
    booking(async ({ book, read }, world) => {
      const reading = await book();
      show(world, reading, {});
      expect(await read(reading)).toMatchObject({ type: 'event' });
      refuse(world, { method: 'GET', path: '/me/events/' }, 400, 'ErrorInvalidUrlQuery');
      expect(await read(reading)).toMatchObject({ type: 'event' });
    }));

  test('is not said to be gone because something on the way knows no such address', () =>
    booking(async ({ book, read }, world) => {
      const reading = await book();
      const action = { type: 'status', status: 404 } as const;
      world.simulator.fault({ match: { method: 'GET', path: '/me/events/' }, action });
      await expect(read(reading)).rejects.toMatchObject({ kind: 'refused' });
    }));

  test('shows the other time that somebody proposes, until it is moved', () =>
    booking(async ({ book, readLiving, update, people }, world) => {
      const reading = await book();
      const slot = { start: wallClock('2026-03-11T13:00:00Z'), end: wallClock('2026-03-11T14:00:00Z') };
      const { simulator } = world;
      simulator.respond(email, reading.providerEventId, people.stranger, 'tentativelyAccepted', slot);
      const proposed = { start: new Date('2026-03-11T13:00:00Z'), end: new Date('2026-03-11T14:00:00Z') };
      const seen = await readLiving(reading);
      expect(seen.snapshot.attendees).toMatchObject([
        { email: people.colleague, response: 'needs_action', proposed: undefined },
        { email: people.stranger, response: 'tentative', proposed },
      ]);
      const after = await update(seen, {
        attendees: [...seen.snapshot.attendees, attendee('joe@x.example')],
      });
      expect(after.snapshot.attendees[1]).toMatchObject({ response: 'tentative', proposed });
      const moved = await update(after, { time: { ...proposed, timeZone: 'Europe/Berlin' } });
      expect(moved.snapshot.attendees[1]).toMatchObject({ response: 'needs_action', proposed: undefined });
    }));

  test('that somebody else organizes by now is neither changed nor cancelled', () =>
    booking(async ({ book, readLiving, update, cancel }, world) => {
      const { providerEventId, ...reading } = await book();
      const organizer = { emailAddress: { address: 'grace@contoso.example', name: 'Grace' } };
      world.simulator.putEvent(email, 'default', { id: providerEventId, organizer, isOrganizer: false });
      const theirs = await readLiving({ providerEventId, ...reading });
      const refused = { kind: 'refused', detail: { code: 'provider_refused' } };
      await expect(update(theirs, { title: 'Second interview' })).rejects.toMatchObject(refused);
      await expect(cancel(theirs)).rejects.toMatchObject(refused);
      expect(await asked(world, () => cancel(theirs))).toEqual(['GET /me/events/…']);
      expect(written(world, 'PATCH', 'DELETE')).toEqual([]);
      expect(held(world)).toHaveLength(1);
    }));
});

describe('an interview at Graph that somebody else writes to at the same moment', () => {
  test.each([
    [412, 'ErrorIrresolvableConflict'],
    [412, 'SomethingElse'],
    [409, 'ErrorIrresolvableConflict'],
  ])('is stale (%d %s)', (status, code) =>
    booking(async ({ book, update }, world) => {
      const reading = await book();
      refuse(world, { method: 'PATCH', path: '/me/events/' }, status, code);
      await expect(update(reading, { title: 'Second interview' })).rejects.toMatchObject(stale);
      await update(reading, { title: 'Second interview' });
    }),
  );

  test('is never written without a version, which would lose a race now and then', () =>
    booking(
      async ({ book, update, readLiving }) => {
        const first = await update(await book(), { title: 'Second interview' });
        await update(first, { location: '' });
        expect((await readLiving(first)).snapshot).toMatchObject({ title: 'Second interview' });
      },
      { writes: { repeatedTransaction: 'existing', lostRaces: 2 } },
    ));

  test('while its description is about to be replaced is stale before anything is written', () =>
    booking(
      async ({ book, update, people }, world) => {
        const reading = await book();
        people.change(reading.providerEventId, { title: 'By hand' });
        const change = update(reading, { description: 'Bring nothing.' });
        await expect(change).rejects.toMatchObject(stale);
        expect(written(world, 'PATCH')).toEqual([]);
      },
      { changes: { conference: 'teams' } },
    ));
});

describe('an interview at Graph of which nobody is to be mailed', () => {
  test('is refused without a request where somebody would be', () =>
    booking(async ({ book, create, update, people }, world) => {
      expect(await asked(world, () => create(silent))).toEqual([]);
      const reading = await book();
      for (const patch of [
        { title: 'x' },
        { description: 'x' },
        { attendees: [] },
        { conference: 'teams' },
      ] as const) {
        expect(await asked(world, () => update(reading, patch, silent))).toEqual([]);
        await expect(update(reading, patch, silent)).rejects.toMatchObject(unavoidable);
      }
      expect(people.mails(people.stranger)).toEqual(['invitation']);
    }));

  test('is changed in what nobody else sees', () =>
    booking(async ({ book, update, mailed }, world) => {
      await update(await book(), { tentative: true, reminders: [5] }, silent);
      expect(held(world)).toMatchObject([{ showAs: 'tentative', reminderMinutesBeforeStart: 5 }]);
      expect(mailed()).toEqual([['invitation'], ['invitation']]);
    }));

  test('is created, changed and cancelled like any other where nobody is asked', () =>
    booking(
      async ({ book, update, cancel }, world) => {
        const reading = await book(silent);
        const after = await update(reading, { title: 'Second interview' }, silent);
        await expect(update(after, { attendees: [attendee('joe@x.example')] }, silent)).rejects.toMatchObject(
          unavoidable,
        );
        await cancel(after, silent);
        expect(held(world)).toEqual([]);
        expect(world.simulator.mailTo('joe@x.example')).toEqual([]);
      },
      { changes: { attendees: [] } },
    ));

  test('is cancelled all the same, and whoever was asked before hears of it', () =>
    booking(async ({ book, cancel, mailed }, world) => {
      await cancel(await book(), silent);
      expect(held(world)).toEqual([]);
      expect(mailed()).toEqual([
        ['invitation', 'cancellation'],
        ['invitation', 'cancellation'],
      ]);
    }));
});

describe('taking an interview out at Graph', () => {
  test('microsoft trap 26: calls off a meeting with a word, and does not just delete it', () =>
    booking(async ({ book, cancel, people }, world) => {
      const reading = await book();
      await cancel(reading, { notify: true, message: 'The position is filled.' });
      expect(written(world, 'DELETE')).toEqual([]);
      expect(bodyOf(written(world, 'POST').at(-1))).toEqual({ Comment: 'The position is filled.' });
      for (const to of [people.colleague, people.stranger])
        expect(world.simulator.mailTo(to).at(-1)).toMatchObject({
          kind: 'cancellation',
          comment: 'The position is filled.',
        });
    }));

  test('says nothing where there is nothing to say, and deletes what nobody was asked to', () =>
    booking(async ({ book, cancel, update, people }, world) => {
      const reading = await update(await book(), { attendees: [] });
      await cancel(reading, { notify: true, message: 'Unheard.' });
      expect(written(world, 'DELETE')).toMatchObject([{ headers: { 'if-match': reading.snapshot.etag } }]);
      expect(people.mails(people.stranger)).toEqual(['invitation', 'cancellation']);
      expect(await asked(world, () => cancel(reading))).toEqual(['GET /me/events/…']);
    }));

  test('is decided anew where somebody is invited at the same moment', () =>
    booking(
      async ({ book, cancel }, world) => {
        const reading = await book(silent);
        refuse(world, { method: 'DELETE', path: '/me/events/' }, 412, 'ErrorIrresolvableConflict');
        await expect(cancel(reading, silent)).rejects.toMatchObject(stale);
        await cancel(reading, silent);
        expect(held(world)).toEqual([]);
      },
      { changes: { attendees: [] } },
    ));

  test('is done where somebody takes it out between the question and the deed', () =>
    booking(async ({ book, cancel }, world) => {
      const reading = await book();
      refuse(world, { method: 'POST', path: '/cancel$' }, 404, 'ErrorItemNotFound');
      await cancel(reading);
      const refused = { kind: 'refused', detail: { code: 'calendar_unreachable' } };
      refuse(world, { method: 'POST', path: '/cancel$' }, 403, 'ErrorAccessDenied');
      await expect(cancel(reading)).rejects.toMatchObject(refused);
    }));
});

describe('the zone in which Outlook shows an interview', () => {
  const unknown = [400, 'TimeZoneNotSupportedException'] as const;
  const zonesIn = (requests: readonly RecordedRequest[]) =>
    requests.map((request) => (bodyOf(request)['start'] as { timeZone: string }).timeZone);

  test('is UTC where Graph does not know the one that is wanted, at the same instants', () =>
    booking(async ({ create, update, draft }, world) => {
      refuse(world, { method: 'POST', path: world.paths.newEvent }, ...unknown);
      const creation = await create();
      expect(creation).toMatchObject({ type: 'created', reading: { snapshot: { start: draft.start } } });
      expect(zonesIn(written(world, 'POST'))).toEqual(['Europe/Berlin', 'UTC']);
      refuse(world, { method: 'PATCH', path: world.paths.event }, ...unknown);
      const [start, end] = [new Date('2026-03-12T15:00:00Z'), new Date('2026-03-12T15:45:00Z')];
      if (creation.type === 'gone') throw new Error('it is gone');
      const time = { start, end, timeZone: 'America/New_York' };
      const { snapshot } = await update(creation.reading, { time, title: 'Second interview' });
      expect(snapshot).toMatchObject({ start, end, title: 'Second interview' });
      expect(zonesIn(written(world, 'PATCH'))).toEqual(['America/New_York', 'UTC']);
    }));

  test('is not blamed for another mistake, and UTC is not tried twice', () =>
    booking(
      async ({ create }, world) => {
        const refused = { kind: 'refused', detail: { code: 'provider_refused' } };
        for (const code of ['ErrorInvalidRequest', unknown[1]]) {
          refuse(world, { method: 'POST', path: world.paths.newEvent }, 400, code);
          await expect(create()).rejects.toMatchObject(refused);
        }
        expect(written(world, 'POST')).toHaveLength(2);
      },
      { changes: { timeZone: 'UTC' } },
    ));
});

describe('an interview that Graph will not have', () => {
  const unreachable = { kind: 'refused', detail: { code: 'calendar_unreachable' } };
  const inTeam = async ({ access, draft, place }: Booking, world: MicrosoftWorld, canEdit: boolean) => {
    const providerCalendarId = world.simulator.addCalendar(email, { name: 'Team', canEdit });
    const { interviews } = world.provider;
    const there = { ...place, providerCalendarId };
    return {
      providerCalendarId,
      create: () => interviews.createEvent(access, there, { draft, mark: '1' }, { notify: true }),
      find: () => interviews.findEvent(access, there),
    };
  };

  test('because its calendar is gone, or not to be written to, is told as such', () =>
    booking(async (given, world) => {
      const readOnly = await inTeam(given, world, false);
      await expect(readOnly.create()).rejects.toMatchObject(unreachable);
      const gone = await inTeam(given, world, true);
      world.simulator.removeCalendar(email, gone.providerCalendarId);
      await expect(gone.create()).rejects.toMatchObject(unreachable);
      await expect(gone.find()).rejects.toMatchObject(unreachable);
    }));
});

describe('how Graph is asked about interviews', () => {
  /** From the first try to the end: with an answer that is lost, a double, a change and a word at the end. */
  const wholeLife = async (
    run: Pick<Booking, 'create' | 'find' | 'read' | 'update' | 'cancel'>,
    world: MicrosoftWorld,
  ) => {
    lose(world, 'POST');
    await run.create().catch(() => undefined);
    const reading = living(await run.find());
    await run.create();
    const after = await run.update(reading, { title: 'Second interview', description: 'Bring nothing.' });
    await run.read(after);
    await run.cancel(after, { notify: true, message: 'Filled.' });
    await run.find();
  };

  test('microsoft trap 24: one thing at a time, whatever becomes of an interview', () =>
    booking(
      async ({ access, place, draft }, world) => {
        const http = createHttp(10_000);
        let [running, most] = [0, 0];
        const counting: Http = {
          ...http,
          fetch: (...request) => {
            most = Math.max(most, (running += 1));
            return http.fetch(...request).finally(() => (running -= 1));
          },
        };
        const graph = {
          graphUrl: `${world.simulator.url}/v1.0`,
          http: counting,
          now: () => now,
          budget: noBudget,
        };
        const interviews = createMicrosoftInterviews((given) => createGraph(graph, given));
        const at = ({ providerEventId }: { providerEventId: string }) => ({ ...place, providerEventId });
        const loud = { notify: true };
        await wholeLife(
          {
            create: () => interviews.createEvent(access, place, { draft, mark: '1' }, loud),
            find: () => interviews.findEvent(access, place),
            read: (reading) => interviews.readEvent(access, at(reading)),
            update: (reading, patch) =>
              interviews.updateEvent(access, at(reading), { reading, patch, mark: '2' }, loud),
            cancel: (reading, telling = loud) => interviews.cancelEvent(access, at(reading), telling),
          },
          world,
        );
        await http.close();
        expect(most).toBe(1);
        expect(toGraph(world).length).toBeGreaterThan(10);
      },
      { changes: { conference: 'teams' } },
    ));

  test('one that is taken out as it was read is deleted with its version, because a cancellation has no place for it', () =>
    booking(async ({ book, cancelAsRead }, world) => {
      const reading = await book();
      await cancelAsRead(reading);
      const [deletion] = toGraph(world).filter(({ method }) => method === 'DELETE');
      expect(deletion?.headers['if-match']).toBe(reading.snapshot.etag);
    }));

  test('microsoft trap 25: nothing travels in a batch, whose 200 says nothing of what is in it', () =>
    booking(async (given, world) => {
      await wholeLife(given, world);
      expect(toGraph(world).filter(({ path }) => path.includes('$batch'))).toEqual([]);
      expect(held(world)).toEqual([]);
    }));
});
