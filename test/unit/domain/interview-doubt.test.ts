import { describe, expect, it } from 'vitest';
import { doubtFrom, doubtLookAt, isInDoubt } from '../../../src/domain/interview-doubt.ts';

const sent = new Date('2026-03-10T09:00:00Z');
const later = (seconds: number): Date => new Date(sent.getTime() + seconds * 1_000);
const place = { doubtUntil: doubtFrom(sent) };

describe('a place whose creation had no answer', () => {
  it('is in doubt for two minutes', () => {
    expect([0, 119, 120].map((seconds) => isInDoubt(place, later(seconds)))).toEqual([true, true, false]);
    expect(isInDoubt({}, sent)).toBe(false);
  });

  it('is looked at seldomer as time goes by, and last at the end', () => {
    const looks: number[] = [];
    for (let at: Date | undefined = sent; (at = doubtLookAt([{}, place], at)) !== undefined;)
      looks.push(Math.round((at.getTime() - sent.getTime()) / 1_000));
    expect(looks).toEqual([5, 10, 15, 23, 34, 51, 76, 114, 120]);
  });

  it('is looked at as soon as the first of several asks for it', () => {
    const older = { doubtUntil: later(4) };
    expect(doubtLookAt([place, older], sent)).toEqual(later(4));
    expect(doubtLookAt([{}], sent)).toBeUndefined();
  });
});
