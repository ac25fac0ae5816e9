import { describe, expect, test } from 'vitest';

import { PERSONAL_TENANT, type CalendarInput } from '../simulators/microsoft/index.ts';
import { bookingOf, type Booking } from './interview-booking.ts';
import { asked, bodyOf, booking, held, refuse, silent, stale, written } from './microsoft-bookings.ts';
import { email, inMicrosoftWorld, type MicrosoftWorld } from './microsoft-world.ts';

const teams = { changes: { conference: 'teams' } } as const;
const ready = { state: 'ready', url: expect.stringMatching(/^https:\/\/teams\./) as string };
const unavailable = { kind: 'refused', detail: { code: 'conference_unavailable' } };
const readCalendar = 'GET /me/calendars/…';

const storedBody = (world: MicrosoftWorld) =>
  held(world)[0]?.['body'] as { contentType: string; content: string };
const blockIn = ({ content }: { content: string }) => /<div>_{80}.*_{80}<\/div>/s.exec(content)?.[0];

/** The same interview in another calendar of Ada's. */
const inCalendar = (
  { access, draft, place }: Booking,
  world: MicrosoftWorld,
  input: Omit<CalendarInput, 'name'>,
) => {
  const providerCalendarId = world.simulator.addCalendar(email, { name: 'Other', ...input });
  const there = { ...place, providerCalendarId };
  return {
    held: () => held(world, providerCalendarId),
    create: (conference: 'teams' | 'provider_default') =>
      world.provider.interviews.createEvent(
        access,
        there,
        { draft: { ...draft, conference }, mark: '1' },
        { notify: true },
      ),
  };
};

