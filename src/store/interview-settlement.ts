import { differingFields, followed } from '../domain/interview-changes.ts';
import { doubtLookAt, isInDoubt } from '../domain/interview-doubt.ts';
import { followingToo } from '../domain/interview-plan.ts';
import { nextState, type InterviewState, type InterviewWish } from '../domain/interview.ts';
import type { PlacePart } from './interview-parts.ts';
import { interviewExpiry, type ClaimPart, type InterviewDocument } from './interviews.ts';
import type { AppliedRevision, InterviewAttempt, InterviewSettlement, InterviewTurn } from './store.ts';

const keptAttempts = 20;

/** What a settlement makes of an interview. */
export interface AfterSettlement {
  /** Undefined: to be taken away. */
  readonly fields: { readonly [Field in keyof InterviewDocument]?: InterviewDocument[Field] | undefined };
  /** The revision under which what happened is told. */
  readonly toldRevision: number;
  readonly again: boolean;
}

/**
 * The interview as it is once a run has settled, from what it is now: the main app may have revised or withdrawn it since
 * the run began. Then what the run says of the older revision says nothing of the new one, but for one thing: that
 * somebody has removed the event.
 */
export function afterSettlement(
  known: InterviewDocument,
  turn: InterviewTurn,
  settlement: InterviewSettlement,
): AfterSettlement {
  const { now, keepTurn = false } = settlement;
  const acted = known.turn.followed ?? turn.revision;
  const isRevised = known.revision !== acted;
  const counts = !isRevised || settlement.happening === 'removed';
  const state = counts && settlement.happening ? nextState(known.state, settlement.happening) : known.state;
  const { desired, revision } = followedWish(known, turn, settlement, isRevised);
  const applied = appliedAfter(known, settlement, isRevised ? acted : revision);
  const again = known.turn.dirty || isRevised;
  const place = placeAfter(known, settlement);
  const formerPlaces = formerPlacesAfter(known, settlement);
  const fields = {
    state,
    desired,
    revision,
    expiresAt: desired === known.desired ? known.expiresAt : interviewExpiry(desired, now),
    reason: counts ? reasonAfter(known, settlement) : known.reason,
    clash: state === 'conflict' ? settlement.clash : undefined,
    place,
    formerPlaces,
    applied,
    claim: claimAfter(known, settlement, state, applied),
    putBackRevision: settlement.putBack === true ? acted : known.putBackRevision,
    attempts: told([...known.attempts, ...settlement.attempts]),
    dueAt:
      again || keepTurn
        ? earlier(known.dueAt, now)
        : (settlement.dueAt ?? doubtLookAt(applied && place ? [place, ...formerPlaces] : formerPlaces, now)),
    turn: {
      ...known.turn,
      leaseUntil: keepTurn ? known.turn.leaseUntil : null,
      ...(!isRevised && revision !== acted && { followed: revision }),
    },
    updatedAt: now,
  };
  return { fields, toldRevision: counts ? revision : acted, again };
}

/** Of what is looked at again and again, the first time and the last. */
function told(attempts: readonly InterviewAttempt[]): InterviewAttempt[] {
  const isAsBefore = (index: number): boolean => isSameLook(attempts[index - 1], attempts[index]);
  return attempts.filter((_, index) => !isAsBefore(index) || !isAsBefore(index + 1)).slice(-keptAttempts);
}

function isSameLook(one?: InterviewAttempt, next?: InterviewAttempt): boolean {
  const isLook = next?.action === 'find' || next?.action === 'read';
  return (
    isLook &&
    next.outcome === 'done' &&
    one?.outcome === 'done' &&
    one.action === next.action &&
    one.revision === next.revision
  );
}

function earlier(one: Date | undefined, other: Date): Date {
  return one !== undefined && one < other ? one : other;
}

/** A new revision where the wish says something else by it. */
function followedWish(
  { desired, revision }: InterviewDocument,
  turn: InterviewTurn,
  { followed: news }: InterviewSettlement,
  isRevised: boolean,
): { readonly desired: InterviewWish; readonly revision: number } {
  if (news === undefined) return { desired, revision };
  const people = news.followed;
  const follows = isRevised ? followingToo(desired, turn.desired, people) : followed(desired, people);
  const isNew = differingFields(desired, follows).length > 0;
  return isNew ? { desired: follows, revision: revision + 1 } : { desired, revision };
}

/** A revision counts as applied only where the calendar holds what it wants; else an older one is what was written last. */
function appliedAfter(
  { applied: before }: InterviewDocument,
  { applied, happening, placeGone, now }: InterviewSettlement,
  revision: number,
): AppliedRevision | undefined {
  if (placeGone === true) return undefined;
  if (applied === undefined) return before;
  const { wish, snapshot, written, iCalUID = before?.iCalUID, webLink = before?.webLink } = applied;
  return {
    revision: happening === 'applied' ? revision : (before?.revision ?? 0),
    wish,
    snapshot,
    ...(iCalUID !== undefined && { iCalUID }),
    ...(webLink !== undefined && { webLink }),
    at: written ? now : (before?.at ?? now),
    observedAt: now,
  };
}

/** Once it is known what the calendar says, it is known what was done of what was tried before. */
function placeAfter(
  { place }: InterviewDocument,
  { applied, placeGone = false, now }: InterviewSettlement,
): PlacePart | undefined {
  if (placeGone) return undefined;
  if (place === undefined || applied === undefined) return place;
  const { tries: _tries, doubtUntil, ...known } = place;
  const providerEventId = applied.providerEventId ?? place.providerEventId;
  const isSure = applied.sure === true || !isInDoubt(place, now);
  return {
    ...known,
    ...applied.tries,
    ...(!isSure && doubtUntil !== undefined && { doubtUntil }),
    ...(providerEventId !== undefined && { providerEventId }),
  };
}

/** What may still come about at a place is to be taken out there, too. */
function formerPlacesAfter(
  { place, formerPlaces }: InterviewDocument,
  { placeGone = false, clearedPlaces = [], formerSeen, now }: InterviewSettlement,
): PlacePart[] {
  const rest = formerPlaces
    .filter((former) => !clearedPlaces.includes(former.number) || isInDoubt(former, now))
    .map((former) => (former.number === formerSeen?.number ? seenAs(former, formerSeen) : former));
  return placeGone && place !== undefined && isInDoubt(place, now)
    ? [{ ...place, clearing: true }, ...rest]
    : rest;
}

function seenAs(
  { tries: _tries, ...former }: PlacePart,
  { leftAs }: NonNullable<InterviewSettlement['formerSeen']>,
): PlacePart {
  return { ...former, ...(leftAs !== undefined && { leftAs }) };
}

/** Since when it is so. */
function reasonAfter({ reason: before }: InterviewDocument, { reason, now }: InterviewSettlement) {
  if (reason === undefined) return undefined;
  const { code, message, hint } = reason;
  return { code, message, hint, at: before?.code === code ? before.at : now };
}

const givenUp: ReadonlySet<InterviewState> = new Set(['cancelling', 'cancelled', 'removed_by_user']);
const notWritten: ReadonlySet<InterviewState> = new Set(['conflict', 'failed']);

/** The claim is where the event is, once that is known; what does not come about needs no time. */
function claimAfter(
  { claim }: InterviewDocument,
  { applied: isNews }: InterviewSettlement,
  state: InterviewState,
  applied: AppliedRevision | undefined,
): ClaimPart | undefined {
  if (claim === undefined || givenUp.has(state)) return undefined;
  if (isNews === undefined && !notWritten.has(state)) return claim;
  return applied && { ...claim, start: applied.snapshot.start, end: applied.snapshot.end };
}
