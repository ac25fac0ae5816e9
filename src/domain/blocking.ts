import type { BusyKind, EventKind, Response, Visibility } from './event.ts';
import { holdOfSlot } from './hold.ts';
import { mergeIntervals, type Interval } from './interval.ts';

/** The little of an entry that decides whether it blocks time. */
export interface Block extends Interval {
  readonly busy: BusyKind;
  readonly kind: EventKind;
  readonly response: Response;
  readonly allDay: boolean;
  readonly visibility: Visibility;
  /** Of an interview of ours, or of the slot of a hold (`slotInterviewId`). */
  readonly interviewId?: string | undefined;
}

/**
 * The lines of the policy: what an entry can be, in the order of docs/availability.md. Several may apply to one entry; it
 * blocks time where all of them say busy.
 */
export const policyLines = [
  'busy',
  'tentative',
  'outOfOffice',
  'workingElsewhere',
  'focusTime',
  'declined',
  'notAnswered',
  'transparent',
  'allDay',
  'workingLocation',
  'birthday',
  'private',
  'ownInterview',
  'ownHold',
] as const;
export type PolicyLine = (typeof policyLines)[number];

export type BlockingPolicy = Readonly<Record<PolicyLine, 'busy' | 'free'>>;

export const usualPolicy: BlockingPolicy = {
  busy: 'busy',
  tentative: 'busy',
  outOfOffice: 'busy',
  workingElsewhere: 'free',
  focusTime: 'busy',
  declined: 'free',
  notAnswered: 'busy',
  transparent: 'free',
  allDay: 'busy',
  workingLocation: 'free',
  birthday: 'free',
  private: 'busy',
  ownInterview: 'busy',
  ownHold: 'busy',
};

type BlockingTraits = Omit<Block, 'start' | 'end'>;

const hasOwnLine: ReadonlySet<EventKind> = new Set(['working_location', 'birthday']);

const applies: Readonly<Record<PolicyLine, (block: BlockingTraits) => boolean>> = {
  busy: ({ busy }) => busy === 'busy',
  tentative: ({ busy }) => busy === 'tentative',
  outOfOffice: isOutOfOffice,
  workingElsewhere: ({ busy, kind }) => busy === 'working_elsewhere' && !hasOwnLine.has(kind),
  focusTime: ({ kind }) => kind === 'focus_time',
  declined: ({ response }) => response === 'declined',
  notAnswered: ({ response }) => response === 'needs_action',
  transparent: ({ busy, kind }) => busy === 'free' && !hasOwnLine.has(kind),
  // A holiday lasts all day, and whoever lets all-day notes pass does not mean it.
  allDay: (block) => block.allDay && !isOutOfOffice(block),
  workingLocation: ({ kind }) => kind === 'working_location',
  birthday: ({ kind }) => kind === 'birthday',
  private: ({ visibility }) => visibility === 'private' || visibility === 'confidential',
  ownInterview: ({ interviewId }) => interviewId !== undefined && holdOfSlot(interviewId) === undefined,
  ownHold: ({ interviewId }) => interviewId !== undefined && holdOfSlot(interviewId) !== undefined,
};

function isOutOfOffice({ busy, kind }: BlockingTraits): boolean {
  return busy === 'out_of_office' || kind === 'out_of_office';
}

/** Whether an entry makes its owner busy. */
export function blocksTime(block: BlockingTraits, policy: BlockingPolicy): boolean {
  return policyLines.every((line) => policy[line] === 'busy' || !applies[line](block));
}

/** When a person is busy: the merged spans of what blocks time, cut to the range. */
export function busyIntervals(blocks: Iterable<Block>, range: Interval, policy: BlockingPolicy): Interval[] {
  return mergeIntervals(
    [...blocks].filter((block) => blocksTime(block, policy)),
    range,
  );
}
