import { describe, expect, it } from 'vitest';
import {
  differingFields,
  isSameWish,
  peoplesChanges,
  revisedWish,
} from '../../../src/domain/interview-changes.ts';
import { followingToo, planInterview, type InterviewPlan } from '../../../src/domain/interview-plan.ts';
import type {
  EventSnapshot,
  InterviewPolicy,
  InterviewWish,
  OwnField,
} from '../../../src/domain/interview.ts';
import { createRandom, type Random } from '../../soak/random.ts';
import { asked, at, patched, wishOf, writtenOf } from './interview-world.ts';

const titles = ['Interview', 'Second interview', 'Lunch'];
const places = ['Room 4', 'Room 5', ''];
const ours = ['kim', 'lee', 'max'].map((name) => `${name}@else.example`);
const theirs = ['eve', 'joe'].map((name) => `${name}@people.example`);

/** The main app's record and the calendar, without anything between them that could fail. */
interface World {
  requested: InterviewWish;
  desired: InterviewWish;
  revision: number;
  applied: { wish: InterviewWish; snapshot: EventSnapshot };
  putBackRevision: number | undefined;
  calendar: EventSnapshot;
  /** Added by people and not taken out by them since. */
  added: Set<string>;
  putBacks: Map<number, number>;
}

function worldOf(policy: InterviewPolicy): World {
  const wish = wishOf({ policy, location: 'Room 4', attendees: [asked(ours[0]!)] });
  const snapshot = writtenOf(wish);
  return {
    requested: wish,
    desired: wish,
    revision: 1,
    applied: { wish, snapshot },
    putBackRevision: undefined,
    calendar: snapshot,
    added: new Set(),
    putBacks: new Map(),
  };
}

function mainAppAsks(world: World, random: Random): void {
  const hour = random.int(0, 5);
  const changes: Partial<InterviewWish>[] = [
    { start: at(hour), end: at(hour + 1) },
    { title: random.pick(titles) },
    { location: random.pick(places) },
    { attendees: ours.filter(() => random.chance(0.5)).map(asked) },
    {},
  ];
  const body = { ...world.requested, ...random.pick(changes) };
  const whole = random.chance(0.2);
  if (!whole && isSameWish(world.requested, body)) return;
  world.desired = revisedWish(world, body, { whole });
  world.requested = body;
  world.revision += 1;
}

function peopleChange(world: World, random: Random): void {
  const hour = random.int(10, 15);
  const { attendees } = world.calendar;
  const newcomer = random.pick(theirs);
  const leaver = attendees.length === 0 ? undefined : random.pick(attendees).email;
  const answering = random.pick(['accepted', 'declined', 'tentative'] as const);
  const changes: Partial<EventSnapshot>[] = [
    { start: at(hour), end: at(hour + 1) },
    { title: random.pick(titles) },
    { location: random.pick(places) },
    { attendees: attendees.filter(({ email }) => email !== leaver) },
    { attendees: attendees.map((one, index) => (index === 0 ? { ...one, response: answering } : one)) },
    attendees.some(({ email }) => email === newcomer)
      ? {}
      : { attendees: [...attendees, { ...asked(newcomer), response: 'needs_action' }] },
  ];
  const change = random.pick(changes);
  world.calendar = { ...world.calendar, ...change };
  if (change.attendees === undefined) return;
  const present = new Set(change.attendees.map(({ email }) => email));
  world.added = new Set(theirs.filter((email) => present.has(email)));
}

function planOf({ revision, desired, requested, applied, putBackRevision, calendar }: World): InterviewPlan {
  const requestedVisibility = requested.visibility;
  return planInterview({ revision, desired, requestedVisibility, applied, putBackRevision }, calendar);
}

/** As the job and the store do it; what happens `meanwhile` comes between the reading and the writing down. */
function run(world: World, meanwhile?: () => void): void {
  const { revision, desired, calendar } = world;
  const plan = planOf(world);
  expectTold(world, plan);
  expectNothingOverwritten(world, plan);
  if (plan.patch !== undefined) world.calendar = patched(calendar, plan.patch);
  if (plan.putsBack) world.putBacks.set(revision, (world.putBacks.get(revision) ?? 0) + 1);
  meanwhile?.();
  const isRevised = world.revision !== revision;
  const follows = isRevised ? followingToo(world.desired, desired, plan.followed) : plan.desired;
  if (differingFields(world.desired, follows).length > 0) {
    world.desired = follows;
    world.revision += 1;
  }
  if (plan.putsBack) world.putBackRevision = revision;
  world.applied = { wish: plan.desired, snapshot: world.calendar };
}

/** Whatever people have changed is told in the run that sees it, but for what the main app has come to want as well. */
function expectTold({ applied, calendar, desired }: World, { news }: InterviewPlan): void {
  const { fields, answers } = peoplesChanges(applied.snapshot, calendar);
  const told = news.flatMap((item): readonly string[] =>
    item.type === 'changed' ? item.fields : item.type === 'moved' ? ['time'] : [],
  );
  const untold = fields.filter((field) => !told.includes(field));
  expect(told.filter((field) => !fields.some((changed) => changed === field))).toEqual([]);
  expect(untold.filter((field) => field !== 'attendees' && !isAsWanted(field, desired, calendar))).toEqual(
    [],
  );
  expect(news.some(({ type }) => type === 'answered')).toBe(answers.length > 0);
}

function isAsWanted(
  field: OwnField,
  desired: InterviewWish,
  { title = '', ...said }: EventSnapshot,
): boolean {
  const { conference: _link, ...shown } = said;
  return !differingFields(desired, { ...desired, ...shown, title }).includes(field);
}

/** With `follow` nothing is written over what people have changed. */
function expectNothingOverwritten(
  { applied, calendar, desired }: World,
  { patch = {} }: InterviewPlan,
): void {
  if (desired.policy === 'hold') return;
  for (const field of peoplesChanges(applied.snapshot, calendar).fields)
    if (field !== 'attendees') expect(Object.keys(patch)).not.toContain(field);
}

function expectQuiet(world: World): void {
  const plan = planOf(world);
  expect(plan).toMatchObject({ patch: undefined, news: [], putsBack: false });
}

describe.each(['follow', 'hold'] as const)('any succession of what people and the main app do', (policy) => {
  it(`ends as it should under ${policy}`, () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      expect(() => succession(policy, createRandom(seed)), `seed ${seed}`).not.toThrow();
    }
  }, 60_000);
});

function succession(policy: InterviewPolicy, random: Random): void {
  const world = worldOf(policy);
  for (let step = 0; step < 40; step += 1) {
    const doing = random.int(0, 9);
    if (doing < 3) mainAppAsks(world, random);
    else if (doing < 6) peopleChange(world, random);
    else run(world, doing < 8 ? undefined : () => mainAppAsks(world, random));
    const present = new Set(world.calendar.attendees.map(({ email }) => email));
    for (const email of world.added) expect(present).toContain(email);
  }
  run(world);
  run(world);
  expectQuiet(world);
  for (const times of world.putBacks.values()) expect(times).toBe(1);
  if (policy === 'follow') expectAsWanted(world);
}

/** Once all is quiet the calendar says what is wanted, beside those whom people have added. */
function expectAsWanted({ calendar, desired, added }: World): void {
  const invited = calendar.attendees.filter(({ email }) => !added.has(email));
  const { title = '', conference: _link, ...said } = calendar;
  const shown = { ...desired, ...said, title, attendees: invited };
  expect(differingFields(desired, shown)).toEqual([]);
}
