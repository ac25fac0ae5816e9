import { describe, expect, test } from 'vitest';

import type { EventPatch } from '../../../../src/domain/interview-changes.ts';
import type { EventDraft } from '../../../../src/domain/interview.ts';
import { newEvent, patchedEvent, readingOf } from '../../../../src/providers/google/interview-wire.ts';
import type { JsonObject } from '../../../../src/providers/google/wire.ts';

const key = '0f'.repeat(20);
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

const wire = (more: JsonObject = {}): JsonObject => ({
  id: key,
  etag: '"1"',
  start: { dateTime: '2026-03-10T10:00:00+01:00' },
  end: { dateTime: '2026-03-10T11:00:00+01:00' },
  ...more,
});
const patched = (native: JsonObject, patch: EventPatch) => patchedEvent({ key, etag: '"1"', native }, patch);

describe('a new event', () => {
  test('says nothing of what the draft leaves open', () => {
    expect(Object.keys(newEvent(key, draft, '1'))).not.toContain('description');
    expect(newEvent(key, draft, '1')).toMatchObject({ reminders: { useDefault: true, overrides: [] } });
    expect(newEvent(key, draft, '1')).not.toHaveProperty('conferenceData');
  });

  test('of a held time is tentative and private where it is to be', () => {
    const held = newEvent(key, { ...draft, tentative: true, visibility: 'private' }, '1');
    expect(held).toMatchObject({ status: 'tentative', visibility: 'private' });
  });
});

describe('a patch', () => {
  test('that names nothing is empty', () => {
    expect(patched(wire(), {})).toEqual({});
  });

  test('takes texts away with null', () => {
    expect(patched(wire(), { description: '', location: '', title: '' })).toEqual({
      description: null,
      location: null,
      summary: '',
    });
  });

  test('of attendees keeps whom no snapshot names, and what Google alone knows of the others', () => {
    const nameless = { id: '7', responseStatus: 'accepted' };
    const organizer = { email: 'ada@example.com', organizer: true, self: true, responseStatus: 'accepted' };
    const kim = {
      email: 'Kim@example.com',
      additionalGuests: 2,
      comment: 'late',
      responseStatus: 'tentative',
    };
    const native = wire({ attendees: [kim, nameless, organizer] });
    const attendee = { email: 'kim@example.com', optional: false, resource: false };
    expect(patched(native, { attendees: [attendee] })).toEqual({ attendees: [nameless, organizer, kim] });
    expect(patched(native, { attendees: [{ ...attendee, optional: true }] })).toEqual({
      attendees: [nameless, organizer, { ...kim, optional: true }],
    });
    expect(patched(native, { attendees: [] })).toEqual({ attendees: [nameless, organizer] });
  });

  test('asks for a link under another id for each version of the event', () => {
    const requestOf = (etag: string) =>
      patchedEvent({ key, etag, native: wire() }, { conference: 'google_meet' }).conferenceData;
    expect(requestOf('"1"')).toEqual(requestOf('"1"'));
    expect(requestOf('"1"')).not.toEqual(requestOf('"2"'));
    expect(newEvent(key, { ...draft, conference: 'google_meet' }, '1').conferenceData).not.toEqual(
      requestOf('"1"'),
    );
  });
});

describe('a reading', () => {
  const conferenceOf = (more: JsonObject) => readingOf(wire(more), 'UTC').snapshot.conference;
  const request = (statusCode?: string) => ({
    conferenceData: { createRequest: { requestId: 'a', ...(statusCode && { status: { statusCode } }) } },
  });

  test.each([
    ['nothing', {}, { state: 'none' }],
    ['a request without a word', request(), { state: 'pending' }],
    ['a request that is under way', request('pending'), { state: 'pending' }],
    ['a request that failed', request('failure'), { state: 'failed' }],
    ['a link that is made and not told', request('success'), { state: 'ready' }],
    ['a telephone alone', { conferenceData: { entryPoints: [{ uri: 'tel:1' }] } }, { state: 'none' }],
    [
      'a link that is there though another was asked for in vain',
      { ...request('failure'), hangoutLink: 'https://meet.google.com/a' },
      { state: 'ready', url: 'https://meet.google.com/a' },
    ],
  ])('of %s is told as such', (_, more, told) => {
    expect(conferenceOf(more)).toEqual(told);
  });

  test('names everybody with an address but the organizer', () => {
    const attendees = [
      { email: 'ada@example.com', organizer: true },
      { id: '7' },
      { email: 'room@example.com', resource: true, responseStatus: 'declined' },
      { email: 'kim@example.com', optional: true, displayName: 'Kim', comment: 'late' },
    ];
    expect(readingOf(wire({ attendees }), 'UTC').snapshot.attendees).toEqual([
      { email: 'room@example.com', optional: false, resource: true, response: 'declined' },
      { email: 'kim@example.com', name: 'Kim', optional: true, resource: false, response: 'needs_action' },
    ]);
  });

  test('of a text that is empty has none', () => {
    const { snapshot } = readingOf(wire({ summary: '', description: '' }), 'UTC');
    expect([snapshot.title, snapshot.description, snapshot.location]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
