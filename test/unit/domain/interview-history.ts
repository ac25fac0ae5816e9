import { followed, isSameWish, revisedWish, type EventPatch } from '../../../src/domain/interview-changes.ts';
import {
  followingToo,
  keptAfter,
  planInterview,
  putBackIn,
  type InterviewPlan,
  type InterviewPlanInput,
} from '../../../src/domain/interview-plan.ts';
import {
  begun,
  doneOf,
  lostSnapshot,
  promisedFields,
  withDone,
  type Tries,
} from '../../../src/domain/interview-tried.ts';
import {
  ownFields,
  type EventSnapshot,
  type InterviewAnswer,
  type InterviewWish,
} from '../../../src/domain/interview.ts';
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
  tries: Tries = {};
  /** Of the last writing that was done. */
  mark: string | undefined;
  putBackRevision: number | undefined;
  calendar: EventSnapshot;
  /** When the main app last said an aspect otherwise than the time before, or insisted. */
  readonly saidAt = new Map<Aspect, number>();
  writers = new Map<Aspect, Writer>();
  /** As of the snapshot that was written down last. */
  knownWriters = new Map<Aspect, Writer>();
  /** What people did since something was written down last. */
  touched = new Set<Aspect | 'answers'>();
  /** When a run ended last. */
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
    const { revision, desired, putBackRevision, requested, done } = this;
    const promised = done === undefined ? promisedFields(this.tries) : [];
    const requestedVisibility = requested.visibility;
    return { revision, desired, applied: this.known, promised, putBackRevision, requestedVisibility };
  }

  private get done() {
    return doneOf(this.tries, this.event);
  }

  private get event() {
    return { mark: this.mark, snapshot: this.calendar };
  }

  /** What is applied, as the mark of the event tells. */
  private get known(): InterviewPlanInput['applied'] {
    const { applied, done } = this;
    return done === undefined ? applied : withDone(applied, done, this.event);
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
    const known = aspectsOf(this.known.snapshot);
    this.calendar = { ...this.calendar, ...change };
    const now = aspectsOf(this.calendar);
    for (const aspect of new Set([...before.keys(), ...now.keys()])) {
      if (before.get(aspect) === now.get(aspect)) continue;
      this.touched.add(aspect);
      // What is as it was known is not seen to have been otherwise.
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

  /** A run as the job and the store do it. */
  run({ answer = 'given', meanwhile = () => {} }: RunOptions = {}): Ran {
    const { input, calendar } = this;
    const plan = planInterview(input, calendar);
    const ran = { plan, input, before: calendar, touched: this.touched };
    this.clock += 1;
    if (plan.patch === undefined) {
      if (answer === 'given') this.settle({ input, plan }, plan.snapshot, meanwhile);
      return ran;
    }
    const mark = this.note(plan, plan.patch);
    const known = this.input;
    const next = { input: known, plan: planInterview(known, calendar) };
    if (answer !== 'lost before') this.write(plan.patch, mark);
    if (answer === 'given') this.settle(next, keptAfter(known, next.plan, this.calendar), meanwhile);
    return ran;
  }

  /** That this is about to be written; with what people have done, where they have done something. */
  private note(plan: InterviewPlan, patch: EventPatch): string {
    const { known, done } = this;
    const { tried } = this.tries;
    const fields = ownFields.filter((field) => patch[field] !== undefined);
    const open = done === undefined ? this.tries : { tried };
    const { mark, tries } = begun(open, { wish: plan.desired, fields, back: putBackIn(plan.news) });
    this.tries = tries;
    if (done === undefined && plan.news.length === 0) return mark;
    this.applied = { wish: followed(known.wish, plan.followed), snapshot: plan.snapshot };
    if (plan.putsBack) this.putBackRevision = this.revision;
    // What is told as put back is, whatever the main app lets people do by then.
    if (plan.putsBack) for (const aspect of this.changing(patch)) this.saidAt.set(aspect, this.clock);
    if (!isSameWish(this.desired, plan.desired)) this.revision += 1;
    this.desired = plan.desired;
    this.writeDown();
    return mark;
  }

  private settle(
    { input: { revision, desired }, plan }: Pick<Ran, 'input' | 'plan'>,
    snapshot: EventSnapshot,
    meanwhile: () => void,
  ): void {
    this.writeDown();
    this.writtenDownAt = this.clock;
    meanwhile();
    const isRevised = this.revision !== revision;
    const follows = isRevised ? followingToo(this.desired, desired, plan.followed) : plan.desired;
    if (!isSameWish(this.desired, follows)) this.revision += 1;
    this.desired = follows;
    if (plan.putsBack) this.putBackRevision = revision;
    this.applied = { wish: plan.desired, snapshot };
    this.tries = { tried: this.tries.tried };
  }

  private writeDown(): void {
    const { calendar, requested } = this;
    // What people write into an event that they made private is seen when they open it.
    const isUnseen = calendar.visibility === 'private' && requested.visibility !== 'private';
    this.touched = new Set(isUnseen ? [...this.touched].filter(isTheirOwn) : []);
    this.knownWriters = new Map(this.writers);
  }

  private write(patch: EventPatch, mark: string): void {
    for (const aspect of this.changing(patch)) {
      const writer = { by: 'us', at: this.clock } as const;
      this.writers.set(aspect, writer);
      this.knownWriters.set(aspect, writer);
    }
    this.calendar = asVendorsHaveIt(patched(this.calendar, patch));
    this.mark = mark;
  }

  private changing(patch: EventPatch): Aspect[] {
    const [before, after] = [aspectsOf(this.calendar), aspectsOf(patched(this.calendar, patch))];
    const aspects = [...new Set([...before.keys(), ...after.keys()])];
    return aspects.filter((aspect) => before.get(aspect) !== after.get(aspect));
  }
}

interface RunOptions {
  /** Lost: it is not known whether it was written; it was, but for `lost before`. */
  readonly answer?: 'given' | 'lost' | 'lost before';
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