describe('a Teams meeting', () => {
  test('is asked for in the creation, once the calendar was asked whether it has them, and only then', () =>
    booking(async ({ book, create }, world) => {
      expect(await asked(world, create)).toEqual([readCalendar, 'POST /me/calendars/…/events']);
      expect(bodyOf(written(world, 'POST')[0])).toMatchObject({
        isOnlineMeeting: true,
        onlineMeetingProvider: 'teamsForBusiness',
      });
      expect((await book()).snapshot.conference).toEqual(ready);
    }, teams));

  test('is no reason to ask the calendar where none is wanted', () =>
    booking(async ({ create }, world) => {
      expect(await asked(world, create)).toEqual(['POST /me/calendars/…/events']);
    }));

  test('has a join block in its body, which is no part of the description', () =>
    booking(async ({ book, draft }, world) => {
      const { snapshot } = await book();
      expect(storedBody(world).content).toContain(snapshot.conference.url);
      expect(snapshot.description?.replaceAll('\r', '')).toBe(draft.description);
      expect(snapshot.description).not.toContain('Teams');
    }, teams));

  test('keeps its join block letter by letter when the description is replaced, and lives on', () =>
    booking(async ({ book, update, readLiving }, world) => {
      const reading = await book();
      const { providerEventId } = reading;
      // Somebody has edited the text in Outlook, which makes HTML of it.
      const { url = '' } = reading.snapshot.conference;
      const line = '_'.repeat(80);
      const block = `<div>${line}<br><span>Microsoft Teams meeting</span><br><a href="${url}">Join: ${url}</a><br>${line}</div>`;
      const content = `<html><body><p style="color:red">By <b>hand</b></p><br>${block}</body></html>`;
      const body = { contentType: 'html', content };
      world.simulator.putEvent(email, 'default', { id: providerEventId, body });
      const now = await readLiving(reading);
      expect(now.snapshot.description).toBe('By hand');
      const description = 'Bring <nothing> & no one.\nThe door is "open".';
      const after = await update(now, { description });
      expect(after.snapshot).toMatchObject({
        description: description.replace('\n', '\r\n'),
        conference: ready,
      });
      expect(blockIn(storedBody(world))).toBe(blockIn({ content }));
      expect(storedBody(world).content).not.toContain('hand');
      expect(held(world)).toMatchObject([{ isOnlineMeeting: true, onlineMeeting: { joinUrl: url } }]);
    }, teams));

  test('costs one more request where the description is changed, and none where something else is', () =>
    booking(async ({ book, update }, world) => {
      let reading = await book();
      const change = async (patch: object) => {
        reading = await update(reading, patch);
      };
      expect(await asked(world, () => change({ description: 'New' }))).toEqual([
        'GET /me/events/…',
        'PATCH /me/events/…',
      ]);
      expect(await asked(world, () => change({ title: 'New' }))).toEqual(['PATCH /me/events/…']);
      expect(reading.snapshot).toMatchObject({ title: 'New', description: 'New', conference: ready });
    }, teams));

  test('loses no word that somebody writes into it at the same moment', () =>
    booking(async ({ book, update, readLiving }, world) => {
      const reading = await book();
      const body = storedBody(world);
      const content = `By hand${body.content}`;
      const { providerEventId: id } = reading;
      world.simulator.putEvent(email, 'default', { id, body: { ...body, content } });
      await expect(update(reading, { description: 'New' })).rejects.toMatchObject(stale);
      expect((await readLiving(reading)).snapshot.description).toMatch(/^By hand/);
    }, teams));

  test('whose description was to be replaced and that is gone is stale', () =>
    booking(async ({ book, update, people }) => {
      const reading = await book();
      people.remove(reading.providerEventId);
      await expect(update(reading, { description: 'New' })).rejects.toMatchObject(stale);
    }, teams));

  test('whose block somebody has taken away has a plain description again', () =>
    booking(async ({ book, update, readLiving }, world) => {
      const reading = await book();
      const body = { contentType: 'html', content: '<p>Only this</p>' };
      world.simulator.putEvent(email, 'default', { id: reading.providerEventId, body });
      const now = await readLiving(reading);
      expect(now.snapshot).toMatchObject({ description: 'Only this', conference: ready });
      await update(now, { description: 'Not even this' });
      expect(storedBody(world)).toEqual({ contentType: 'text', content: 'Not even this' });
    }, teams));

  test('that is not made yet is pending', () =>
    booking(async ({ book, readLiving }, world) => {
      const reading = await book();
      const native = reading.native as object;
      const body = { ...native, onlineMeeting: null };
      const match = { method: 'GET', path: '/me/events/' };
      world.simulator.fault({ match, action: { type: 'status', status: 200, body } });
      expect((await readLiving(reading)).snapshot.conference).toEqual({ state: 'pending' });
      expect((await readLiving(reading)).snapshot.conference).toEqual(ready);
    }, teams));

  test('cannot be exchanged, and nothing is asked of Graph then', () =>
    booking(async ({ book, update }, world) => {
      const reading = await book();
      const change = () => update(reading, { conference: 'google_meet', title: 'Second interview' });
      const message = expect.stringContaining('cannot be exchanged') as string;
      await expect(change()).rejects.toMatchObject({ ...unavailable, message });
      expect(await asked(world, change)).toEqual([]);
      expect(held(world)).toMatchObject([{ subject: 'Interview with Kim', isOnlineMeeting: true }]);
    }, teams));

  test('stays where none is wanted any more, and the rest is written', () =>
    booking(async ({ book, update }) => {
      const reading = await book();
      const after = await update(reading, { conference: 'none', title: 'Second interview' });
      expect(after.snapshot).toMatchObject({
        title: 'Second interview',
        conference: reading.snapshot.conference,
      });
    }, teams));

  test('that is there already is not asked for again', () =>
    booking(async ({ book, update }, world) => {
      const reading = await book();
      for (const conference of ['teams', 'provider_default'] as const)
        expect(await asked(world, () => update(reading, { conference }))).toEqual([]);
      const after = await update(reading, { conference: 'provider_default', title: 'Second interview' });
      expect(after.snapshot.conference).toEqual(reading.snapshot.conference);
    }, teams));

  test('is not wanted where none is there, and that is no news to Graph', () =>
    booking(async ({ book, update }, world) => {
      const reading = await book();
      expect(await asked(world, () => update(reading, { conference: 'none' }))).toEqual([]);
    }));

  test('takes the place of no meeting of another kind', () =>
    booking(async ({ book, update, readLiving }, world) => {
      const reading = await book();
      const skype = { isOnlineMeeting: true, onlineMeetingProvider: 'skypeForBusiness' };
      const onlineMeeting = { joinUrl: 'https://meet.lync.example/1' };
      world.simulator.putEvent(email, 'default', { id: reading.providerEventId, ...skype, onlineMeeting });
      const now = await readLiving(reading);
      expect(now.snapshot.conference).toEqual({ state: 'ready', url: onlineMeeting.joinUrl });
      await expect(update(now, { conference: 'teams' })).rejects.toMatchObject(unavailable);
      expect(await asked(world, () => update(now, { conference: 'provider_default' }))).toEqual([]);
    }));

  test('of which nobody is to hear is refused before the calendar is asked', () =>
    booking(async ({ create }, world) => {
      expect(await asked(world, () => create(silent))).toEqual([]);
    }, teams));
});

