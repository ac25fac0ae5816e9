import { describe, expect, it } from 'vitest';
import { isTouched, scopeOf, type SyncMarks } from '../../../src/domain/sync-scope.ts';

const now = new Date('2026-11-23T09:00:00Z');
const later = new Date('2026-11-23T09:10:00Z');
const marks: SyncMarks = { dirty: false, touched: ['a'], sweepAt: later, abandoned: false };

describe('what a sync reads', () => {
  it('is what notifications named, where nothing else asks for it', () => {
    expect(scopeOf(marks, now)).toEqual({ type: 'touched', calendarIds: ['a'], sweepAt: later });
    expect(scopeOf({ ...marks, touched: ['*'] }, now)).toMatchObject({ type: 'touched', calendarIds: ['*'] });
  });

  it.each<[string, Partial<SyncMarks>]>([
    ['a trigger came', { dirty: true }],
    ['the time of the sweep has come', { sweepAt: now }],
    ['it was never swept', { sweepAt: undefined }],
    ['the run before took its marks and died', { abandoned: true }],
    ['nothing is marked', { touched: [] }],
  ])('is everything where %s, whatever notifications named', (_, over) => {
    expect(scopeOf({ ...marks, ...over }, now)).toEqual({ type: 'everything' });
  });
});

it('a calendar is touched by its own name, or with all', () => {
  expect(['a', 'b'].map((id) => isTouched(['a', 'c'], id))).toEqual([true, false]);
  expect(isTouched(['*'], 'b')).toBe(true);
  expect(isTouched([], 'b')).toBe(false);
});
