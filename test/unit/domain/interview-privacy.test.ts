import { describe, expect, it } from 'vitest';
import { revisedWish } from '../../../src/domain/interview-changes.ts';
import { keptAfter, planInterview, type InterviewPlanInput } from '../../../src/domain/interview-plan.ts';
import { lostSnapshot, withDone } from '../../../src/domain/interview-tried.ts';
import type { EventSnapshot, InterviewWish } from '../../../src/domain/interview.ts';
import { asked, patched, wishOf, writtenOf } from './interview-world.ts';

const wish = wishOf();
const secret: EventSnapshot = {
  ...writtenOf(wish),
  visibility: 'private',
  title: 'My secret',
  description: 'My secret words',
  location: 'My secret place',
};

/** As it was kept when somebody had made it private. */
function known(desired: InterviewWish = wish): InterviewPlanInput {
  const first = { wish, snapshot: writtenOf(wish) };
  const input = { revision: 1, desired: wish, requestedVisibility: wish.visibility, applied: first };
  const { desired: follows, snapshot } = planInterview(input, secret);
  const applied = { wish: follows, snapshot };
  return { revision: 2, desired, requestedVisibility: desired.visibility, applied };
}

describe('an event that people have made private', () => {
  it.each(['follow', 'hold'] as const)('is told as left so, and the wish stays as it was (%s)', (policy) => {
    const before = wishOf({ policy });
    const applied = { wish: before, snapshot: writtenOf(before) };
    const input = { revision: 1, desired: before, requestedVisibility: before.visibility, applied };
    const plan = planInterview(input, secret);
    expect(plan.news).toEqual([{ type: 'changed', handling: 'left', fields: ['visibility'] }]);
    expect(plan).toMatchObject({ desired: { visibility: 'default' }, followed: { fields: [] } });
  });

  it('is opened by no body of the main app: not by another policy, nor by one that insists', () => {
    const { applied } = known();
    const requested = wish;
    const bodies = [
      revisedWish({ requested, desired: applied.wish }, wishOf({ policy: 'hold' }), { whole: false }),
      revisedWish({ requested, desired: applied.wish }, wishOf({ title: 'Second' }), { whole: true }),
      wishOf({ visibility: 'public' }),
    ];
    for (const desired of bodies)
      expect(planInterview(known(desired), secret).patch?.visibility).toBe(undefined);
  });

  it('can be made more private by the main app', () => {
    const desired = wishOf({ visibility: 'confidential' });
    expect(planInterview(known(desired), secret).patch).toEqual({ visibility: 'confidential' });
  });

  it('is read anew once they open it again, and what they made of it is followed', () => {
    const open = { ...secret, visibility: 'default', title: 'Lunch' } as const;
    const plan = planInterview(known(), open);
    expect(plan).toMatchObject({ desired: { title: 'Lunch', visibility: 'default' }, patch: undefined });
  });

  it('keeps those whom they have added since, and names them to nobody', () => {
    const attendees = [
      { ...asked('kim@else.example'), response: 'accepted' as const },
      { ...asked('eve@else.example'), response: 'accepted' as const },
    ];
    const now = { ...secret, attendees };
    const plan = planInterview(
      known(wishOf({ attendees: [...wish.attendees, asked('max@else.example')] })),
      now,
    );
    expect(plan.patch?.attendees?.map(({ email }) => email)).toEqual([
      'kim@else.example',
      'eve@else.example',
      'max@else.example',
    ]);
    const { patch: _written, ...told } = plan;
    expect(JSON.stringify(told)).not.toContain('eve');
    expect(plan.news).toMatchObject([{ type: 'answered', answers: [{ email: 'kim@else.example' }] }]);
    const kept = keptAfter(known(), plan, patched(now, plan.patch!));
    expect(kept.attendees.map(({ email }) => email)).toEqual(['kim@else.example', 'max@else.example']);
  });

  it('is kept with the words that we have written into it, and with none of theirs', () => {
    const input = known(wishOf({ title: 'Second' }));
    const plan = planInterview(input, secret);
    const after = patched(secret, plan.patch!);
    const snapshot = keptAfter(input, plan, after);
    expect(snapshot).toMatchObject({ title: 'Second', description: 'Bring your portfolio.' });
    expect(JSON.stringify(snapshot)).not.toContain('secret');
    const then = { ...known(wish), applied: { wish: plan.desired, snapshot } };
    expect(planInterview(then, after).patch).toEqual({ title: 'Interview' });
  });

  it('is not written twice where the answer to the first write was lost', () => {
    const input = known(wishOf({ title: 'Second' }));
    const { patch, desired } = planInterview(input, secret);
    const after = patched(secret, patch!);
    const done = { mark: '2', wish: desired, fields: ['title'] as const };
    const applied = withDone(input.applied, done, { snapshot: after });
    expect(JSON.stringify(applied)).not.toContain('secret');
    expect(planInterview({ ...input, applied }, after)).toMatchObject({ patch: undefined, news: [] });
  });

  it('keeps its words to itself also where its creation was not answered', () => {
    const applied = { wish, snapshot: lostSnapshot(wish, secret) };
    const input = { revision: 1, desired: wish, requestedVisibility: wish.visibility, applied };
    expect(JSON.stringify(planInterview(input, secret))).not.toContain('secret');
  });
});

describe('an event that the main app has made private', () => {
  const before = wishOf({ visibility: 'private' });
  const applied = { wish: before, snapshot: writtenOf(before) };
  const input: InterviewPlanInput = { revision: 2, desired: wish, requestedVisibility: 'default', applied };

  it('is opened by the main app, and what people have changed meanwhile is followed', () => {
    const plan = planInterview(input, { ...writtenOf(before), title: 'Lunch' });
    expect(plan.patch).toEqual({ visibility: 'default' });
    expect(plan.news).toMatchObject([{ type: 'changed', handling: 'followed', fields: ['title'] }]);
  });
});
