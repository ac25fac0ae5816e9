import { describe, expect, it } from 'vitest';

import type { EventPatch } from '../../../../src/domain/interview-changes.ts';
import type { EventDraft } from '../../../../src/domain/interview.ts';
import type { GraphEvent } from '../../../../src/providers/microsoft/graph-event.ts';
import {
  isShownToOthers,
  newEvent,
  patchedEvent,
  readingOf,
  withoutSelf,
} from '../../../../src/providers/microsoft/interview-wire.ts';

const key = '0f'.repeat(20);
const self = { email: 'ada@contoso.example' };
const draft: EventDraft = {
  start: new Date('2026-03-10T09:00:00Z'),
  end: new Date('2026-03-10T10:00:00Z'),
  timeZone: 'Europe/Berlin',
  title: 'Interview',
  attendees: [],
  conference: 'none',
  visibility: 'default',
  tentative: false,
};
const person = (email: string) => ({ email, optional: false, resource: false });
const utc = (dateTime: string) => ({ dateTime: `${dateTime}.0000000`, timeZone: 'UTC' });
const wire = (more: GraphEvent = {}): GraphEvent => ({
  '@odata.etag': 'W/"1"',
  id: 'AAkALg1',
  isOrganizer: true,
  organizer: { emailAddress: { address: 'Ada@contoso.example', name: 'Ada' } },
  start: utc('2026-03-10T09:00:00'),
  end: utc('2026-03-10T10:00:00'),
  ...more,
});
const patched = (native: GraphEvent, patch: EventPatch) => patchedEvent(native, patch, self);
const read = (more: GraphEvent = {}) => readingOf('events.get', wire(more), self).snapshot;

describe('a new event', () => {
  it('says nothing of what the draft leaves open', () => {
    const event = newEvent({ key, mark: '1' }, draft, undefined);
    for (const name of ['location', 'isReminderOn', 'reminderMinutesBeforeStart', 'isOnlineMeeting'])
      expect(event).not.toHaveProperty(name);
    expect(event).toMatchObject({ body: { contentType: 'text', content: '' }, sensitivity: 'normal' });
  });

  it('of a held time is tentative', () => {
    expect(newEvent({ key, mark: '1' }, { ...draft, tentative: true }, undefined)).toMatchObject({
      showAs: 'tentative',
    });
  });

  it.each([
    ['default', 'normal'],
    ['public', 'normal'],
    ['private', 'private'],
    ['confidential', 'confidential'],
  ] as const)('that is to be %s is %s', (visibility, sensitivity) => {
    expect(newEvent({ key, mark: '1' }, { ...draft, visibility }, undefined)).toMatchObject({ sensitivity });
  });

  it('takes the first of several reminders', () => {
    const event = newEvent({ key, mark: '1' }, { ...draft, reminders: [30, 5] }, undefined);
    expect(event).toMatchObject({ isReminderOn: true, reminderMinutesBeforeStart: 30 });
  });

  it('does not ask the organizer, whatever the letters’ case', () => {
    expect(withoutSelf([person('ADA@contoso.example'), person('kim@x.example')], self)).toEqual([
      person('kim@x.example'),
    ]);
  });
});

describe('a patch', () => {
  it('that names nothing is empty', () => {
    expect(patched(wire(), {})).toEqual({});
    expect(patched(wire(), { reminders: [] })).toEqual({});
  });

  it('of the time says that it does not take all day', () => {
    const time = { start: draft.start, end: draft.end, timeZone: 'America/New_York' };
    expect(patched(wire({ isAllDay: true }), { time })).toEqual({
      start: { dateTime: '2026-03-10T05:00:00', timeZone: 'America/New_York' },
      end: { dateTime: '2026-03-10T06:00:00', timeZone: 'America/New_York' },
      isAllDay: false,
    });
  });

  it('takes a location away', () => {
    expect(patched(wire(), { location: '' })).toEqual({ location: { displayName: '' } });
  });

  it('of attendees keeps whom no snapshot names, and what Graph alone knows of the others', () => {
    const organizer = { type: 'required', emailAddress: { address: 'ada@contoso.example', name: 'Ada' } };
    const nameless = { type: 'required', emailAddress: { name: 'Somebody' } };
    const kim = { type: 'required', emailAddress: { address: 'Kim@x.example', name: 'Kim' }, more: 1 };
    const answered = { ...kim, status: { response: 'accepted' }, proposedNewTime: {} };
    const gone = { type: 'required', emailAddress: { address: 'lee@x.example' } };
    const native = wire({ attendees: [organizer, answered, gone, nameless] });
    const attendees = [
      { ...person('kim@x.example'), optional: true },
      { ...person('room@x.example'), name: 'Room', resource: true },
      person('ada@contoso.example'),
    ];
    expect(patched(native, { attendees })).toEqual({
      attendees: [
        organizer,
        nameless,
        { ...kim, type: 'optional' },
        { type: 'resource', emailAddress: { address: 'room@x.example', name: 'Room' } },
      ],
    });
  });

  it('is shown to others unless it is about the organizer’s own affairs', () => {
    expect(isShownToOthers({ reminders: [5], tentative: true })).toBe(false);
    expect(isShownToOthers({ reminders: [5], title: undefined })).toBe(false);
    for (const patch of [{ title: 'x' }, { description: '' }, { attendees: [] }] as EventPatch[])
      expect(isShownToOthers(patch)).toBe(true);
  });
});

