import { randomBytes } from 'node:crypto';

import { type DeltaBehaviour, type DeltaWindow, deltaItem, roundEntries } from './delta-entries.ts';
import type { EventReader, GraphEvent } from './event-answers.ts';
import { GraphError } from './graph-errors.ts';
import type { EventReference } from './graph-ids.ts';
import type { Mailbox, OutlookCalendar } from './mailbox.ts';

export interface DeltaPage {
  value: GraphEvent[];
  /** The token of the next page, or of the next round on the last page. */
  next: { parameter: '$skiptoken' | '$deltatoken'; token: string };
}

export interface DeltaRequest {
  mailbox: Mailbox;
  calendar: OutlookCalendar;
  reader: EventReader;
  pageSize: number;
  behaviour: DeltaBehaviour;
}

export interface DeltaRounds {
  begin(request: DeltaRequest, window: DeltaWindow): DeltaPage;
  /** @throws GraphError 410 for a token that is dead, or that was never given for this calendar. */
  resume(request: DeltaRequest, deltaToken: string): DeltaPage;
  turn(request: DeltaRequest, skipToken: string): DeltaPage;
}

interface Round {
  calendarId: string;
  generation: number;
  window: DeltaWindow;
  entries: readonly EventReference[];
  /** The mailbox's revision when the round began: what changes during the round comes again in the next. */
  revision: number;
}

/** What a token says; opaque to clients. */
interface SkipState {
  round: string;
  offset: number;
  afterEmptyPage?: boolean;
}
interface DeltaState {
  calendarId: string;
  generation: number;
  from: number;
  to: number;
  revision: number;
}

/** Older rounds are forgotten, like the tokens that fall out of the service's cache. */
const ROUNDS_KEPT = 500;

export function createDeltaRounds(): DeltaRounds {
  const rounds = new Map<string, Round>();

  const begin = (request: DeltaRequest, window: DeltaWindow): DeltaPage => {
    const { mailbox, calendar, behaviour } = request;
    const round: Round = {
      calendarId: calendar.id,
      generation: mailbox.syncGeneration,
      window,
      entries: roundEntries(calendar, window, behaviour),
      revision: mailbox.revision,
    };
    const name = randomBytes(12).toString('base64url');
    rounds.set(name, round);
    const oldest = rounds.keys().next().value;
    if (rounds.size > ROUNDS_KEPT && oldest !== undefined) rounds.delete(oldest);
    return pageOf(request, round, { round: name, offset: 0 });
  };

  return {
    begin,
    resume: (request, deltaToken) => {
      const state = decode<DeltaState>(deltaToken);
      if (!state || !isCurrent(request, state)) throw syncStateNotFound(request);
      return begin(request, { from: state.from, to: state.to, since: state.revision });
    },
    turn: (request, skipToken) => {
      const state = decode<SkipState>(skipToken);
      const round = state && rounds.get(state.round);
      if (!round || !isCurrent(request, round)) throw syncStateNotFound(request);
      return pageOf(request, round, state);
    },
  };
}

function pageOf(request: DeltaRequest, round: Round, state: SkipState): DeltaPage {
  const { calendar, reader, behaviour, pageSize } = request;
  const { window, entries } = round;
  if (behaviour.emptyPages && !state.afterEmptyPage)
    return {
      value: [],
      next: { parameter: '$skiptoken', token: encode({ ...state, afterEmptyPage: true }) },
    };

  const offset = state.offset + pageSize;
  const value = entries
    .slice(state.offset, offset)
    .flatMap((entry) => deltaItem(calendar, reader, entry, window, behaviour) ?? []);
  if (offset < entries.length)
    return { value, next: { parameter: '$skiptoken', token: encode({ round: state.round, offset }) } };
  const { calendarId, generation, revision } = round;
  const following: DeltaState = { calendarId, generation, from: window.from, to: window.to, revision };
  return { value, next: { parameter: '$deltatoken', token: encode(following) } };
}

function isCurrent(
  { mailbox, calendar }: DeltaRequest,
  state: { calendarId: string; generation: number },
): boolean {
  return state.calendarId === calendar.id && state.generation === mailbox.syncGeneration;
}

function syncStateNotFound({ mailbox, behaviour }: DeltaRequest): GraphError {
  const highest = mailbox.syncGeneration;
  return new GraphError(
    410,
    behaviour.expiredCode,
    `The sync state generation is not found; generation=${highest - 1};[highest=${highest}][${highest}].`,
  );
}

function encode(state: SkipState | DeltaState): string {
  return Buffer.from(JSON.stringify(state)).toString('base64url');
}

function decode<State>(token: string): State | undefined {
  try {
    const state: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return typeof state === 'object' && state !== null ? (state as State) : undefined;
  } catch {
    return undefined;
  }
}
