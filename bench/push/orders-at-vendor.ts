import type { Destination, Person, PlainEvent } from './vendor-orders.ts';

/** What an order means at one vendor. */
export interface OrdersAtVendor {
  addPerson(email: string, events: number): void;
  change(email: string, title: string): void;
  loseNotifications(): void;
  expireAccessTokens(email: string): void;
  destinations(person: Person): Destination[];
  events(email: string): PlainEvent[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const minutesEach = 45;

/** One a day from tomorrow on: all of them within what is synced. */
export function eventStart(index: number): Date {
  const midnight = Math.floor(Date.now() / dayMs) * dayMs;
  return new Date(midnight + (index + 1) * dayMs + 9 * hourMs);
}

/** As far as events of the benchmark can be. */
export function horizonAt(nowMs: number): [Date, Date] {
  return [new Date(nowMs - dayMs), new Date(nowMs + 170 * dayMs)];
}
