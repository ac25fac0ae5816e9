import { isSameWish, revisedWish, type EventPatch } from '../../../src/domain/interview-changes.ts';
import {
  followingToo,
  keptAfter,
  lostSnapshot,
  planInterview,
  type InterviewPlan,
  type InterviewPlanInput,
} from '../../../src/domain/interview-plan.ts';
import type { EventSnapshot, InterviewAnswer, InterviewWish } from '../../../src/domain/interview.ts';
import { patched, writtenOf } from './interview-world.ts';

/** What can be told apart in a calendar: a field, or one attendee's presence. */
export type Aspect = 'time' | 'title' | 'description' | 'location' | 'visibility' | `asked ${string}`;

/** Who gave an aspect the value that the calendar has: people or we, and as the how-manieth thing that happened. */
interface Writer {
  readonly by: 'people' | 'us';
  readonly at: number;
}

/**
 * One interview, its calendar and what happened to both: kept by nothing but counting who wrote what when. Knows none of the
 * rules, so that those can be held against it.
 */
export class History {
  clock = 0;
  requested: InterviewWish;
  desired: InterviewWish;
  revision = 1;
  applied: InterviewPlanInput['applied'];
  tried: InterviewWish | undefined;
  putBackRevision: number | undefined;
  calendar: EventSnapshot;
  /** When the main app last said an aspect otherwise than the time before, or insisted. */
  readonly saidAt = new Map<Aspect, number>();
  writers = new Map<Aspect, Writer>();
  /** As of the snapshot that was written down last. */
  knownWriters = new Map<Aspect, Writer>();
  /** What people did since something was written down last. */
  touched = new Set<Aspect | 'answers'>();
  writtenDownAt = 0;
  /** Words that people wrote while the event was private by their own hand. */
  secrets: string[] = [];

  constructor(wish: InterviewWish) {
    this.requested = wish;
    this.desired = wish;
    this.calendar = asVendorsHaveIt(writtenOf(wish));
    this.applied = { wish, snapshot: this.calendar };
  }

  /** The creation was not answered: what is known of it is what was wanted. */
  loseCreation(): void {
    this.applied = { ...this.applied, snapshot: lostSnapshot(this.applied.wish, this.calendar) };
  }

  get input(): InterviewPlanInput {
    const { revision, desired, applied, tried, putBackRevision, requested } = this;
    return { revision, desired, applied, tried, putBackRevision, requestedVisibility: requested.visibility };
  }

  mainAppSays(change: Partial<InterviewWish>, { whole }: { readonly whole: boolean }): void {
    const body = { ...this.requested, ...change };
    if (isSameWish(this.requested, body) && (!whole || isSameWish(this.desired, body))) return;
    this.clock += 1;
    const [before, now] = [aspectsOf(this.requested), aspectsOf(body)];
    const counts = whole || body.policy === 'hold';
    for (const aspect of new Set([...before.keys(), ...now.keys()]))
      if (counts || before.get(aspect) !== now.get(aspect)) this.saidAt.set(aspect, this.clock);
    this.desired = revisedWish(this, body, { whole });
    this.requested = body;
    this.revision += 1;
  }

  peopleMake(change: Partial<EventSnapshot>): void {
    this.clock += 1;
    const before = aspectsOf(this.calendar);
    const known = aspectsOf(this.applied.snapshot);
    this.calendar = { ...this.calendar, ...change };
    const now = aspectsOf(this.calendar);
    for (const aspect of new Set([...before.keys(), ...now.keys()])) {
      if (before.get(aspect) === now.get(aspect)) continue;
      this.touched.add(aspect);
      // What is as it was known is not seen to have been otherwise, nor is a write undone of which no answer came.
      const isAsKnown = known.get(aspect) === now.get(aspect);
      const writer = isAsKnown ? this.knownWriters.get(aspect) : ({ by: 'people', at: this.clock } as const);
      if (writer === undefined) this.writers.delete(aspect);
      else this.writers.set(aspect, writer);
    }
  }

