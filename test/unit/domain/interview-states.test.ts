import { describe, expect, it } from 'vitest';
import {
  interviewHappenings,
  interviewStates,
  interviewTransitions,
  nextState,
  type InterviewHappening,
  type InterviewState,
} from '../../../src/domain/interview.ts';

const everyPair = interviewStates.flatMap((state) =>
  interviewHappenings.map((happening) => [state, happening] as const),
);
/** Nothing but the main app leads out of these. */
const ends: readonly InterviewState[] = ['removed_by_user', 'cancelled'];

function reachableFrom(start: InterviewState): Set<InterviewState> {
  const reached = new Set([start]);
  for (const state of reached)
    for (const happening of interviewHappenings) reached.add(nextState(state, happening));
  return reached;
}

const after = (start: InterviewState, ...happenings: readonly InterviewHappening[]): InterviewState =>
  happenings.reduce(nextState, start);

describe('the states of an interview', () => {
  it('have a row each, of happenings that there are, to states that there are', () => {
    expect(Object.keys(interviewTransitions).toSorted()).toEqual([...interviewStates].toSorted());
    const ways = Object.values(interviewTransitions).flatMap((row) => Object.entries(row));
    for (const [happening, state] of ways) {
      expect(interviewHappenings).toContain(happening);
      expect(interviewStates).toContain(state);
    }
  });

  it.each(everyPair)('%s × %s leads to a state', (state, happening) => {
    const next = nextState(state, happening);
    expect(interviewStates).toContain(next);
    expect(next).toBe(interviewTransitions[state][happening] ?? state);
  });

  it('name no way that leads nowhere', () => {
    for (const [state, happening] of everyPair)
      expect(interviewTransitions[state][happening]).not.toBe(state);
  });

  it('are all reached from the first', () => {
    expect(reachableFrom('pending')).toEqual(new Set(interviewStates));
  });

  it('are all reached from every other: nothing is a dead end', () => {
    for (const state of interviewStates) expect(reachableFrom(state)).toEqual(new Set(interviewStates));
  });

  it('are each reached by something, and everything that can happen leads somewhere', () => {
    const led = everyPair.filter(([state, happening]) => nextState(state, happening) !== state);
    expect(new Set(led.map(([, happening]) => happening))).toEqual(new Set(interviewHappenings));
    expect(new Set(led.map(([state, happening]) => nextState(state, happening)))).toEqual(
      new Set(interviewStates),
    );
  });
});

describe('the main app', () => {
  it.each(interviewStates)('can ask for an interview that is %s, and it is to be written then', (state) => {
    expect(nextState(state, 'requested')).toBe('pending');
  });

  it.each(interviewStates)('can withdraw one that is %s, and twice is no more than once', (state) => {
    const once = nextState(state, 'withdrawn');
    expect(once).toBe(state === 'cancelled' ? 'cancelled' : 'cancelling');
    expect(nextState(once, 'withdrawn')).toBe(once);
  });

  it.each(ends)('alone leads out of %s', (state) => {
    const byItself = interviewHappenings.filter((one) => one !== 'requested' && one !== 'withdrawn');
    for (const happening of byItself) expect(nextState(state, happening)).toBe(state);
  });

  it('that asks again while it is cancelled is heard, and the end of the cancelling is no news then', () => {
    expect(after('booked', 'withdrawn', 'requested')).toBe('pending');
    expect(after('booked', 'withdrawn', 'requested', 'cleared')).toBe('pending');
  });
});

describe('what happens to an interview', () => {
  it.each(interviewHappenings)('has happened when it is said twice: %s', (happening) => {
    for (const state of interviewStates) {
      const once = nextState(state, happening);
      expect(nextState(once, happening)).toBe(once);
    }
  });

  it.each(['applied', 'obstructed', 'clashed', 'refused'] as const)(
    '%s is said of a writing, and means nothing where none is asked for',
    (happening) => {
      const moved = interviewStates.filter((state) => nextState(state, happening) !== state);
      expect(['pending', 'waiting']).toEqual(expect.arrayContaining(moved));
    },
  );

  it('books only what is to be written, and clears only what is to be cancelled', () => {
    const leading = (to: InterviewState) =>
      everyPair.filter(([state, one]) => state !== to && nextState(state, one) === to);
    expect(leading('booked')).toEqual([
      ['pending', 'applied'],
      ['waiting', 'applied'],
    ]);
    expect(leading('cancelled')).toEqual([['cancelling', 'cleared']]);
  });

  it('never writes again behind the back of whoever has removed it', () => {
    const byItself = interviewHappenings.filter((one) => one !== 'requested' && one !== 'withdrawn');
    const reached = new Set<InterviewState>(['removed_by_user']);
    for (const state of reached) for (const one of byItself) reached.add(nextState(state, one));
    expect([...reached]).toEqual(['removed_by_user']);
  });

  it('while it is being cancelled is of no consequence: people who remove it have done what was wanted', () => {
    for (const happening of ['removed', 'disconnected', 'obstructed', 'refused'] as const)
      expect(nextState('cancelling', happening)).toBe('cancelling');
    expect(after('booked', 'withdrawn', 'removed', 'cleared')).toBe('cancelled');
  });
});
