import type { Random } from './due.ts';

/** What an audit found: entries in which the store differed from a plain reading of the calendar, by kind. */
export interface Drift {
  /** The vendor has them, the store had not. */
  readonly missing: number;
  /** The store had them, the vendor has not. */
  readonly extra: number;
  /** Both have them, not alike. */
  readonly different: number;
}

/** Which share of the connections is audited each night, and when the night is (UTC). */
export interface AuditPolicy {
  readonly samplePercent: number;
  readonly startHour: number;
  readonly spreadHours: number;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/**
 * When a connection is audited next: on a night left to chance, so that every night has another sample of the wanted
 * size, and at a time of that night left to chance. The nights ahead from which it is drawn are so many that the sample
 * is met on average, and bounded, so that nobody is left out for ever: within 2 · 100 / percent nights it is everybody's turn.
 */
export function nextAudit(now: Date, policy: AuditPolicy, random: Random): Date {
  const everyNights = 100 / policy.samplePercent;
  const nights = 1 + Math.floor(random() * (2 * everyNights - 1));
  const midnight = Math.floor(now.getTime() / dayMs) * dayMs;
  const time = (policy.startHour + random() * policy.spreadHours) * hourMs;
  return new Date(midnight + nights * dayMs + time);
}
