import { describe, expect, it } from 'vitest';

import { parseFields, selectFields } from '../../simulators/google/partial-fields.ts';

const body = {
  kind: 'calendar#events',
  nextSyncToken: 'token',
  items: [
    {
      id: 'a',
      summary: 'A',
      start: { dateTime: 'now', timeZone: 'UTC' },
      attendees: [{ email: 'x', self: true }],
    },
  ],
};

describe('the fields parameter of the Google simulator', () => {
  it.each([
    ['kind', { kind: 'calendar#events' }],
    [
      'items(id,start/dateTime),nextSyncToken',
      { nextSyncToken: 'token', items: [{ id: 'a', start: { dateTime: 'now' } }] },
    ],
    ['items/id', { items: [{ id: 'a' }] }],
    ['items(id,attendees(email))', { items: [{ id: 'a', attendees: [{ email: 'x' }] }] }],
    ['items/start', { items: [{ start: { dateTime: 'now', timeZone: 'UTC' } }] }],
    ['items(id),items(summary)', { items: [{ id: 'a', summary: 'A' }] }],
    ['nothing', {}],
  ])('selects by %s', (selector, selected) => {
    expect(selectFields(body, parseFields(selector))).toEqual(selected);
  });

  it.each(['items(', 'items(id', 'items)', ',', '', 'items(id))', 'a b', 'items//id'])(
    'refuses "%s"',
    (selector) => {
      expect(() => parseFields(selector)).toThrow('Invalid field selection');
    },
  );
});
