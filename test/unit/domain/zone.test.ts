import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowsZones, windowsZonesBesideCldr } from '../../../src/domain/windows-zones.ts';
import { ianaZoneOf, instantOf, isKnownZone, localTimeIn, startOfDayIn } from '../../../src/domain/zone.ts';

describe('time zones', () => {
  it('the Windows names are those of Unicode CLDR, and this machine knows what they map to', () => {
    expect(windowsZones).toEqual(cldrWindowsZones());
    expect(Object.values(windowsZones).filter((zone) => !isKnownZone(zone))).toEqual([]);
  });

  it.each([
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['Europe/Berlin', 'Europe/Berlin'],
    ['w. EUROPE standard time', 'Europe/Berlin'],
    [' europe/berlin ', 'Europe/Berlin'],
    ['America/argentina/buenos_aires', 'America/Argentina/Buenos_Aires'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
    ['Greenwich Standard Time', 'Atlantic/Reykjavik'],
    ['British Columbia Standard Time', 'America/Vancouver'],
    ['Alberta Standard Time', 'America/Edmonton'],
    ['Kamchatka Standard Time', 'Asia/Kamchatka'],
    ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', 'Europe/Amsterdam'],
    ['(GMT-06:00) Guadalajara, Mexico City, Monterrey', 'America/Mexico_City'],
    ['(UTC+00:00) Dublin, Edinburgh, Lisbon, London', 'Europe/Dublin'],
    ['(UTC+05:45) Kathmandu', undefined],
    ['(UTC+02:00) Amsterdam', undefined],
    ['(UTC-05:00) Eastern Time (US & Canada)', undefined],
    ['tzone://Microsoft/Custom', undefined],
    ['Customized Time Zone', undefined],
    ['Nowhere Standard Time', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
    ['+02:00', undefined],
    ['', undefined],
  ])('%j is the IANA zone %j', (name, zone) => {
    expect(ianaZoneOf(name)).toBe(zone);
  });

  it('the names beside CLDR’s are not CLDR’s yet, and this machine knows what they map to', () => {
    const taken = new Set(Object.keys(cldrWindowsZones()));
    expect(Object.keys(windowsZonesBesideCldr).filter((name) => taken.has(name))).toEqual([]);
    expect(Object.values(windowsZonesBesideCldr).filter((zone) => !isKnownZone(zone))).toEqual([]);
  });

  it.each([
    'UTC',
    'utc',
    'Etc/UTC',
    'Zulu',
    'GMT',
    'tzone://Microsoft/Utc',
    '(UTC) Coordinated Universal Time',
  ])('%j is called UTC, whatever it is called by others', (name) => {
    expect(ianaZoneOf(name)).toBe('UTC');
  });

  it('every zone of this machine and of Windows is resolved to a name that resolves to itself', () => {
    for (const name of [...Intl.supportedValuesOf('timeZone'), ...Object.keys(windowsZones)]) {
      const zone = ianaZoneOf(name);
      expect(zone).toBeDefined();
      expect(ianaZoneOf(zone ?? '')).toBe(zone);
      expect(ianaZoneOf(name.toUpperCase())).toBe(zone);
    }
  });

  it('no name makes the lookup throw, and what it gives is known', () => {
    const places = fc.string().map((text) => `(UTC+01:00) ${text}`);
    const names = fc.oneof(
      fc.string(),
      places,
      fc.constantFrom('Etc/GMT+99', 'A'.repeat(300), '🕰', 'Europe/\0'),
    );
    const known = fc.property(names, (name) => {
      expect(isKnownZone(ianaZoneOf(name) ?? 'UTC')).toBe(true);
    });
    fc.assert(known);
  });

  it('a day begins at local midnight on both sides of a daylight saving switch', () => {
    expect(startOfDayIn('2026-03-29', 'Europe/Berlin')).toEqual(new Date('2026-03-28T23:00:00Z'));
    expect(startOfDayIn('2026-03-30', 'Europe/Berlin')).toEqual(new Date('2026-03-29T22:00:00Z'));
    expect(startOfDayIn('2026-01-01', 'Asia/Kathmandu')).toEqual(new Date('2025-12-31T18:15:00Z'));
  });

  it('a day whose midnight is skipped begins when its clock does', () => {
    expect(startOfDayIn('2018-11-04', 'America/Sao_Paulo')).toEqual(new Date('2018-11-04T03:00:00Z'));
  });

  it('a wall-clock time that is skipped or comes twice has one instant', () => {
    expect(instantOf('2026-03-29T02:30:00', 'Europe/Berlin')).toEqual(new Date('2026-03-29T01:30:00Z'));
    expect(instantOf('2026-10-25T02:30:00', 'Europe/Berlin')).toEqual(new Date('2026-10-25T00:30:00Z'));
    expect(instantOf('2026-06-01T09:00:00.0000000', 'Etc/UTC')).toEqual(new Date('2026-06-01T09:00:00Z'));
  });

  it('an instant has one wall-clock time, also in the hour that comes twice', () => {
    expect(localTimeIn(new Date('2026-03-29T00:59:00Z'), 'Europe/Berlin')).toBe('2026-03-29T01:59:00');
    expect(localTimeIn(new Date('2026-03-29T01:00:00Z'), 'Europe/Berlin')).toBe('2026-03-29T03:00:00');
    expect(localTimeIn(new Date('2026-10-25T00:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25T02:30:00');
    expect(localTimeIn(new Date('2026-10-25T01:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25T02:30:00');
    expect(() => localTimeIn(new Date(0), 'Mars/Olympus')).toThrow(RangeError);
  });

  it('a date that does not exist is refused', () => {
    expect(() => startOfDayIn('2026-02-30', 'Europe/Berlin')).toThrow(RangeError);
    expect(() => startOfDayIn('tomorrow', 'Europe/Berlin')).toThrow(RangeError);
  });
});

function cldrWindowsZones(): Record<string, string> {
  const { supplemental } = createRequire(import.meta.url)('cldr-core/supplemental/windowsZones.json') as {
    supplemental: { windowsZones: { mapTimezones: { mapZone: Record<string, string> }[] } };
  };
  return Object.fromEntries(
    supplemental.windowsZones.mapTimezones
      .filter(({ mapZone }) => mapZone._territory === '001')
      .map(({ mapZone }) => [String(mapZone._other), String(mapZone._type)]),
  );
}
