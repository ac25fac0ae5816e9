/* global Temporal */

/** The words of this page are English; the clock is that of the viewer, where their language is too. */
export const locale = navigator.language.startsWith('en') ? navigator.language : 'en-GB';

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The wall clock in a zone, without offset: what a calendar draws. */
export const wallClock = (instant, zone) =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDateTime();

export const today = (zone) => Temporal.Now.plainDateISO(zone);

export const mondayOf = (date) => date.subtract({ days: date.dayOfWeek - 1 });

/** The instant at which a day begins there: not always midnight. */
export const dayStart = (date, zone) => date.toZonedDateTime(zone).toInstant().toString();

const format = (instant, zone, options) =>
  new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }).format(new Date(instant));

export const clock = (instant, zone) => format(instant, zone, { hour: 'numeric', minute: '2-digit' });

export const longDay = (instant, zone) =>
  format(instant, zone, { weekday: 'long', day: 'numeric', month: 'long' });

export const span = ({ start, end }, zone) =>
  new Intl.DateTimeFormat(locale, { timeZone: zone, hour: 'numeric', minute: '2-digit' }).formatRange(
    new Date(start),
    new Date(end),
  );

/** "Berlin (GMT+1)": as of a moment, since it changes over the year. */
export function zoneName(zone, at = new Date()) {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(
    at,
  );
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return `${zone.split('/').at(-1).replaceAll('_', ' ')} (${offset})`;
}

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** "2 minutes ago" */
export function ago(instant) {
  const seconds = (Date.now() - new Date(instant).getTime()) / 1000;
  if (seconds < 45) return 'just now';
  const [unit, size] = units.find(([, each]) => seconds >= each) ?? ['minute', 60];
  return new Intl.RelativeTimeFormat('en').format(-Math.round(seconds / size), unit);
}
