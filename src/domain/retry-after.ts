/**
 * How long a `Retry-After` header asks us to wait (RFC 9110 10.2.3): seconds or an HTTP date. Pure.
 * Takes the header and the time at which it arrived; gives milliseconds from then, rounded up and never negative.
 * Undefined where there is no header or it makes no sense, so that the caller falls back on its own back-off.
 * A fraction of a second is not in the RFC, but Microsoft sends it.
 */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  const value = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return wholeMs(Number(value));
  // Date.parse reads far more than HTTP dates, bare numbers and `-1` among them: a date begins with its weekday.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(value)) return undefined;
  const at = Date.parse(/ (GMT|UTC)$/.test(value) ? value : `${value} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** Multiplying first would turn 2.128 into 2128.0000000000005 and so into 2129. */
function wholeMs(seconds: number): number | undefined {
  const ms = Math.ceil(Number((seconds * 1000).toFixed(6)));
  return Number.isSafeInteger(ms) ? ms : undefined;
}
