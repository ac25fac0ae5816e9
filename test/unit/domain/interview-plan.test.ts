import { describe, expect, it } from 'vitest';
import { isSameWish, revisedWish } from '../../../src/domain/interview-changes.ts';
import { followingToo, planInterview } from '../../../src/domain/interview-plan.ts';
import { lostSnapshot } from '../../../src/domain/interview-tried.ts';
import type { EventSnapshot, InterviewWish } from '../../../src/domain/interview.ts';
import { asked, at, patched, wishOf, writtenOf } from './interview-world.ts';

/** What is planned of an event that held what was wanted until people and the main app changed something. */
function planFor(
  people: Partial<EventSnapshot>,
  mainApp: Partial<InterviewWish> = {},
  { base = {}, putBackRevision }: { base?: Partial<InterviewWish>; putBackRevision?: number } = {},
) {
  const before = wishOf(base);
  const now = { ...writtenOf(before), ...people };
  const input = {
    revision: 2,
    desired: { ...before, ...mainApp },
    requestedVisibility: mainApp.visibility ?? before.visibility,
    applied: { wish: before, snapshot: writtenOf(before) },
    putBackRevision,
  };
  return { plan: planInterview(input, now), now };
}

const moved = { start: at(24), end: at(25) };
const answer = (email: string, response: 'accepted' | 'declined' | 'needs_action') =>
  ({ ...asked(email), response }) as const;

describe('an event that says what is wanted', () => {
  it('leaves nothing to do and nothing to tell', () => {
    const { plan } = planFor({});
    expect(plan).toMatchObject({ patch: undefined, news: [], putsBack: false, followed: { fields: [] } });
  });

  it.each([
    ['ends of lines as the vendor writes them', { description: 'Bring your portfolio.\r\n' }],
    ['an empty place that was none', { location: '' }],
    ['capitals of an address', { attendees: [answer('KIM@else.example', 'needs_action')] }],
  ])('is not changed by %s', (_, people) => {
    const base = 'location' in people ? { location: undefined } : {};
    expect(planFor(people, {}, { base }).plan).toMatchObject({ patch: undefined, news: [] });
  });
});

describe('a wish that has changed', () => {
  it('is written, and nothing but what has changed', () => {
    const { plan } = planFor({}, { title: 'Second interview', ...moved });
    expect(plan.patch).toEqual({ title: 'Second interview', time: { ...moved, timeZone: 'Europe/Berlin' } });
    expect(plan.news).toEqual([]);
  });

  it('is written where only the zone is another, which no reading tells', () => {
    const { plan } = planFor({}, { timeZone: 'America/New_York' });
    expect(plan.patch).toEqual({ time: { start: at(0), end: at(1), timeZone: 'America/New_York' } });
  });

  it('takes away what is not wanted any more', () => {
    const { plan } = planFor({}, { description: undefined, location: undefined });
    expect(plan.patch).toEqual({ description: '', location: '' });
  });

  it('that the calendar says already is not written', () => {
    expect(planFor({ title: 'Second' }, { title: 'Second' }).plan.patch).toBeUndefined();
  });

  it('of reminders, meeting and tentativeness is written as well', () => {
    const changes = { reminders: [10], conference: 'google_meet', tentative: true } as const;
    expect(planFor({}, changes).plan.patch).toEqual(changes);
  });
});

describe('people who change the event, with the policy `follow`', () => {
  it('move it: the wish follows, nothing is written, and it is told', () => {
    const { plan } = planFor(moved);
    expect(plan).toMatchObject({ patch: undefined, desired: moved, followed: { fields: ['time'] } });
    expect(plan.news).toEqual([
      { type: 'moved', handling: 'followed', from: { start: at(0), end: at(1) }, to: moved },
    ]);
  });

  it('make it take all day: it is followed as a move', () => {
    const { plan } = planFor({ allDay: true, start: at(-9), end: at(15) });
    expect(plan).toMatchObject({ patch: undefined, desired: { start: at(-9), end: at(15) } });
  });

  it('and the main app another field: both stand', () => {
    const { plan, now } = planFor(moved, { title: 'Second interview' });
    expect(plan.patch).toEqual({ title: 'Second interview' });
    expect(patched(now, plan.patch!)).toMatchObject({ ...moved, title: 'Second interview' });
  });

  it('and the main app the same field: the calendar wins, and the main app hears of it', () => {
    const { plan } = planFor(moved, { start: at(48), end: at(49) });
    expect(plan).toMatchObject({ patch: undefined, desired: moved });
    expect(plan.news).toMatchObject([{ type: 'moved', handling: 'followed', to: moved }]);
  });

  it('take somebody out: who is added by the main app at the same time is asked, and nobody else', () => {
    const base = { attendees: [asked('kim@else.example'), asked('lee@else.example')] };
    const { plan } = planFor(
      { attendees: [answer('kim@else.example', 'accepted')] },
      { attendees: [...base.attendees, asked('max@else.example')] },
      { base },
    );
    expect(plan.patch?.attendees?.map(({ email }) => email)).toEqual([
      'kim@else.example',
      'max@else.example',
    ]);
    expect(plan.desired.attendees.map(({ email }) => email)).toEqual([
      'kim@else.example',
      'max@else.example',
    ]);
  });

  it('add somebody: they stay when the main app drops others', () => {
    const added = [answer('kim@else.example', 'needs_action'), answer('eve@else.example', 'accepted')];
    const { plan } = planFor({ attendees: added }, { attendees: [] });
    expect(plan.patch?.attendees?.map(({ email }) => email)).toEqual(['eve@else.example']);
    expect(plan.desired.attendees).toEqual([]);
    expect(plan.news).toMatchObject([
      { type: 'changed', fields: ['attendees'] },
      { type: 'answered', answers: [{ email: 'eve@else.example', response: 'accepted' }] },
    ]);
  });
});

