import { machineMs } from '../machine-clock.ts';
import type { NumberWatch } from '../push/number-watch.ts';
import type { Person, RemoteOrders } from '../push/vendor-orders.ts';
import { titleOf, type Wish } from './wishes.ts';

/** One who takes interviews: the product, or the floor. */
export interface BookingSide {
  readonly name: 'floor' | 'ours';
  readonly people: readonly Person[];
  readonly nextWish: (interviewId: string, userId: string) => Wish;
  put(interviewId: string, wish: Wish): Promise<void>;
  /** Which wish of each interview is at its vendor, and that written down: the first, the second, … */
  readonly booked: NumberWatch;
  /** Every interview that it was ever asked for. */
  readonly interviews: BenchInterview[];
}

export interface BenchInterview {
  readonly id: string;
  readonly person: Person;
  wishes: number;
  wish: Wish;
}

/** One wish, from the PUT on, by the machine's clock. */
export interface SentWish {
  readonly person: Person;
  readonly wish: Wish;
  readonly sentAtMs: number;
  readonly bookedAtMs: number;
}

const patienceMs = 60_000;

/** By turns through all people, both vendors alike. */
export function newInterviews(side: BookingSide, count: number): BenchInterview[] {
  const made = Array.from({ length: count }, (): BenchInterview => {
    const number = side.interviews.length;
    const person = side.people[number % side.people.length];
    if (person === undefined) throw new Error('there is nobody who could organize an interview');
    const id = `${side.name}-${number}`;
    const interview = { id, person, wishes: 0, wish: side.nextWish(id, person.email) };
    side.interviews.push(interview);
    return interview;
  });
  return made;
}

/** Asks for it, for the first time or for another one, and waits until it is booked so. */
export async function askFor(side: BookingSide, interview: BenchInterview): Promise<SentWish> {
  const { id, person } = interview;
  if (interview.wishes > 0) interview.wish = side.nextWish(id, person.email);
  interview.wishes += 1;
  const { wish, wishes: number } = interview;
  const sentAtMs = machineMs();
  await side.put(id, wish);
  const bookedAtMs = await side.booked.reached({ name: id, number }, patienceMs);
  return { person, wish, sentAtMs, bookedAtMs };
}

/**
 * Throws unless the calendars of these people hold exactly one event for each interview of the side, at the time that was
 * wanted last, in its organizer's calendar. Gives how many.
 */
export async function assertOneEach(
  { people, interviews, name }: BookingSide,
  orders: RemoteOrders,
): Promise<number> {
  const events = new Map<string, string[]>();
  for (const person of people) {
    for (const { title, start } of await orders.events(person)) {
      const places = events.get(title) ?? [];
      events.set(title, [...places, `${person.email} at ${new Date(start).toISOString()}`]);
    }
  }
  for (const { id, person, wish } of interviews) {
    const wanted = `${person.email} at ${wish.start}`;
    const found = events.get(titleOf(id)) ?? [];
    if (found.length !== 1 || found[0] !== wanted)
      throw new Error(
        `${name}: of interview ${id}, wanted by ${wanted}, the vendors have ${found.join(', ') || 'nothing'}`,
      );
  }
  return interviews.length;
}
