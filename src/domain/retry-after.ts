/**
 * How long an answer asks us to wait with its `Retry-After` (RFC 9110 10.2.3): seconds or an HTTP date. Pure.
 * Takes the answer's headers and the time at which it came; gives milliseconds from then, rounded up. A date is measured
 * against the answer's own `Date` where there is one, so that a clock of theirs that is wrong changes nothing.
 * Undefined where no wait is named, so that the caller falls back on its own back-off: there is no header, it makes no
 * sense, or it says now or the past, which obeyed would have us ask again and again without a pause.
 * A fraction of a second is not in the RFC, but Microsoft sends it.
 */
export function retryAfterMs(header: HeaderLookup, now: Date): number | undefined {
  const value = header('retry-after')?.trim() ?? '';
  const ms = /^\d+(\.\d+)?$/.test(value) ? wholeMs(Number(value)) : msUntil(value, header, now);
  return ms !== undefined && ms >= shortestWaitMs ? ms : undefined;
}

/** By lower-case name. */
export type HeaderLookup = (name: string) => string | undefined;

/** Shorter than any back-off of ours, which therefore obeys such a wait as well. */
const shortestWaitMs = 100;

function msUntil(date: string, header: HeaderLookup, now: Date): number | undefined {
  const at = httpDate(date);
  return at === undefined ? undefined : at - (httpDate(header('date')?.trim() ?? '') ?? now.getTime());
}

/** Date.parse reads far more than HTTP dates, bare numbers and `-1` among them: a date begins with its weekday. */
function httpDate(value: string): number | undefined {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(value)) return undefined;
  const at = Date.parse(/ (GMT|UTC)$/.test(value) ? value : `${value} GMT`);
  return Number.isNaN(at) ? undefined : at;
}

/** Multiplying first would turn 2.128 into 2128.0000000000005 and so into 2129. */
function wholeMs(seconds: number): number | undefined {
  const ms = Math.ceil(Number((seconds * 1000).toFixed(6)));
  return Number.isSafeInteger(ms) ? ms : undefined;
}
