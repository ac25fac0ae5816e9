import { describe, expect, it } from 'vitest';
import type { Attendee } from '../../../src/domain/event.ts';
import { eventLimits, fitted } from '../../../src/domain/event-size.ts';
import { anEvent } from '../../support/builders.ts';

const attendee = (n: number, self = false): Attendee => ({
  email: `${n}@example.com`,
  response: 'accepted',
  optional: false,
  resource: false,
  self,
});

describe('an entry of unusual size', () => {
  it.each(['title', 'location', 'description'] as const)('keeps a %s up to the limit', (field) => {
    const limit = eventLimits[field];
    expect(fitted(anEvent('a', { [field]: 'x'.repeat(limit) }))[field]).toBe('x'.repeat(limit));
    expect(fitted(anEvent('a', { [field]: 'x'.repeat(limit + 1) }))[field]).toBe(`${'x'.repeat(limit - 1)}…`);
  });

  it('has no half characters where it was cut: they would look changed with every reading', () => {
    const cut = fitted(anEvent('a', { title: `x${'👋'.repeat(eventLimits.title)}` })).title;
    expect(cut?.isWellFormed()).toBe(true);
    expect(cut?.endsWith('👋…')).toBe(true);
  });

  it('keeps the first of its attendees, and the user among them', () => {
    const many = Array.from({ length: eventLimits.attendees + 5 }, (_, n) => attendee(n));
    expect(fitted(anEvent('a', { attendees: many })).attendees).toEqual(many.slice(0, eventLimits.attendees));
    const { attendees } = fitted(anEvent('a', { attendees: [...many, attendee(-1, true)] }));
    expect(attendees).toEqual([...many.slice(0, eventLimits.attendees - 1), attendee(-1, true)]);
  });

  it('is left as it is where it is of usual size', () => {
    const event = anEvent('a', { description: 'Agenda', attendees: [attendee(1, true)] });
    expect(fitted(event)).toEqual(event);
  });
});
