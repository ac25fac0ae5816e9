/**
 * Windows' display names, `(UTC+01:00) Amsterdam, Berlin, Bern, Rome`, get into calendars as zone names by way of
 * invitations. There is no table of them: they change with the language and the version of Windows. The cities in them
 * are IANA's often enough.
 */
const displayName = /^\((?:UTC|GMT)([+-]\d\d:\d\d)?\) *(.+)$/i;

/** The zone of the first city that IANA knows and whose winter has the offset named; undefined where there is none. */
export function zoneOfDisplayName(name: string): string | undefined {
  const [, offset = '+00:00', places] = displayName.exec(name) ?? [];
  if (places === undefined) return undefined;
  if (/^coordinated universal time$/i.test(places)) return 'UTC';
  const cities = places.split(',').map((city) => city.trim().toLowerCase().replaceAll(' ', '_'));
  return cities.flatMap(zonesOfCity).find((zone) => standardMinutesOf(zone) === minutesIn(offset));
}

function zonesOfCity(city: string): string[] {
  return Intl.supportedValuesOf('timeZone').filter((zone) => zone.toLowerCase().endsWith(`/${city}`));
}

/** The smaller of what January and July have. */
function standardMinutesOf(zone: string): number {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const minutes = [0, 6].map((month) => minutesIn(format.format(new Date(Date.UTC(2026, month, 15)))));
  return Math.min(...minutes);
}

/** The offset in a text (`+05:30`, `1/15/2026, GMT-03:00`) in minutes; none is none. */
function minutesIn(text: string): number {
  const [, sign, hours = '', minutes = ''] = /([+-])(\d\d):(\d\d)$/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
