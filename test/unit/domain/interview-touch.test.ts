import { describe, expect, it } from 'vitest';
import { belongingsIn, type PlacedInterview } from '../../../src/domain/interview-touch.ts';
import { event } from '../../support/fold.ts';

const here = { connectionId: 'ola', calendarId: 'olas' };
const guests = { connectionId: 'gil', calendarId: 'gils' };
const { start, end } = event('any');
const later = { start: new Date('2026-11-24T09:00:00Z'), end: new Date('2026-11-24T10:00:00Z') };
const interview: PlacedInterview = {
  id: 'i-1',
  places: [{ ...here, key: 'key 1', providerEventId: 'event 1' }],
  etag: '"1"',
  iCalUID: 'uid 1',
  spans: [{ start, end }],
};
const inOlas = belongingsIn(here, [interview]);
const inGils = belongingsIn(guests, [interview]);

describe('the event of an interview', () => {
  it('is known by its id, and is news in another version only', () => {
    const own = { interviewId: 'i-1', isExpected: true };
    expect(inOlas.of({ ...event('event 1'), etag: '"1"' })).toEqual({ ...own, isNews: false });
    expect(inOlas.of({ ...event('event 1'), etag: '"2"' })).toEqual({ ...own, isNews: true });
    expect(inOlas.of(event('event 1'))).toEqual({ ...own, isNews: true });
  });

  it('is expected wherever people have put it: the interview follows it, and that is told', () => {
    expect(inOlas.of({ ...event('event 1'), ...later })).toMatchObject({ isExpected: true });
  });

  it('is known by our own name before its id is, and is news then', () => {
    const place = { ...here, key: 'key 2' };
    const tried = belongingsIn(here, [{ id: 'i-2', places: [place], spans: [] }]);
    const found = { interviewId: 'i-2', isNews: true, isExpected: true };
    expect(tried.of({ ...event('whatever'), clientKey: 'key 2', etag: '"1"' })).toEqual(found);
    expect(tried.of(event('whatever'))).toBeUndefined();
    expect(tried.losing({ providerEventId: 'whatever' }, 'i-2')).toBe('i-2');
    expect(tried.losing({ providerEventId: 'whatever' }, 'i-3')).toBeUndefined();
  });

  it('counts where it is still to be taken out, too', () => {
    const former = { ...here, calendarId: 'before', key: 'key 0', providerEventId: 'event 0' };
    const moved = { ...interview, places: [...interview.places, former] };
    const inFormer = belongingsIn({ ...here, calendarId: 'before' }, [moved]);
    expect(inFormer.of(event('event 0'))).toMatchObject({ interviewId: 'i-1', isNews: true });
    expect(inFormer.losing({ providerEventId: 'event 0' })).toBe('i-1');
  });

  it('is lost where it is gone, or out of sight in another version', () => {
    expect(inOlas.losing({ providerEventId: 'event 1' })).toBe('i-1');
    expect(inOlas.losing({ providerEventId: 'event 1', etag: '"2"' })).toBe('i-1');
    expect(inOlas.losing({ providerEventId: 'event 1', etag: '"1"' })).toBeUndefined();
    expect(inOlas.losing({ providerEventId: 'event 2' })).toBeUndefined();
  });
});

describe('a copy at somebody who is asked', () => {
  const copy = { ...event('copy'), iCalUID: 'uid 1', etag: '"7"' };

  it('is known by its id in iCalendar, or by that of the event, and is no news', () => {
    const expected = { interviewId: 'i-1', isNews: false, isExpected: true };
    expect(inGils.of(copy)).toEqual(expected);
    expect(inGils.of({ ...event('event 1'), etag: '"7"' })).toEqual(expected);
    expect(inGils.of(event('copy'))).toBeUndefined();
  });

  it('is expected where the interview is or is wanted, and nowhere else', () => {
    expect(inGils.of({ ...copy, ...later })).toMatchObject({ isExpected: false });
    const moving = belongingsIn(guests, [{ ...interview, spans: [{ start, end }, later] }]);
    expect(moving.of({ ...copy, ...later })).toMatchObject({ isExpected: true });
    expect(moving.of(copy)).toMatchObject({ isExpected: true });
  });

  it('takes nothing from the interview where it goes', () => {
    expect(inGils.losing({ providerEventId: 'copy' })).toBeUndefined();
    expect(inGils.losing({ providerEventId: 'event 1' }, 'i-1')).toBeUndefined();
  });

  it('is not expected in another calendar of the account in which the event is: somebody has put it there', () => {
    const beside = belongingsIn({ ...here, calendarId: 'another' }, [interview]);
    expect(beside.of(copy)).toEqual({ interviewId: 'i-1', isNews: false, isExpected: false });
  });
});
