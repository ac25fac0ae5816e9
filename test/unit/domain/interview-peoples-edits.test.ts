import { describe, expect, it } from 'vitest';
import { patchFor, peoplesChanges, revisedWish } from '../../../src/domain/interview-changes.ts';
import { followingToo, planInterview, type InterviewPlanInput } from '../../../src/domain/interview-plan.ts';
import type { EventSnapshot, InterviewWish } from '../../../src/domain/interview.ts';
import { asked, at, doneIn, patched, wishOf, writtenOf } from './interview-world.ts';

const moved = { start: at(24), end: at(25) };
const later = { start: at(48), end: at(49) };
const [kim, lee, eve] = ['kim', 'lee', 'eve'].map((name) => asked(`${name}@else.example`)) as [
  ReturnType<typeof asked>,
  ReturnType<typeof asked>,
  ReturnType<typeof asked>,
];
const unanswered = (...attendees: ReturnType<typeof asked>[]) =>
  attendees.map((one) => ({ ...one, response: 'needs_action' as const }));

/** What was applied, as a vendor that changes nothing has it. */
function inputOf(
  before: InterviewWish,
  desired: InterviewWish = before,
  more: Partial<InterviewPlanInput> = {},
): InterviewPlanInput {
  const applied = { wish: before, snapshot: writtenOf(before) };
  return { revision: 2, desired, requestedVisibility: desired.visibility, applied, ...more };
}

const handlings = (input: InterviewPlanInput, now: EventSnapshot) =>
  planInterview(input, now).news.map((item) =>
    item.type === 'answered'
      ? item.type
      : [item.type, item.handling, ...('fields' in item ? item.fields : [])].join(' '),
  );

describe('a write whose answer was lost', () => {
  const before = wishOf({ attendees: [kim] });
  const desired = wishOf({ ...later, title: 'Second', description: 'New', attendees: [lee] });
  const committed = { ...writtenOf(desired), attendees: unanswered(lee) };

  it('is no news when it is read: people have done nothing', () => {
    const plan = planInterview(doneIn(inputOf(before, desired), desired, committed), committed);
    expect(plan).toMatchObject({ patch: undefined, news: [], desired });
  });

  it('hides nothing of what people have done to the event since', () => {
    const now = { ...committed, ...moved, attendees: unanswered(lee, eve) };
    const input = doneIn(inputOf(before, desired), desired, now);
    const plan = planInterview(input, now);
    expect(plan).toMatchObject({ patch: undefined, desired: { ...moved, title: 'Second' } });
    expect(handlings(input, now)).toEqual(['moved followed', 'changed followed attendees']);
  });

  it('is no news under `hold` either, and leaves the one time to put something back unused', () => {
    const [was, is] = [before, desired].map((one) => ({ ...one, policy: 'hold' }) as const);
    const plan = planInterview(doneIn(inputOf(was!, is!), is!, committed), committed);
    expect(plan).toMatchObject({ patch: undefined, news: [], putsBack: false });
  });
});

describe('a write whose answer was lost, and a body that comes before it is tried again', () => {
  const before = wishOf({ attendees: [kim, { ...lee, optional: true }] });
  const tried = wishOf({ ...later, title: 'Second', description: 'New', attendees: [kim, lee, eve] });
  const committed = writtenOf(tried);

  it.each(['follow', 'hold'] as const)(
    'is brought to what that body says, and told by nobody (%s)',
    (policy) => {
      const [was, is, now] = [before, tried, wishOf({ ...moved, title: 'Third' })].map((one) => ({
        ...one,
        policy,
      }));
      const plan = planInterview(doneIn(inputOf(was!, now!), is!, committed), committed);
      expect(plan).toMatchObject({ news: [], putsBack: false, desired: now });
      expect(patched(committed, plan.patch!)).toEqual(writtenOf(now!));
    },
  );

  it.each(['follow', 'hold'] as const)('is taken back where that body does so (%s)', (policy) => {
    const [was, is] = [before, tried].map((one) => ({ ...one, policy }));
    const plan = planInterview(doneIn(inputOf(was!, was!), is!, committed), committed);
    expect(plan).toMatchObject({ news: [], putsBack: false });
    expect(patched(committed, plan.patch!)).toEqual(writtenOf(was!));
  });

  it('loses nothing of what people have made of it since, nor of their answers', () => {
    const accepted = { ...eve, response: 'accepted' as const };
    const now = { ...committed, location: 'Canteen', attendees: [...unanswered(lee), accepted] };
    const input = doneIn(inputOf(before, wishOf({ attendees: [kim, lee, eve] })), tried, now);
    const plan = planInterview(input, now);
    expect(plan.desired).toMatchObject({ location: 'Canteen', attendees: [lee, eve] });
    expect(plan.news).toMatchObject([
      { type: 'changed', fields: ['location', 'attendees'] },
      { type: 'answered', answers: [{ email: 'eve@else.example', response: 'accepted' }] },
    ]);
  });

  it('that moved it is not answered by those whom the vendor asks anew', () => {
    const applied = {
      wish: before,
      snapshot: { ...writtenOf(before), attendees: [{ ...kim, response: 'accepted' as const }] },
    };
    const desired = { ...before, ...later, attendees: [kim] };
    const input = inputOf({ ...before, attendees: [kim] }, desired, {
      applied: { ...applied, wish: { ...before, attendees: [kim] } },
    });
    const now = writtenOf(desired);
    expect(planInterview(doneIn(input, desired, now), now).news).toEqual([]);
  });

  it('that left somebody out whom people have asked again since leaves them there', () => {
    const now = { ...writtenOf(before), attendees: unanswered(kim, lee) };
    const without = wishOf({ attendees: [kim] });
    const plan = planInterview(doneIn(inputOf(before, without), without, now), now);
    expect(plan).toMatchObject({ patch: undefined, desired: without });
    expect(plan.news).toEqual([{ type: 'changed', handling: 'followed', fields: ['attendees'] }]);
  });

  it('and was not done counts for nothing, though people have made of it what it would have', () => {
    const undone = inputOf(before, before, { promised: ['time', 'title', 'description', 'attendees'] });
    const unchanged = planInterview(undone, writtenOf(before));
    expect(unchanged).toMatchObject({ patch: undefined, news: [], desired: before });
    expect(handlings(undone, { ...writtenOf(before), title: 'Second' })).toEqual(['changed followed title']);
  });
});

