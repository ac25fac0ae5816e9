import type { DirectoryUser } from './directory.ts';

/** Outlook's default: nine hours on weekdays in the mailbox's zone. */
export function workingHoursOf({ timeZone }: DirectoryUser) {
  return {
    daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
    startTime: '08:00:00.0000000',
    endTime: '17:00:00.0000000',
    timeZone: { name: timeZone },
  };
}