  peopleAnswer(attendees: readonly InterviewAnswer[]): void {
    this.touched.add('answers');
    this.calendar = { ...this.calendar, attendees };
  }

  /** A run as the job and the store do it. `lost`: what it did to the calendar is not written down. */
  run({ lost = false, meanwhile = () => {} }: RunOptions = {}): Ran {
    const { input, calendar, revision, desired } = this;
    const plan = planInterview(input, calendar);
    const ran = { plan, input, before: calendar, touched: this.touched };
    this.clock += 1;
    if (plan.patch !== undefined) {
      this.tried = desired;
      this.write(plan.patch);
    }
    if (lost) return ran;
    const snapshot = plan.patch === undefined ? plan.snapshot : keptAfter(input, plan, this.calendar);
    // What people write into an event that they made private is seen when they open it.
    const isUnseen = calendar.visibility === 'private' && input.requestedVisibility !== 'private';
    this.touched = new Set(isUnseen ? [...this.touched].filter(isTheirOwn) : []);
    this.writtenDownAt = this.clock;
    this.knownWriters = new Map(this.writers);
    meanwhile();
    const isRevised = this.revision !== revision;
    const follows = isRevised ? followingToo(this.desired, desired, plan.followed) : plan.desired;
    if (!isSameWish(this.desired, follows)) this.revision += 1;
    this.desired = follows;
    if (plan.putsBack) this.putBackRevision = revision;
    this.applied = { wish: plan.desired, snapshot };
    this.tried = undefined;
    return ran;
  }

  private write(patch: EventPatch): void {
    const before = aspectsOf(this.calendar);
    this.calendar = asVendorsHaveIt(patched(this.calendar, patch));
    const now = aspectsOf(this.calendar);
    for (const aspect of new Set([...before.keys(), ...now.keys()]))
      if (before.get(aspect) !== now.get(aspect)) this.writers.set(aspect, { by: 'us', at: this.clock });
  }
}

interface RunOptions {
  readonly lost?: boolean;
  /** Comes after the writing and before the writing down. */
  readonly meanwhile?: () => void;
}

/** A run, and what it saw. */
export interface Ran {
  readonly plan: InterviewPlan;
  readonly input: InterviewPlanInput;
  readonly before: EventSnapshot;
  readonly touched: ReadonlySet<Aspect | 'answers'>;
}

function isTheirOwn(aspect: Aspect | 'answers'): boolean {
  return aspect !== 'time' && aspect !== 'visibility';
}

/** Other ends of lines, blanks behind a text, and capitals in addresses. */
function asVendorsHaveIt(event: EventSnapshot): EventSnapshot {
  const description = event.description?.trimEnd().replaceAll(/\r?\n/g, '\r\n');
  return {
    ...event,
    description: description === undefined ? undefined : `${description}\r\n`,
    attendees: event.attendees.map((one) => ({
      ...one,
      email: one.email.replace(/^./, (letter) => letter.toUpperCase()),
    })),
  };
}

type Said = Pick<EventSnapshot, 'title' | 'description' | 'location' | 'start' | 'end' | 'visibility'> & {
  readonly allDay?: boolean;
  readonly attendees: readonly { readonly email: string }[];
};

/** The value of each, in a form that can be compared. The zone is none: nobody can see it. */
export function aspectsOf({ title, description, location, start, end, ...rest }: Said): Map<Aspect, string> {
  const { visibility, allDay = false, attendees } = rest;
  const plain = (text = ''): string => text.replaceAll('\r', '').trimEnd();
  return new Map<Aspect, string>([
    ['time', `${start.toISOString()} ${end.toISOString()} ${allDay}`],
    ['title', plain(title)],
    ['description', plain(description)],
    ['location', plain(location)],
    ['visibility', visibility],
    ...attendees.map(({ email }): [Aspect, string] => [`asked ${email.toLowerCase()}`, 'yes']),
  ]);
}
