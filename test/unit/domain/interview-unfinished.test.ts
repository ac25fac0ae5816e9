import { describe, expect, it } from 'vitest';
import { planInterview } from '../../../src/domain/interview-plan.ts';
import { at, patched, wishOf, writtenOf } from './interview-world.ts';

describe('what was told to be put back, and has no answer', () => {
  const wish = wishOf({ policy: 'hold' });
  const stands = { ...writtenOf(wish), start: at(24), end: at(25), title: 'Lunch' };
  const input = {
    revision: 2,
    desired: wish,
    requestedVisibility: wish.visibility,
    applied: { wish, snapshot: stands },
    tried: wish,
    putBackRevision: 2,
  };

  it('is put back where that was not done, and told no more', () => {
    const { news, patch } = planInterview(input, stands);
    expect(news).toEqual([]);
    expect(patched(stands, patch!)).toEqual(writtenOf(wish));
  });

  it('is done where the calendar says so, and what people do then is left', () => {
    const now = writtenOf(wish);
    expect(planInterview(input, now)).toMatchObject({ patch: undefined, news: [] });
    const { patch, news } = planInterview(input, { ...now, location: 'Canteen' });
    expect(patch).toBeUndefined();
    expect(news).toEqual([{ type: 'changed', handling: 'left', fields: ['location'] }]);
  });

  it('is only read where nothing is to be written', () => {
    const plan = planInterview({ ...input, writes: false }, { ...stands, title: 'Dinner' });
    expect(plan).toMatchObject({ patch: undefined, putsBack: false });
    expect(plan.news).toEqual([{ type: 'changed', handling: 'left', fields: ['title'] }]);
  });
});
