import { describe, expect, test } from 'vitest';

import { retryAfterMs } from '../../../src/domain/retry-after.ts';

const now = new Date('2026-03-02T09:00:00.250Z');

const waitOf = (headers: Readonly<Record<string, string>>): number | undefined =>
  retryAfterMs((name) => headers[name], now);

test.each([
  ['whole seconds', '120', 120_000],
  ['a fraction of a second', '2.128', 2128],
  ['less than a millisecond, rounded up', '1.0001', 1001],
  ['the shortest wait there is', '0.1', 100],
  ['white space around the number', ' 7 ', 7000],
  ['an HTTP date', 'Mon, 02 Mar 2026 09:01:00 GMT', 59_750],
  ['the obsolete RFC 850 date', 'Monday, 02-Mar-26 09:01:00 GMT', 59_750],
  ['the obsolete asctime date, which is UTC without saying so', 'Mon Mar  2 09:01:00 2026', 59_750],
])('%s is understood', (_, header, expected) => {
  expect(waitOf({ 'retry-after': header })).toBe(expected);
});

test.each([
  ['no wait at all', '0'],
  ['no wait at all in fractions', '0.000'],
  ['a wait that is none', '0.0001'],
  ['an HTTP date that has passed', 'Mon, 02 Mar 2026 08:00:00 GMT'],
  ['the present moment', 'Mon, 02 Mar 2026 09:00:00 GMT'],
  ['an empty header', ''],
  ['a negative number', '-1'],
  ['words', 'soon'],
  ['an ISO date, which is not an HTTP date', '2026-03-02T09:01:00Z'],
  ['a broken date', 'Mon, 99 Foo 2026 09:01:00 GMT'],
  ['a number beyond all bounds', '9'.repeat(30)],
])('%s names no wait, so that nobody asks again at once', (_, header) => {
  expect(waitOf({ 'retry-after': header })).toBeUndefined();
});

test('an absent header names no wait', () => {
  expect(waitOf({ date: 'Mon, 02 Mar 2026 08:00:00 GMT' })).toBeUndefined();
});

describe('a date is measured against the answer’s own', () => {
  test.each([
    ['an hour slow', '08:00:00', '08:01:00', 60_000],
    ['an hour fast', '10:00:00', '10:01:00', 60_000],
    ['right', '09:00:00', '09:01:00', 60_000],
    ['an hour slow, when it has passed', '08:00:00', '07:59:00', undefined],
    ['an hour fast, when it is now', '10:00:00', '10:00:00', undefined],
  ])('where the clock of the vendor is %s', (_, clock, until, expected) => {
    const headers = { date: `Mon, 02 Mar 2026 ${clock} GMT`, 'retry-after': `Mon, 02 Mar 2026 ${until} GMT` };
    expect(waitOf(headers)).toBe(expected);
  });

  test('and against our clock where that is none', () => {
    const headers = { date: 'yesterday', 'retry-after': 'Mon, 02 Mar 2026 09:01:00 GMT' };
    expect(waitOf(headers)).toBe(59_750);
  });

  test('and seconds are seconds whatever date there is', () => {
    expect(waitOf({ date: 'Mon, 02 Mar 2026 08:00:00 GMT', 'retry-after': '7' })).toBe(7000);
  });
});
