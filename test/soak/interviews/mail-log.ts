import type { ProviderId } from '../../../src/domain/provider-id.ts';
import type { Vendors } from '../faults.ts';

/** A message about an event that a provider sent, or would have sent. */
export interface SeenMail {
  readonly provider: ProviderId;
  readonly at: number;
  readonly kind: 'invitation' | 'update' | 'cancellation' | 'response';
  readonly to: string;
  readonly iCalUID: string;
  /** What somebody did in a calendar has sent it, and not the product. */
  readonly byPeople: boolean;
}

export interface MailLog {
  /** Whatever is sent while it works is people's. It works at once, or not at all. */
  byPeople<T>(work: () => T): T;
  /** All so far, each provider's in order. */
  all(): SeenMail[];
}

export function createMailLog({ google, microsoft }: Vendors): MailLog {
  const people = { google: new Set<number>(), microsoft: new Set<number>() };
  const note = (provider: ProviderId, from: number, to: number): void => {
    for (let index = from; index < to; index += 1) people[provider].add(index);
  };
  return {
    byPeople: (work) => {
      const before = { google: google.mail.length, microsoft: microsoft.mail.length };
      try {
        return work();
      } finally {
        note('google', before.google, google.mail.length);
        note('microsoft', before.microsoft, microsoft.mail.length);
      }
    },
    all: () => [
      ...google.mail.map(({ at, kind, to, iCalUID }, index) => ({
        provider: 'google' as const,
        at: at.getTime(),
        kind,
        to: to.toLowerCase(),
        iCalUID,
        byPeople: people.google.has(index),
      })),
      ...microsoft.mail.map(({ at, kind, to, iCalUId }, index) => ({
        provider: 'microsoft' as const,
        at: at.getTime(),
        kind,
        to: to.toLowerCase(),
        iCalUID: iCalUId,
        byPeople: people.microsoft.has(index),
      })),
    ],
  };
}
