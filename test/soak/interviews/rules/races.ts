import type { Case, Violation } from '../case.ts';

/** Of several that want the same slot of the same person, one has it, and the others are told that it is taken. */
export function judgeRaces(cases: readonly Case[]): Violation[] {
  const races = Map.groupBy(
    cases.filter(({ booking }) => booking.race !== undefined),
    ({ booking }) => booking.race ?? '',
  );
  return [...races].flatMap(([slot, racing]) => {
    const states = racing.map(({ booking, view }) => `${booking.id} ${view.state}`);
    const booked = racing.filter(({ view }) => view.state === 'booked').length;
    const beaten = racing.filter(({ view }) => view.state === 'conflict').length;
    const isFair = booked === 1 && beaten === racing.length - 1;
    return isFair ? [] : [{ where: slot, field: 'one of a race has the slot', expected: 1, stored: states }];
  });
}