describe('people who change the event, with the policy `hold`', () => {
  const hold = { policy: 'hold' } as const;

  it('have it put back, and told', () => {
    const { plan, now } = planFor({ ...moved, title: 'Lunch' }, {}, { base: hold });
    expect(plan).toMatchObject({ putsBack: true, followed: { fields: [] }, desired: { start: at(0) } });
    expect(patched(now, plan.patch!)).toEqual(writtenOf(wishOf(hold)));
    expect(plan.news).toMatchObject([
      { type: 'moved', handling: 'put_back' },
      { type: 'changed', handling: 'put_back', fields: ['title'] },
    ]);
  });

  it('have it left the second time under one revision', () => {
    const { plan } = planFor(moved, {}, { base: hold, putBackRevision: 2 });
    expect(plan).toMatchObject({ putsBack: false, patch: undefined });
    expect(plan.news).toMatchObject([{ type: 'moved', handling: 'left' }]);
  });

  it('have it put back again under the next revision', () => {
    expect(planFor(moved, {}, { base: hold, putBackRevision: 1 }).plan.putsBack).toBe(true);
  });

  it('keep those whom they have added, and get back those whom they took out', () => {
    const { plan } = planFor({ attendees: [answer('eve@else.example', 'accepted')] }, {}, { base: hold });
    expect(plan.patch?.attendees?.map(({ email }) => email)).toEqual([
      'eve@else.example',
      'kim@else.example',
    ]);
  });

  it('who only add somebody change nothing that could be put back', () => {
    const added = [answer('kim@else.example', 'needs_action'), answer('eve@else.example', 'needs_action')];
    const { plan } = planFor({ attendees: added }, {}, { base: hold });
    expect(plan).toMatchObject({ putsBack: false, patch: undefined });
    expect(plan.news).toMatchObject([{ type: 'changed', handling: 'left', fields: ['attendees'] }]);
  });
});

describe.each(['follow', 'hold'] as const)('an event that somebody has made private (%s)', (policy) => {
  const secret = { visibility: 'private', title: 'My secret', description: 'Mine' } as const;

  it('stays private, and what they write into it is neither told nor kept nor overwritten', () => {
    const { plan } = planFor({ ...secret, ...moved }, {}, { base: { policy }, putBackRevision: 2 });
    expect(plan.patch).toBeUndefined();
    expect(plan.snapshot).toMatchObject({ ...moved, visibility: 'private', title: 'Interview' });
    expect(JSON.stringify(plan)).not.toContain('secret');
  });

  it('takes another title from the main app all the same', () => {
    const { plan } = planFor(secret, { title: 'Second interview' }, { base: { policy } });
    expect(plan.patch).toEqual({ title: 'Second interview' });
  });

  it('is read like any other where the main app wanted it private', () => {
    const base = { policy, visibility: 'private' } as const;
    const { plan } = planFor({ title: 'Lunch' }, {}, { base, putBackRevision: 2 });
    expect(plan.news).toMatchObject([{ type: 'changed', fields: ['title'] }]);
  });
});