describe('a body that names another zone, and no other time', () => {
  const requested = wishOf();
  const body = wishOf({ timeZone: 'America/New_York' });

  it('leaves the time to which people have moved it', () => {
    const desired = { ...requested, ...moved };
    expect(revisedWish({ requested, desired }, body, { whole: false })).toEqual({ ...body, ...moved });
  });

  it('follows people who move it at the same moment', () => {
    const { followed } = planInterview(inputOf(requested), { ...writtenOf(requested), ...moved });
    expect(followingToo(body, requested, followed)).toEqual({ ...body, ...moved });
  });

  it('leaves an event that people have made take all day as it is', () => {
    const day = { start: at(-9), end: at(15), allDay: true };
    const now = { ...writtenOf(requested), ...day };
    const plan = planInterview(inputOf(requested, body), now);
    expect(plan).toMatchObject({ patch: undefined, desired: { start: day.start, end: day.end } });
  });
});

describe('an event that people have made take all day', () => {
  const day = wishOf({ policy: 'hold', start: at(-9), end: at(15) });

  it('has changed, also where it lasts as long as before', () => {
    const now = { ...writtenOf(day), allDay: true };
    expect(handlings(inputOf(day), now)).toEqual(['moved put_back']);
    expect(patched(now, planInterview(inputOf(day), now).patch!)).toEqual(writtenOf(day));
  });
});

describe('a patch', () => {
  it('names nothing that the calendar says already, whatever has changed or is to be put back', () => {
    const desired = wishOf({
      ...later,
      title: 'Second',
      description: undefined,
      location: '',
      visibility: 'private',
    });
    const there = { ...writtenOf(desired), description: '\r\n' };
    const all = ['time', 'title', 'description', 'location', 'visibility', 'attendees'] as const;
    expect(patchFor(desired, { ...wishOf(), timeZone: desired.timeZone }, there, all)).toBe(undefined);
  });
});

describe('who takes part', () => {
  it('is as optional as people have made it when somebody else is added', () => {
    const before = wishOf({ attendees: [kim] });
    const now = { ...writtenOf(before), attendees: unanswered({ ...kim, optional: true }) };
    const { patch } = planInterview(inputOf(before, wishOf({ attendees: [kim, lee] })), now);
    expect(patch?.attendees).toEqual([{ ...kim, optional: true }, lee]);
  });

  it('is as optional as the main app says where it says so anew', () => {
    const before = wishOf({ attendees: [kim] });
    const desired = wishOf({ attendees: [{ ...kim, optional: true }] });
    const { patch } = planInterview(inputOf(before, desired), writtenOf(before));
    expect(patch).toEqual({ attendees: [{ ...kim, optional: true }] });
  });

  it('is the room that the vendor knows them to be: nothing is put back for that', () => {
    const before = wishOf({ policy: 'hold', attendees: [kim] });
    const room = unanswered({ ...kim, resource: true });
    const snapshot = { ...writtenOf(before), attendees: room };
    const input = inputOf(before, before, { applied: { wish: before, snapshot } });
    const now = { ...snapshot, attendees: [...room, ...unanswered(eve)] };
    expect(planInterview(input, now)).toMatchObject({ patch: undefined, putsBack: false });
  });

  it('is nobody else because a vendor lists somebody twice', () => {
    const before = writtenOf(wishOf({ attendees: [kim] }));
    const twice = { ...before, attendees: unanswered(kim, { ...kim, email: 'KIM@else.example ' }) };
    expect(peoplesChanges(before, twice)).toEqual({ fields: [], answers: [] });
  });

  it('is named behind those who are there, in the order of the wish', () => {
    const desired = wishOf({ attendees: [lee, eve, kim] });
    const { patch } = planInterview(inputOf(wishOf({ attendees: [kim] }), desired), writtenOf(wishOf()));
    expect(patch?.attendees).toEqual([kim, lee, eve]);
  });

  it('is asked once, however often a wish names them', () => {
    const desired = wishOf({ attendees: [kim, lee, { ...lee, email: 'LEE@else.example' }] });
    const { patch } = planInterview(inputOf(wishOf({ attendees: [kim] }), desired), writtenOf(wishOf()));
    expect(patch?.attendees).toEqual([kim, lee]);
  });
});

