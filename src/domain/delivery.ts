import { dayMs, type Random } from './due.ts';

export const deliveryStates = ['pending', 'delivered', 'failed'] as const;

/** Of a change: still to be told to the main app, told, or given up. */
export type DeliveryState = (typeof deliveryStates)[number];

const second = 1000;
const minute = 60 * second;

/**
 * The waits after the first, second … failure; the last one from then on. None is longer than an hour, because what
 * comes after waits too: changes of a connection are told in their order.
 */
const waitsMs = [5 * second, 30 * second, 2 * minute, 5 * minute, 15 * minute, 30 * minute, 60 * minute];

export interface Attempted {
  /** The one that failed included. */
  readonly attempts: number;
  /** When the change came up to be delivered. */
  readonly since: Date;
}

/**
 * When a delivery that failed is tried again; undefined where its day is over. A wait that the receiver asks for is
 * kept, up to the end of that day, at which there is one last attempt. Up to a fifth longer, so that many connections
 * do not come back at the same moment.
 */
export function nextAttempt(
  { attempts, since }: Attempted,
  now: Date,
  retryAfterMs: number | undefined,
  random: Random,
): Date | undefined {
  const deadline = since.getTime() + dayMs;
  if (now.getTime() >= deadline) return undefined;
  const wait = waitsMs[Math.min(attempts, waitsMs.length) - 1] ?? 0;
  const asked = Math.max(wait * (1 + random() * 0.2), retryAfterMs ?? 0);
  return new Date(Math.min(now.getTime() + asked, deadline));
}
