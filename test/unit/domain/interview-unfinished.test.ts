import { describe, expect, it } from 'vitest';
import { planInterview } from '../../../src/domain/interview-plan.ts';
import { asked, at, doneIn, patched, wishOf, writtenOf } from './interview-world.ts';

describe('what was told to be put back, and has no answer', () => {
  const wish = wishOf({ policy: 'hold' });
  const stands = { ...writtenOf(wish), start: at(24), end: at(25), title: 'Lunch' };
  const input = {
    revision: 2,
    desired: wish,
    requestedVisibility: wish.visibility,
    applied: { wish, snapshot: stands },
    promised: ['time', 'title'] as const,
    putBackRevision: 2,
  };

  it('is put back where that was not done, and told no more', () => {
    const { news, patch } = planInterview(input, stands);
    expect(news).toEqual([]);
    expect(patched(stands, patch!)).toEqual(writtenOf(wish));
  });

  it('is done where the calendar says so, and what people do then is left', () => {
    const now = writtenOf(wish);
    const done = { ...doneIn(input, wish, now), promised: [] };
    expect(planInterview(done, now)).toMatchObject({ patch: undefined, news: [] });
    const { patch, news } = planInterview(done, { ...now, location: 'Canteen' });
    expect(patch).toBeUndefined();
    expect(news).toEqual([{ type: 'changed', handling: 'left', fields: ['location'] }]);
  });

  it('is put back with what people have added meanwhile, and not told a second time', () => {
    const both = wishOf({
      policy: 'hold',
      attendees: [asked('kim@else.example'), asked('ada@else.example')],
    });
    const without = { ...writtenOf(both), attendees: writtenOf(both).attendees.slice(1) };
    const added = { ...writtenOf(wishOf()).attendees[0]!, email: 'pete@else.example' };
    const now = { ...without, attendees: [...without.attendees, added] };
    const applied = { wish: both, snapshot: without };
    const { news, patch } = planInterview({ ...input, desired: both, applied, promised: ['attendees'] }, now);
    expect(news).toEqual([{ type: 'changed', handling: 'left', fields: ['attendees'] }]);
    const emails = patched(now, patch!).attendees.map(({ email }) => email);
    expect(emails.toSorted()).toEqual(['ada@else.example', 'kim@else.example', 'pete@else.example']);
  });

  it('is left as people have changed it again meanwhile, as it is told', () => {
    const { news, patch } = planInterview(input, { ...stands, title: 'Dinner' });
    expect(news).toEqual([{ type: 'changed', handling: 'left', fields: ['title'] }]);
    expect(Object.keys(patch!)).toEqual(['time']);
  });

  it('is not mixed up with what was left before', () => {
    const { patch } = planInterview({ ...input, promised: ['time'] }, stands);
    expect(Object.keys(patch!)).toEqual(['time']);
  });

  it('is put back also where the main app leaves to people from now on what they change', () => {
    const desired = wishOf({ policy: 'follow' });
    const {
      news,
      patch,
      desired: wanted,
      putsBack,
    } = planInterview({ ...input, revision: 3, desired }, stands);
    expect(news).toEqual([]);
    expect(putsBack).toBe(true);
    expect(wanted).toEqual(desired);
    expect(patched(stands, patch!)).toEqual(writtenOf(wish));
  });

  it('is left to them then where they have changed it again', () => {
    const desired = wishOf({ policy: 'follow' });
    const plan = planInterview({ ...input, revision: 3, desired }, { ...stands, title: 'Dinner' });
    expect(plan.news).toEqual([{ type: 'changed', handling: 'followed', fields: ['title'] }]);
    expect(Object.keys(plan.patch!)).toEqual(['time']);
    expect(plan.desired.title).toBe('Dinner');
  });

  it('is only read where nothing is to be written', () => {
    const plan = planInterview({ ...input, writes: false }, { ...stands, title: 'Dinner' });
    expect(plan).toMatchObject({ patch: undefined, putsBack: false });
    expect(plan.news).toEqual([{ type: 'changed', handling: 'left', fields: ['title'] }]);
  });
});