describe('a calendar without Teams', () => {
  const without = { allowedOnlineMeetingProviders: [] };

  test('refuses an interview that has to have it, and nothing is written', () =>
    booking(async (given, world) => {
      const other = inCalendar(given, world, without);
      await expect(other.create('teams')).rejects.toMatchObject({
        ...unavailable,
        message: expect.stringContaining('allows no Teams meetings') as string,
      });
      expect(written(world, 'POST')).toEqual([]);
      expect(other.held()).toEqual([]);
      expect(given.mailed()).toEqual([[], []]);
    }));

  test('takes one that leaves the choice to it, with what it has or without', () =>
    booking(async (given, world) => {
      const other = inCalendar(given, world, without);
      expect(await other.create('provider_default')).toMatchObject({
        type: 'created',
        reading: { snapshot: { conference: { state: 'none' } } },
      });
      expect(bodyOf(written(world, 'POST').at(-1))).not.toHaveProperty('isOnlineMeeting');
    }));

  test('is asked for what it has itself where that is left to it', () =>
    booking(async (given, world) => {
      const skype = { allowedOnlineMeetingProviders: ['skypeForBusiness', 'teamsForBusiness'] };
      await inCalendar(given, world, skype).create('provider_default');
      expect(bodyOf(written(world, 'POST').at(-1))).toMatchObject({
        onlineMeetingProvider: 'skypeForBusiness',
      });
    }));

  test.each([['unknown'], ['skypeForConsumer']])(
    'is asked for nothing where what it would choose is %s, or not allowed',
    (defaultOnlineMeetingProvider) =>
      booking(
        async ({ book }, world) => {
          const body = {
            allowedOnlineMeetingProviders: ['unknown', 'teamsForBusiness'],
            defaultOnlineMeetingProvider,
          };
          const action = { type: 'status', status: 200, body } as const;
          world.simulator.fault({ match: { method: 'GET', path: '/me/calendars/' }, action });
          expect((await book()).snapshot.conference).toEqual({ state: 'none' });
          expect(bodyOf(written(world, 'POST')[0])).not.toHaveProperty('isOnlineMeeting');
        },
        { changes: { conference: 'provider_default' } },
      ),
  );

  test('that is gone is told as such before anything is written', () =>
    booking(async ({ create }, world) => {
      refuse(world, { method: 'GET', path: '/me/calendars/' }, 404, 'ErrorItemNotFound');
      await expect(create()).rejects.toMatchObject({ detail: { code: 'calendar_unreachable' } });
      expect(written(world, 'POST')).toEqual([]);
    }, teams));

  test('is that of every personal account', () =>
    inMicrosoftWorld({}, async (world) => {
      const pat = 'pat@outlook.example';
      world.simulator.addUser({ email: pat, name: 'Pat', tid: PERSONAL_TENANT });
      const consent = (url: string) => world.simulator.authorize(url, { email: pat });
      const given = await bookingOf({ ...world, consent }, { conference: 'teams' });
      await expect(given.create()).rejects.toMatchObject(unavailable);
      const left = await bookingOf({ ...world, consent }, { conference: 'provider_default' });
      expect((await left.book()).snapshot.conference).toEqual({ state: 'none' });
    }));
});
