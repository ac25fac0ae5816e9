import { Temporal } from 'temporal-polyfill';
import { windowsZones, windowsZonesBesideCldr } from './windows-zones.ts';
import { zoneOfDisplayName } from './zone-display-name.ts';

// The one package that the domain rests on: time zone arithmetic is nobody's page of code, and Temporal
// is part of the language from Node 26 on (docs/decisions/0004-temporal.md).

const known = new Map<string, boolean>();

/** Whether the name is an IANA time zone of this machine's tz database. */
export function isKnownZone(zone: string): boolean {
  const cached = known.get(zone);
  if (cached !== undefined) return cached;
  const answer = isZone(zone);
  if (known.size < 5000) known.set(zone, answer);
  return answer;
}

function isZone(zone: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Windows looks its zones up without regard to case. */
const windowsNames = new Map(
  [windowsZonesBesideCldr, windowsZones]
    .flatMap((table) => Object.entries(table))
    .map(([name, zone]) => [name.toLowerCase(), zone]),
);

const resolved = new Map<string, string | undefined>();

/**
 * The IANA name of a zone that is named the IANA or the Windows way, in any case; undefined for anything else, such as
 * Graph's `tzone://Microsoft/Custom` or Exchange's `Customized Time Zone`. A name that was taken over by another
 * (`Asia/Calcutta`) stays as it is; UTC, which has a dozen, is always `UTC`. An offset such as `+02:00` is no zone: it
 * knows no daylight saving. Never throws.
 */
export function ianaZoneOf(name: string): string | undefined {
  if (resolved.has(name)) return resolved.get(name);
  const zone = resolve(name.trim());
  if (resolved.size < 5000) resolved.set(name, zone);
  return zone;
}

function resolve(name: string): string | undefined {
  const zone = windowsNames.get(name.toLowerCase()) ?? zoneOfDisplayName(name) ?? name;
  return /^[+-]/.test(zone) || !isKnownZone(zone) ? undefined : inIanaCase(zone);
}

function inIanaCase(zone: string): string {
  const { timeZone } = Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions();
  return timeZone === 'UTC' ? timeZone : new Temporal.ZonedDateTime(0n, zone).timeZoneId;
}

/**
 * The first instant of a day in a zone. Not always midnight: where the clocks jump over it, the day begins at one.
 * Throws RangeError for a date that does not exist.
 */
export function startOfDayIn(date: string, zone: string): Date {
  return new Date(Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds);
}

/**
 * The instant of a wall-clock time (`2026-03-29T02:30:00`, no offset) in a zone. A time that the clocks skip counts
 * with the offset before the jump, one that comes twice is the first (RFC 5545 3.3.5). Throws RangeError for nonsense.
 */
export function instantOf(localDateTime: string, zone: string): Date {
  const local = Temporal.PlainDateTime.from(localDateTime);
  return new Date(local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds);
}

/** The other way round: `2026-03-29T03:30:00`, no offset. Throws RangeError for an unknown zone. */
export function localTimeIn(instant: Date, zone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(instant.getTime());
  return at.toZonedDateTimeISO(zone).toPlainDateTime().toString();
}

/** A time during which a zone's clocks are ahead of UTC by the same: milliseconds, `end` not part of it. */
export interface OffsetSpan {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/**
 * What the clocks of a zone did in that time, one after another without a gap; the first may begin before it, and the last
 * end after it. Throws RangeError for an unknown zone.
 */
export function offsetsIn(
  zone: string,
  { start, end }: { readonly start: Date; readonly end: Date },
): OffsetSpan[] {
  const found: OffsetSpan[] = [];
  for (let year = start.getUTCFullYear(); year <= end.getUTCFullYear(); year += 1) {
    found.push(...offsetsOfYear(zone, year));
  }
  return found.filter((span) => span.start < end.getTime() && span.end > start.getTime());
}

const offsets = new Map<string, readonly OffsetSpan[]>();

/** A search for the next change of the clocks takes up to some milliseconds, where there is none for centuries. */
function offsetsOfYear(zone: string, year: number): readonly OffsetSpan[] {
  const key = `${zone} ${year}`;
  const cached = offsets.get(key);
  if (cached !== undefined) return cached;
  const answer = findOffsets(zone, Date.UTC(year, 0), Date.UTC(year + 1, 0));
  if (offsets.size < 5000) offsets.set(key, answer);
  return answer;
}

function findOffsets(zone: string, start: number, end: number): OffsetSpan[] {
  const found: OffsetSpan[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(zone);
  while (at.epochMilliseconds < end) {
    const next = at.getTimeZoneTransition('next');
    const until = Math.min(next?.epochMilliseconds ?? end, end);
    found.push({ start: at.epochMilliseconds, end: until, offset: at.offsetNanoseconds / 1_000_000 });
    if (next === null) break;
    at = next;
  }
  return found;
}
