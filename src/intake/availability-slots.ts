import { isFreshEnough } from '../domain/freshness.ts';
import type { Interval } from '../domain/interval.ts';
import {
  findSlots,
  type Candidate,
  type SlotPage,
  type SlotPosition,
  type SlotQuery,
} from '../domain/slots.ts';
import { workingIntervals } from '../domain/working-hours.ts';
import type { AvailabilityRequest } from './availability-fields.ts';
import type { KnownTime } from './known-times.ts';
import { workingHoursOf } from './working-hours-fields.ts';

const minuteMs = 60_000;

/** Somebody as the request names them. */
export type Member = AvailabilityRequest['groups'][number]['members'][number];

export interface KnownPeople {
  readonly times: ReadonlyMap<string, KnownTime>;
  /** How many interviews they have had, where turns are taken. */
  readonly loads?: ReadonlyMap<string, number> | undefined;
}

/** The range and what lies beside it that a slot at its edge depends on. */
export function widened(range: Interval, request: AvailabilityRequest): Interval {
  if (request.durationMinutes === undefined) return range;
  const { bufferBeforeMinutes = 0, bufferAfterMinutes = 0 } = request;
  return {
    start: new Date(range.start.getTime() - bufferBeforeMinutes * minuteMs),
    end: new Date(range.end.getTime() + bufferAfterMinutes * minuteMs),
  };
}

/** The slots of one page, after that position; undefined where none are asked for. */
export function slotsFor(
  request: AvailabilityRequest,
  people: KnownPeople,
  now: Date,
  after: SlotPosition | undefined,
): SlotPage | undefined {
  const { durationMinutes } = request;
  return durationMinutes === undefined
    ? undefined
    : findSlots(slotQuery({ ...request, durationMinutes }, people, now, after));
}

function slotQuery(
  request: AvailabilityRequest & { readonly durationMinutes: number },
  people: KnownPeople,
  now: Date,
  after: SlotPosition | undefined,
): SlotQuery {
  const { from, to, timeZone = 'UTC', align = 'hour' } = request;
  const workingOf = workingTimes({ start: from, end: to });
  const candidate = (member: Member): Candidate => candidateOf(member, request, people, workingOf);
  return {
    range: { start: from, end: to },
    durationMs: request.durationMinutes * minuteMs,
    stepMs: (request.stepMinutes ?? 15) * minuteMs,
    align: align === 'hour' ? { to: 'hour', timeZone } : { to: 'from' },
    bufferBeforeMs: (request.bufferBeforeMinutes ?? 0) * minuteMs,
    bufferAfterMs: (request.bufferAfterMinutes ?? 0) * minuteMs,
    earliest: new Date(now.getTime() + (request.minimumNoticeMinutes ?? 0) * minuteMs),
    groups: request.groups.map(({ members, required }) => ({
      members: members.map(candidate),
      required: required === 'all' ? members.length : required,
    })),
    optional: (request.optional ?? []).map(candidate),
    order: request.order ?? 'start',
    limit: request.limit ?? 100,
    after,
  };
}

function candidateOf(
  member: Member,
  request: AvailabilityRequest,
  { times, loads }: KnownPeople,
  workingOf: ReturnType<typeof workingTimes>,
): Candidate {
  const known = times.get(member.userId);
  const hours = member.workingHours ?? request.workingHours;
  return {
    userId: member.userId,
    busy: known?.busy ?? [],
    working: hours && workingOf(hours, zoneOf(member, request, known)),
    known: known !== undefined && isFreshEnough(known.freshness, request.accept ?? 'fresh'),
    load: loads?.get(member.userId),
  };
}

/** Most people have the same hours as others in their zone: these are worked out once. */
function workingTimes(range: Interval) {
  const known = new Map<Hours, Map<string, Interval[]>>();
  return (hours: Hours, timeZone: string): Interval[] => {
    const byZone = known.get(hours) ?? new Map<string, Interval[]>();
    known.set(hours, byZone);
    const intervals = byZone.get(timeZone) ?? workingIntervals(workingHoursOf(hours), timeZone, range);
    byZone.set(timeZone, intervals);
    return intervals;
  };
}

type Hours = NonNullable<Member['workingHours']>;

export function zoneOf(member: Member, request: AvailabilityRequest, known: KnownTime | undefined): string {
  return member.timeZone ?? known?.timeZone ?? request.timeZone ?? 'UTC';
}
