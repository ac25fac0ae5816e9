import { expect, test } from 'vitest';

import { retryAfterMs } from '../../../src/domain/retry-after.ts';

const now = new Date('2026-03-02T09:00:00.250Z');

test.each([
  ['whole seconds', '120', 120_000],
  ['no wait at all', '0', 0],
  ['a fraction of a second', '2.128', 2128],
  ['less than a millisecond, rounded up', '0.0001', 1],
  ['white space around the number', ' 7 ', 7000],
  ['an HTTP date', 'Mon, 02 Mar 2026 09:01:00 GMT', 59_750],
  ['an HTTP date that has passed', 'Mon, 02 Mar 2026 08:00:00 GMT', 0],
  ['the obsolete RFC 850 date', 'Monday, 02-Mar-26 09:01:00 GMT', 59_750],
  ['the obsolete asctime date, which is UTC without saying so', 'Mon Mar  2 09:01:00 2026', 59_750],
])('%s is understood', (_, header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected);
});

test.each([
  ['an absent header', undefined],
  ['an empty header', ''],
  ['a negative number', '-1'],
  ['words', 'soon'],
  ['an ISO date, which is not an HTTP date', '2026-03-02T09:01:00Z'],
  ['a broken date', 'Mon, 99 Foo 2026 09:01:00 GMT'],
  ['a number beyond all bounds', '9'.repeat(30)],
])('%s says nothing', (_, header) => {
  expect(retryAfterMs(header, now)).toBeUndefined();
});
