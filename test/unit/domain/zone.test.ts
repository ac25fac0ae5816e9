import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { windowsZones } from '../../../src/domain/windows-zones.ts';
import { ianaZoneOf, instantOf, isKnownZone, startOfDayIn } from '../../../src/domain/zone.ts';

describe('time zones', () => {
  it('the Windows names are those of Unicode CLDR, and this machine knows what they map to', () => {
    expect(windowsZones).toEqual(cldrWindowsZones());
    expect(Object.values(windowsZones).filter((zone) => !isKnownZone(zone))).toEqual([]);
  });

  it.each([
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['Europe/Berlin', 'Europe/Berlin'],
    ['UTC', 'Etc/UTC'],
    ['tzone://Microsoft/Custom', undefined],
    ['Customized Time Zone', undefined],
    ['+02:00', undefined],
    ['', undefined],
  ])('%j is the IANA zone %j', (name, zone) => {
    expect(ianaZoneOf(name)).toBe(zone);
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
