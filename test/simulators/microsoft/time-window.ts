import { badRequest } from './graph-errors.ts';

/** Epoch milliseconds, `[from, to)`. */
export interface TimeWindow {
  from: number;
  to: number;
}

const MAX_WINDOW_DAYS = 1825;

/** @throws GraphError 400 without both dates, for unreadable ones and for more than 1825 days. */
export function windowOf(startDateTime: string | undefined, endDateTime: string | undefined): TimeWindow {
  if (!startDateTime || !endDateTime)
    throw badRequest(
      'ErrorInvalidParameter',
      'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.',
    );
  const [from, to] = [boundOf(startDateTime), boundOf(endDateTime)];
  if (to < from)
    throw badRequest(
      'ErrorInvalidParameter',
      'The end date must be later than the start date of the time window.',
    );
  if (to - from > MAX_WINDOW_DAYS * 86_400_000)
    throw badRequest(
      'ErrorInvalidRequest',
      `Your request can't be completed. The range between the start and end dates is greater than the allowed range. Maximum number of days: ${MAX_WINDOW_DAYS}`,
    );
  return { from, to };
}

/** An offset counts; without one the time is UTC (fact sheet, section 5). */
function boundOf(text: string): number {
  const bound = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes('T') ? text : `${text}Z`);
  if (Number.isNaN(bound))
    throw badRequest('ErrorInvalidParameter', `The value '${text}' of a time is not valid.`);
  return bound;
}