describe('under `hold`', () => {
  const before = wishOf({ policy: 'hold', attendees: [kim, lee] });
  const input = (desired = before, more: Partial<InterviewPlanInput> = {}) => inputOf(before, desired, more);

  it('what is put back and what stays are told apart', () => {
    const now = { ...writtenOf(before), title: 'Lunch', attendees: unanswered(kim, lee, eve) };
    expect(planInterview(input(), now).patch).toEqual({ title: 'Interview' });
    expect(handlings(input(), now)).toEqual(['changed put_back title', 'changed left attendees']);
  });

  it('an event that is made private is told as left, whatever else is put back', () => {
    const now = { ...writtenOf(before), ...moved, visibility: 'private' } as const;
    expect(Object.keys(planInterview(input(), now).patch ?? {})).toEqual(['time']);
    expect(handlings(input(), now)).toEqual(['moved put_back', 'changed left visibility']);
  });

  it('an event that was to be private is made private again', () => {
    const secret = wishOf({ policy: 'hold', visibility: 'private' });
    const now = { ...writtenOf(secret), visibility: 'default' } as const;
    expect(planInterview(inputOf(secret), now)).toMatchObject({
      patch: { visibility: 'private' },
      putsBack: true,
    });
  });

  describe('what was left', () => {
    const left = { ...writtenOf(before), ...moved, location: 'Canteen', attendees: unanswered(kim, eve) };
    const applied = { wish: before, snapshot: left };

    it('stays as it is under the same revision', () => {
      const plan = planInterview(input(before, { applied, putBackRevision: 2 }), left);
      expect(plan).toMatchObject({ patch: undefined, news: [] });
    });

    it('comes under the next revision as that wants it: a body counts as a whole', () => {
      const desired = { ...before, title: 'Second' };
      const next = input(desired, { applied, putBackRevision: 2, revision: 3 });
      const plan = planInterview(next, left);
      expect(plan).toMatchObject({ news: [], putsBack: false });
      expect(plan.patch).toEqual({
        title: 'Second',
        location: 'Room 4',
        time: { start: at(0), end: at(1), timeZone: 'Europe/Berlin' },
        attendees: [kim, eve, lee],
      });
      const after = patched(left, plan.patch!);
      const then = { ...next, applied: { wish: plan.desired, snapshot: after } };
      expect(planInterview(then, after)).toMatchObject({ patch: undefined, news: [], putsBack: false });
    });

    it('is no news when the answer to that write was lost', () => {
      const desired = { ...before, title: 'Second' };
      const next = input(desired, { applied, putBackRevision: 2, revision: 3 });
      const after = patched(left, planInterview(next, left).patch!);
      expect(planInterview(doneIn(next, desired, after), after)).toMatchObject({
        patch: undefined,
        news: [],
      });
    });

    it('is followed once the main app lets people have their way', () => {
      const desired = { ...before, policy: 'follow' } as const;
      const plan = planInterview(input(desired, { applied, revision: 3 }), left);
      expect(plan).toMatchObject({ patch: undefined, news: [] });
      expect(plan.desired).toEqual({ ...desired, ...moved, location: 'Canteen', attendees: [kim] });
    });

    it('is followed but for what the same body changes', () => {
      const desired = { ...before, policy: 'follow', ...later } as const;
      const plan = planInterview(input(desired, { applied, revision: 3 }), left);
      expect(plan.patch).toEqual({ time: { ...later, timeZone: 'Europe/Berlin' } });
      expect(plan.desired).toMatchObject({ ...later, location: 'Canteen' });
    });
  });

  it('what vendors put their own way is not taken for something left', () => {
    const wish = { ...before, description: 'One\n\ntwo  three' };
    const snapshot = { ...writtenOf(wish), description: 'One\r\ntwo three\r\n' };
    const desired = { ...wish, checkConflicts: true };
    expect(planInterview(inputOf(wish, desired, { applied: { wish, snapshot } }), snapshot).patch).toBe(
      undefined,
    );
  });

  it('of an event that is only read nothing is said to be put back, and it is with the next revision', () => {
    const now = { ...writtenOf(before), ...moved };
    const plan = planInterview(input(before, { writes: false }), now);
    expect(plan).toMatchObject({ patch: undefined, putsBack: false });
    expect(plan.news).toMatchObject([{ type: 'moved', handling: 'left' }]);
    const next = input({ ...before, title: 'Second' }, { applied: { wish: before, snapshot: now } });
    expect(planInterview(next, now).patch).toMatchObject({ title: 'Second', time: { start: at(0) } });
  });
});
