import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { contentOf, type CalendarEvent } from '../../../../src/domain/event.ts';
import { completed, seriesPart, type GraphEvent } from '../../../../src/providers/microsoft/graph-event.ts';
import { normalise } from '../../../../src/providers/microsoft/normalise.ts';

const context = { email: 'ada@contoso.example', timeZone: 'America/New_York' };

function fixture(name: string): GraphEvent {
  const file = new URL(`../../../fixtures/microsoft/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as GraphEvent;
}

function eventOf(item: GraphEvent): CalendarEvent {
  const normalised = normalise(item, context);
  if (normalised.type === 'unreadable') throw new Error(normalised.unreadable.reason);
  return normalised.event;
}

const read = (name: string): CalendarEvent => eventOf(fixture(name));

describe('an event of Graph', () => {
  it('is read field by field', () => {
    expect(read('single')).toEqual({
      providerEventId: 'AAkALg1',
      iCalUID: '040000008200E00074C5B7101A82E008',
      etag: 'W/"QStj0DSjX+oLzseAAAAAAAAB"',
      status: 'confirmed',
      kind: 'default',
      title: 'Interview',
      description: 'Round two, with the team',
      location: 'Room 7',
      start: new Date('2026-03-10T09:00:00Z'),
      end: new Date('2026-03-10T10:00:00Z'),
      startTimeZone: 'Europe/Berlin',
      allDay: false,
      busy: 'busy',
      response: 'organizer',
      organizer: { email: 'ada@contoso.example', name: 'Ada', self: true },
      attendees: [],
      visibility: 'default',
    });
  });

  it('with nothing but its times is busy and asks nobody', () => {
    expect(read('bare')).toMatchObject({
      busy: 'busy',
      response: 'none',
      attendees: [],
      visibility: 'default',
    });
    expect(read('bare').title).toBeUndefined();
  });

  it('by the day keeps its dates, and its days begin where it was made', () => {
    expect(read('all-day')).toMatchObject({
      allDay: true,
      startDate: '2026-03-29',
      endDate: '2026-03-31',
      start: new Date('2026-03-28T23:00:00Z'),
      end: new Date('2026-03-30T22:00:00Z'),
    });
  });

  it('by the day is not shifted by the zone that its times are labelled with', () => {
    expect(read('all-day-labelled-with-another-zone')).toMatchObject({
      startDate: '2026-03-29',
      endDate: '2026-03-30',
      start: new Date('2026-03-28T23:00:00Z'),
    });
  });

  it('by the day, made in a zone that nobody knows, begins where the calendar is, else in UTC', () => {
    expect(read('custom-time-zone')).toMatchObject({ start: new Date('2026-03-10T04:00:00Z') });
    expect(read('custom-time-zone').startTimeZone).toBeUndefined();
    const nowhere = normalise(fixture('custom-time-zone'), { email: context.email });
    expect(nowhere).toMatchObject({ event: { start: new Date('2026-03-10T00:00:00Z') } });
  });

  it('by the day that ends on the day it starts fills that day', () => {
    const item = { ...fixture('all-day'), end: fixture('all-day').start };
    expect(eventOf(item)).toMatchObject({ startDate: '2026-03-29', endDate: '2026-03-30' });
  });

  it('in another zone than the one we ask for is read in that zone', () => {
    expect(read('preferred-zone-ignored').start).toEqual(new Date('2026-03-29T08:00:00Z'));
  });

  it('that ends before it starts has no length', () => {
    expect(read('ends-before-it-starts')).toMatchObject({ end: new Date('2026-03-10T09:00:00Z') });
  });

  it.each([
    ['free', 'free'],
    ['tentative', 'tentative'],
    ['busy', 'busy'],
    ['oof', 'out_of_office'],
    ['workingElsewhere', 'working_elsewhere'],
    ['unknown', 'busy'],
    [null, 'busy'],
    ['somethingNew', 'busy'],
  ])('shown as %j is %s', (showAs, busy) => {
    expect(eventOf({ ...fixture('single'), showAs }).busy).toBe(busy);
  });

  it.each([
    ['normal', 'default'],
    ['personal', 'default'],
    ['private', 'private'],
    ['confidential', 'confidential'],
    ['somethingNew', 'private'],
    [undefined, 'default'],
  ])('of sensitivity %j is %s', (sensitivity, visibility) => {
    expect(eventOf({ ...fixture('private'), sensitivity }).visibility).toBe(visibility);
  });

  it.each([
    ['none', 'organizer', true],
    ['none', 'none', false],
    ['organizer', 'organizer', true],
    ['tentativelyAccepted', 'tentative', false],
    ['accepted', 'accepted', false],
    ['declined', 'declined', false],
    ['notResponded', 'needs_action', false],
  ])('answered %j is %s (organizer: %#)', (response, own, isOrganizer) => {
    expect(eventOf({ ...fixture('single'), responseStatus: { response }, isOrganizer }).response).toBe(own);
  });

  it('tells who is invited, in what way, and who of them is the owner of the calendar', () => {
    const { attendees, organizer, status, busy, response } = read('invitation');
    expect({ status, busy, response }).toEqual({
      status: 'tentative',
      busy: 'tentative',
      response: 'tentative',
    });
    expect(organizer).toEqual({ email: 'grace@contoso.example', name: 'Grace', self: false });
    expect(attendees).toEqual([
      {
        email: 'Ada@Contoso.example',
        name: 'Ada',
        response: 'tentative',
        optional: false,
        resource: false,
        self: true,
      },
      {
        email: 'lin@contoso.example',
        name: 'Lin',
        response: 'needs_action',
        optional: true,
        resource: false,
        self: false,
      },
      {
        email: 'room7@contoso.example',
        name: 'Room 7',
        response: 'accepted',
        optional: false,
        resource: true,
        self: false,
      },
    ]);
  });

  it.each([
    ['teams-meeting', 'https://teams.example/l/meetup-join/1'],
    ['skype-meeting', 'https://meet.example/ada/1'],
    ['single', undefined],
  ])('%s is joined at %s', (name, url) => {
    expect(read(name).meetingUrl).toBe(url);
  });

  it('links to nothing but web pages', () => {
    const item = { ...fixture('single'), onlineMeeting: { joinUrl: 'javascript:alert(1)' } };
    expect(eventOf(item).meetingUrl).toBeUndefined();
  });

  it('with a body that is no text shows its preview', () => {
    expect(read('html-body').description).toBe('Round two');
  });

  it('tells the name that its maker has given it, which is no part of what it says', () => {
    const named = eventOf({ ...fixture('single'), transactionId: 'a1b2c3' });
    expect(named.clientKey).toBe('a1b2c3');
    expect(read('single').clientKey).toBeUndefined();
    expect(eventOf({ ...fixture('single'), transactionId: null }).clientKey).toBeUndefined();
    expect(contentOf(named)).toBe(contentOf(read('single')));
  });

  it('that is an exception speaks for itself', () => {
    expect(read('exception')).toMatchObject({
      recurringEventId: 'AAkALgSeries',
      originalStart: new Date('2026-03-17T08:00:00Z'),
      start: new Date('2026-03-17T13:00:00Z'),
      iCalUID: '040000008200E00074C5B7101A82E008',
      etag: 'W/"QStj0DSjX+oLzseAAAAAAAAB"',
    });
  });

  it('that is an occurrence is the same whether delta gave it thin or its series gave it in full', () => {
    const thin = completed(fixture('thin-occurrence'), seriesPart(fixture('series-master')));
    expect(contentOf(eventOf(thin))).toBe(contentOf(read('full-occurrence')));
    expect(eventOf(thin)).toMatchObject({
      title: 'Stand-up',
      recurringEventId: 'AAkALgSeries',
      originalStart: new Date('2026-03-18T08:00:00Z'),
    });
  });
});

describe('an event of Graph that cannot be read', () => {
  it.each([
    ['year-one', 'its start is in the year 1'],
    ['date-that-does-not-exist', 'its start does not exist'],
    ['unknown-time-zone', 'its start is in a time zone that is not known'],
  ])('(%s) is named with the reason', (name, reason) => {
    const unreadable = { providerEventId: 'AAkALg1', reason };
    expect(normalise(fixture(name), context)).toEqual({ type: 'unreadable', unreadable });
  });

  it.each([
    ['no start', { start: null }],
    ['an offset', { start: { dateTime: '2026-03-10T09:00:00+02:00', timeZone: 'UTC' } }],
    ['a year of five digits', { end: { dateTime: '10000-01-01T00:00:00.0000000', timeZone: 'UTC' } }],
    ['hours beyond the day', { start: { dateTime: '2026-03-10T24:30:00', timeZone: 'UTC' } }],
  ])('(%s) is named', (_, change) => {
    expect(normalise({ ...fixture('single'), ...change }, context).type).toBe('unreadable');
  });

  it('without an id is counted', () => {
    expect(normalise({ ...fixture('single'), id: '' }, context)).toMatchObject({
      unreadable: { providerEventId: '(without id)' },
    });
  });
});

describe('whatever Graph sends', () => {
  const time = fc.record({
    dateTime: fc.oneof(
      fc
        .date({ noInvalidDate: false })
        .map((date) => (Number.isNaN(date.getTime()) ? 'x' : date.toISOString().slice(0, -1))),
      fc.string(),
      fc.constant('2026-03-29T02:30:00.0000000'),
    ),
    timeZone: fc.constantFrom(
      'UTC',
      'W. Europe Standard Time',
      'tzone://Microsoft/Custom',
      'constructor',
      '',
    ),
  });
  const wild = fc.record(
    {
      id: fc.oneof(fc.string(), fc.anything()),
      type: fc.constantFrom('singleInstance', 'occurrence', 'exception', null),
      start: fc.oneof(time, fc.anything()),
      end: fc.oneof(time, fc.anything()),
      isAllDay: fc.oneof(fc.boolean(), fc.anything()),
      originalStartTimeZone: fc.oneof(fc.constantFrom('Pacific Standard Time', '__proto__'), fc.anything()),
      attendees: fc.anything(),
      organizer: fc.anything(),
      location: fc.anything(),
      body: fc.anything(),
      onlineMeeting: fc.anything(),
      responseStatus: fc.anything(),
      originalStart: fc.anything(),
      seriesMasterId: fc.anything(),
    },
    { requiredKeys: [] },
  );

  it('is read or named, never thrown, and never ends before it starts', () => {
    const makesSense = (item: GraphEvent): boolean => {
      const normalised = normalise(item, context);
      if (normalised.type === 'unreadable') return normalised.unreadable.providerEventId !== '';
      const { start, end, allDay, startDate = '', endDate = '' } = normalised.event;
      return end >= start && (!allDay || startDate < endDate);
    };
    const property = fc.property(wild, (item) => {
      expect(makesSense(item)).toBe(true);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('in valid times is read to the millisecond', () => {
    const instant = fc.date({
      min: new Date('1990-01-01Z'),
      max: new Date('2100-01-01Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 1e9 }), (start, length) => {
        const end = new Date(start.getTime() + length);
        const wire = (date: Date) => ({
          dateTime: `${date.toISOString().slice(0, -1)}0000`,
          timeZone: 'UTC',
        });
        const event = eventOf({ ...fixture('single'), start: wire(start), end: wire(end) });
        expect([event.start, event.end]).toEqual([start, end]);
      }),
    );
  });
});
