import { readFileSync } from 'node:fs';
import { z } from 'zod';

const wallClock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time like 09:00');
const spans = z.array(z.strictObject({ start: wallClock, end: wallClock }));

const person = z.strictObject({
  userId: z.string().min(1),
  name: z.string().min(1),
  email: z.email(),
  timeZone: z.string().min(1),
  /** As in POST /v1/availability; Monday to Friday, 09:00 to 17:00, where absent. */
  workingHours: z.record(z.string(), spans).optional(),
});

/** Somebody who works here: whom the main app knows by its own id. */
export type Person = z.output<typeof person>;

/** The people of a JSON file: a list of them. Throws, naming the field, where it is no such list. */
export function readPeople(file: string | URL): Person[] {
  return z
    .array(person)
    .min(1, 'must name somebody')
    .parse(JSON.parse(readFileSync(file, 'utf8')));
}

const office = [{ start: '09:00', end: '17:00' }];

export function workingHoursOf({ workingHours }: Person): NonNullable<Person['workingHours']> {
  return (
    workingHours ?? { monday: office, tuesday: office, wednesday: office, thursday: office, friday: office }
  );
}
