/** The header as delta-seconds (RFC 9110, 10.2.3). A fraction breaks the RFC and is sent by Microsoft all the same. */
export function retryAfterSeconds(seconds: number): Record<string, string> {
  return { 'retry-after': String(seconds) };
}

/** The header as an HTTP date, which has no fractions of a second. */
export function retryAfterDate(at: Date): Record<string, string> {
  return { 'retry-after': at.toUTCString() };
}