describe('a reading', () => {
  it('names attendees with their answers, and not the organizer', () => {
    const attendee = (address: string, response: string, more: object = {}) => ({
      type: 'required',
      status: { response, time: '2026-03-01T10:00:00Z' },
      emailAddress: { address, name: address },
      ...more,
    });
    const slot = { start: utc('2026-03-11T09:00:00'), end: utc('2026-03-11T10:00:00') };
    const { attendees } = read({
      attendees: [
        attendee('ada@contoso.example', 'organizer'),
        attendee('kim@x.example', 'none'),
        attendee('lee@x.example', 'tentativelyAccepted', { proposedNewTime: slot, type: 'optional' }),
        attendee('room@x.example', 'declined', { type: 'resource' }),
        { emailAddress: { name: 'Somebody' } },
      ],
    });
    expect(attendees).toEqual([
      { ...person('kim@x.example'), name: undefined, response: 'needs_action', proposed: undefined },
      {
        ...person('lee@x.example'),
        name: undefined,
        optional: true,
        response: 'tentative',
        proposed: { start: new Date('2026-03-11T09:00:00Z'), end: new Date('2026-03-11T10:00:00Z') },
      },
      {
        ...person('room@x.example'),
        name: undefined,
        resource: true,
        response: 'declined',
        proposed: undefined,
      },
    ]);
  });

  it.each([
    [{}, { state: 'none' }],
    [{ isOnlineMeeting: true, onlineMeeting: null }, { state: 'pending' }],
    [
      { isOnlineMeeting: true, onlineMeeting: { joinUrl: 'https://teams.example/1' } },
      { state: 'ready', url: 'https://teams.example/1' },
    ],
    [{ onlineMeetingUrl: 'https://meet.example/1' }, { state: 'ready', url: 'https://meet.example/1' }],
    [{ onlineMeeting: { joinUrl: 'javascript:alert(1)' } }, { state: 'none' }],
  ])('of %j has the meeting %j', (more, conference) => {
    expect(read(more).conference).toEqual(conference);
  });

  it('of a meeting without a description has none, whatever its preview shows', () => {
    const line = '_'.repeat(80);
    const joinUrl = 'https://teams.microsoft.com/l/meetup-join/1';
    const content = `\r\n${line}\r\nMicrosoft Teams meeting\r\nJoin: ${joinUrl}\r\n${line}\r\n`;
    const body = { contentType: 'text', content };
    const more = { isOnlineMeeting: true, onlineMeeting: { joinUrl }, bodyPreview: line, body };
    expect(read(more).description).toBeUndefined();
  });

  it('keeps the lines that people draw in a body of their own', () => {
    const content = `${'_'.repeat(80)}\nAgenda\n${'_'.repeat(80)}`;
    expect(read({ body: { contentType: 'text', content } }).description).toBe(content);
  });

  it('has the version by which a sync knows the event', () => {
    expect(read().etag).toBe('W/"1"');
    expect(read({ '@odata.etag': undefined, changeKey: '2' }).etag).toBe('2');
  });

  it.each([
    ['without a version', { '@odata.etag': undefined }],
    ['without an id', { id: undefined }],
    ['at no time', { start: { dateTime: 'soon', timeZone: 'UTC' } }],
  ])('of an event %s is malformed, and quotes nothing of it', (_, more) => {
    expect(() => read({ subject: 'secret', ...more })).toThrow(
      expect.objectContaining({
        kind: 'malformed',
        message: expect.not.stringContaining('secret') as string,
      }),
    );
  });
});
