import type { mongo } from 'mongoose';
import { watchNumbers, type NumberWatch } from './number-watch.ts';

/** A title that says which calendar it is of, and which of its changes. */
export interface NumberedTitle {
  readonly email: string;
  readonly number: number;
}

export function titleText({ email, number }: NumberedTitle): string {
  return `${email} ${number}`;
}

export function readTitle(text: string): NumberedTitle | undefined {
  const [, email = '', number] = /^(\S+@\S+) (\d+)$/.exec(text) ?? [];
  return number === undefined ? undefined : { email, number: Number(number) };
}

/** When titles become visible in a collection of events, under the address of their calendar. */
export function watchTitles(events: mongo.Collection): Promise<NumberWatch> {
  return watchNumbers(events, {
    project: { title: { $ifNull: ['$fullDocument.title', '$updateDescription.updatedFields.title'] } },
    read: (change) => {
      const title = readTitle(String(change['title']));
      return title && { name: title.email, number: title.number };
    },
  });
}