describe('answers', () => {
  it('are told when they change, and only then', () => {
    const people = { attendees: [answer('kim@else.example', 'declined')] };
    const { plan, now } = planFor(people);
    expect(plan.news).toEqual([
      {
        type: 'answered',
        answers: [{ email: 'kim@else.example', resource: false, response: 'declined', proposed: undefined }],
      },
    ]);
    const { desired } = plan;
    const applied = { wish: desired, snapshot: plan.snapshot };
    expect(
      planInterview({ revision: 2, desired, requestedVisibility: 'default', applied }, now).news,
    ).toEqual([]);
  });

  it('with another proposal of a time are told anew', () => {
    const proposed = { start: at(3), end: at(4) };
    const { plan } = planFor({ attendees: [{ ...answer('kim@else.example', 'needs_action'), proposed }] });
    expect(plan.news).toMatchObject([{ type: 'answered', answers: [{ proposed }] }]);
  });
});

describe('a body of the main app', () => {
  const requested = wishOf({ attendees: [asked('kim@else.example'), asked('lee@else.example')] });
  /** As it has followed people: another time, and somebody taken out. */
  const desired = { ...requested, ...moved, attendees: [asked('kim@else.example')] };

  it('leaves what it does not change as people have moved it', () => {
    const body = { ...requested, title: 'Second interview' };
    expect(revisedWish({ requested, desired }, body, { whole: false })).toEqual({
      ...desired,
      title: 'Second interview',
    });
  });

  it('that adds somebody does not bring back whom people have taken out', () => {
    const body = { ...requested, attendees: [...requested.attendees, asked('max@else.example')] };
    const { attendees } = revisedWish({ requested, desired }, body, { whole: false });
    expect(attendees.map(({ email }) => email)).toEqual(['kim@else.example', 'max@else.example']);
  });

  it('counts as a whole where the main app has seen the wish, and under `hold`', () => {
    expect(revisedWish({ requested, desired }, requested, { whole: true })).toEqual(requested);
    const holding = { ...requested, policy: 'hold' } as const;
    expect(revisedWish({ requested, desired }, holding, { whole: false })).toEqual(holding);
  });

  it.each([
    { organizer: { userId: 'bob' } },
    { organizer: { userId: 'ada', calendarId: 'c' } },
    { conference: 'teams' },
    { reminders: [5] },
    { sendInvitations: false },
    { checkConflicts: true },
    { policy: 'hold' },
    { holdId: 'h' },
    { tentative: true },
    { attendees: [{ ...asked('kim@else.example'), optional: true }] },
    { timeZone: 'UTC' },
  ] as Partial<InterviewWish>[])('is news where it says %j', (change) => {
    expect(isSameWish(wishOf(), wishOf(change))).toBe(false);
  });

  it('is no news in another order, case or form of nothing', () => {
    const one = wishOf({ attendees: [asked('a@x.example'), asked('B@x.example')], location: undefined });
    const other = wishOf({ attendees: [asked('b@x.example'), asked('A@x.example')], location: '' });
    expect(isSameWish(one, other)).toBe(true);
  });

  it('that comes while the wish follows people stands, and follows in what it did not say', () => {
    const { plan } = planFor({ ...moved, title: 'Lunch' });
    const current = wishOf({ title: 'Second interview' });
    expect(followingToo(current, wishOf(), plan.followed)).toEqual({ ...current, ...moved });
  });
});

describe('an event whose creation lost its answer', () => {
  it('that nobody has touched is as it was wanted', () => {
    const wish = wishOf();
    const found = {
      ...writtenOf(wish),
      description: 'Bring  your portfolio.\r\n',
    };
    const applied = { wish, snapshot: lostSnapshot(wish, found) };
    const plan = planInterview(
      { revision: 1, desired: wish, requestedVisibility: 'default', applied },
      found,
    );
    expect(plan).toMatchObject({ patch: undefined, news: [] });
  });

  it('that people have touched since keeps what they did, and tells it', () => {
    const wish = wishOf();
    const found = { ...writtenOf(wish), ...moved, attendees: [answer('kim@else.example', 'accepted')] };
    const applied = { wish, snapshot: lostSnapshot(wish, found) };
    const plan = planInterview(
      { revision: 1, desired: wish, requestedVisibility: 'default', applied },
      found,
    );
    expect(plan.patch).toBeUndefined();
    expect(plan.news.map(({ type }) => type)).toEqual(['moved', 'answered']);
  });

  it('is as it was wanted where the vendor has no word for public', () => {
    const wish = wishOf({ visibility: 'public' });
    const found = { ...writtenOf(wish), visibility: 'default' } as const;
    const applied = { wish, snapshot: lostSnapshot(wish, found) };
    const plan = planInterview({ revision: 1, desired: wish, requestedVisibility: 'public', applied }, found);
    expect(plan).toMatchObject({ patch: undefined, news: [] });
  });
});
