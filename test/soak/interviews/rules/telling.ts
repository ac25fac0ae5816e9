import { deletionsIn, editsOn, violation, type Case, type Told, type Violation } from '../case.ts';
import { fieldOf, plainSubjects, spanOf } from '../subjects.ts';

/** The change feed tells of an interview what happened, once: nothing that did not, and our own writes as nobody's. */
export function judgeTelling(one: Case): Violation[] {
  return [
    ...plainSubjects.flatMap((subject) =>
      judgeCount(
        one,
        subject,
        editsOn(one, subject).map(({ at }) => at),
      ),
    ),
    ...judgeCount(one, 'attendees', attendeeEdits(one)),
    ...judgeMoves(one),
    ...judgeRemovals(one),
    ...judgeOnce(one),
    ...judgePutBack(one),
    ...judgeBooked(one),
  ];
}

function attendeeEdits({ booking }: Case): number[] {
  return booking.deeds.flatMap((deed) =>
    deed.kind === 'edit' && fieldOf(deed.subject) === 'attendees' ? [deed.at] : [],
  );
}

/** At no time was more told than had been done by then. */
function judgeCount(one: Case, field: string, doneAt: readonly number[]): Violation[] {
  const told = one.told.filter(({ type, data }) =>
    field === 'time' ? type === 'interview.moved' : data.fields?.includes(field) === true,
  );
  const invented = told.filter(({ at }, index) => doneAt.filter((done) => done <= at).length <= index);
  return invented.map((change) =>
    violation(one, `told of an edit that nobody made: ${field}`, doneAt.length, change),
  );
}

function judgeMoves(one: Case): Violation[] {
  const places = new Set(editsOn(one, 'time').map(({ value }) => value));
  return one.told
    .filter(({ type }) => type === 'interview.moved')
    .filter(({ data: { to } }) => !to || !places.has(spanOf(Date.parse(to.start), Date.parse(to.end), false)))
    .map((change) => violation(one, 'told of a move to where nobody moved it', [...places], change));
}

function judgeRemovals(one: Case): Violation[] {
  const doneAt = deletionsIn(one).map(({ at }) => at);
  return one.told
    .filter(({ type, data }) => type === 'interview.cancelled' && data.by === 'user')
    .filter(({ at }, index) => doneAt.filter((done) => done <= at).length <= index)
    .map((change) => violation(one, 'told of a removal that nobody made', doneAt.length, change));
}

/** Of one revision it is told once that the calendar holds it. */
function judgeOnce(one: Case): Violation[] {
  const own = one.told.filter(({ type }) => type === 'interview.booked' || type === 'interview.updated');
  const byRevision = Map.groupBy(own, ({ data }) => data.revision);
  return [...byRevision.values()]
    .filter((changes) => changes.length > 1)
    .map((changes) => violation(one, 'told twice of one revision', 1, changes));
}

/** People's changes are put back once for each revision, in one run: of each kind of news one. */
function judgePutBack(one: Case): Violation[] {
  const back = one.told.filter(({ data }) => data.handling === 'put_back');
  const byRevision = Map.groupBy(back, ({ type, data }) => `${type} ${data.revision}`);
  return [...byRevision.values()]
    .filter((changes) => changes.length > 1)
    .map((changes) => violation(one, 'put back more than once in one revision', 1, changes));
}

/** What the main app was told last of where it stands is where it stands. */
function judgeBooked(one: Case): Violation[] {
  const standings: Readonly<Record<string, string>> = {
    'interview.booked': 'booked',
    'interview.updated': 'booked',
    'interview.conflict': 'conflict',
    'interview.failed': 'failed',
  };
  const last = one.told.findLast(
    ({ type }) => Object.hasOwn(standings, type) || type === 'interview.cancelled',
  );
  const said = last && (standings[last.type] ?? stateAfter(last));
  const { state } = one.view;
  const isSilent = said === undefined && state === 'cancelled';
  return said === state || isSilent ? [] : [violation(one, 'the last news is of another state', state, last)];
}

function stateAfter({ data }: Told): string {
  return data.by === 'user' ? 'removed_by_user' : 'cancelled';
}
