import type { Answer, SeenEvent } from './seen-event.ts';

/** What people do to an interview's event, each at their provider. Throws where the provider refuses it. */
export interface Hand {
  change(event: SeenEvent, change: EventChange): void;
  invite(event: SeenEvent, email: string): void;
  uninvite(event: SeenEvent, email: string): void;
  /** The attendee answers, in their own calendar where they have one there. */
  answer(event: SeenEvent, email: string, answer: Exclude<Answer, 'none'>): void;
  remove(event: SeenEvent): void;
}

export type EventChange =
  | { readonly title: string }
  | { readonly location: string }
  /** Written above what is there. */
  | { readonly note: string }
  | { readonly start: number; readonly end: number }
  | { readonly visibility: SeenEvent['visibility'] };
