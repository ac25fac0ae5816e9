import { z } from '@hono/zod-openapi';
import type { DaySpan, Weekday, WorkingHours } from '../domain/working-hours.ts';

/** What a request may say of when somebody works. */

const spanLimit = 24;
const dateLimit = 400;

const clock = (pattern: RegExp, message: string) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? 'is required' : message) })
    .regex(pattern, { error: message, abort: true })
    .transform(minutesOf);

const span = z
  .strictObject({
    start: clock(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day from 00:00 to 23:59').openapi({
      type: 'string',
      example: '09:00',
    }),
    end: clock(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day from 00:01 to 24:00').openapi({
      type: 'string',
      description: '`24:00` is the end of the day.',
      example: '17:30',
    }),
  })
  .refine(({ start, end }) => start < end, {
    path: ['end'],
    error: 'must be later than `start`; what goes on after midnight belongs to the next day',
  });

const hoursOfDay = z.array(span).max(spanLimit, `must name at most ${spanLimit} spans`);

const date = z.iso.date('must be a date like 2026-12-24').openapi({ example: '2026-12-24' });

const exception = z.strictObject({
  date,
  hours: hoursOfDay.openapi({ description: 'In place of the weekday’s. Empty: none.' }),
});

export const workingHours = z
  .strictObject({
    ...byWeekday(() => hoursOfDay.optional()),
    exceptions: z.array(exception).max(dateLimit, `must name at most ${dateLimit}`).optional(),
    holidays: z
      .array(date)
      .max(dateLimit, `must name at most ${dateLimit}`)
      .optional()
      .openapi({ description: 'Dates without working hours.' }),
  })
  .superRefine(checkDates)
  .refine((hours) => Object.keys(hours).length > 0, 'must name the hours of one day at least')
  .openapi('WorkingHours', {
    description:
      'Wall-clock times in the person’s time zone, so they follow its daylight-saving changes. A weekday that is not named has ' +
      'none. The meeting has to lie within them; buffers may lie outside.',
  });

function byWeekday<T>(of: (day: Weekday) => T): Record<Weekday, T> {
  return {
    monday: of('monday'),
    tuesday: of('tuesday'),
    wednesday: of('wednesday'),
    thursday: of('thursday'),
    friday: of('friday'),
    saturday: of('saturday'),
    sunday: of('sunday'),
  };
}

interface Dates {
  readonly exceptions?: readonly { readonly date: string }[] | undefined;
  readonly holidays?: readonly string[] | undefined;
}

/** A date that is named twice would be one thing or the other. */
function checkDates({ exceptions = [], holidays = [] }: Dates, issues: z.RefinementCtx): void {
  const seen = new Set<string>();
  const check = (named: string, path: (string | number)[]): void => {
    if (seen.has(named))
      issues.addIssue({ code: 'custom', path, message: 'names a date for the second time' });
    seen.add(named);
  };
  for (const [index, { date: named }] of exceptions.entries()) check(named, ['exceptions', index, 'date']);
  for (const [index, named] of holidays.entries()) check(named, ['holidays', index]);
}

export function workingHoursOf({
  exceptions = [],
  holidays = [],
  ...days
}: z.output<typeof workingHours>): WorkingHours {
  const dates: [string, readonly DaySpan[]][] = [
    ...holidays.map((named): [string, readonly DaySpan[]] => [named, []]),
    ...exceptions.map(({ date: named, hours }): [string, readonly DaySpan[]] => [named, hours]),
  ];
  return { weekly: byWeekday((day) => days[day] ?? []), exceptions: new Map(dates) };
}

function minutesOf(time: string): number {
  const [hours = '', minutes = ''] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}
