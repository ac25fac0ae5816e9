import type { Account, CalendarRecord } from './accounts.ts';

const POPUP_BEFORE_10_MINUTES = [{ method: 'popup', minutes: 10 }];

export function defaultReminders({ primary }: CalendarRecord): object[] {
  return primary ? POPUP_BEFORE_10_MINUTES : [];
}

export function conferenceTypesOf({ shown }: CalendarRecord): string[] {
  return shown.allowedConferenceSolutionTypes ?? ['hangoutsMeet'];
}

/** A `CalendarListEntry`. Flags are written only where they are true. */
export function renderListEntry(record: CalendarRecord, account: Account): object {
  const { shown } = record;
  const etag = `"${record.changedAt.getTime()}${record.listSequence}"`;
  if (shown.deleted) return { kind: 'calendar#calendarListEntry', etag, id: record.id, deleted: true };
  const flags = { primary: record.primary, selected: shown.selected, hidden: shown.hidden };
  return {
    kind: 'calendar#calendarListEntry',
    etag,
    id: record.id,
    summary: shown.summary,
    ...(shown.summaryOverride ? { summaryOverride: shown.summaryOverride } : {}),
    ...(shown.description ? { description: shown.description } : {}),
    timeZone: record.timeZone,
    colorId: '14',
    backgroundColor: shown.backgroundColor ?? '#9fe1e7',
    foregroundColor: '#000000',
    accessRole: record.accessRole,
    defaultReminders: defaultReminders(record),
    conferenceProperties: { allowedConferenceSolutionTypes: conferenceTypesOf(record) },
    ...(record.primary ? {} : { dataOwner: account.email }),
    ...Object.fromEntries(Object.entries(flags).filter(([, isSet]) => isSet)),
  };
}

/** A `Calendar`. */
export function renderCalendar(record: CalendarRecord): object {
  return {
    kind: 'calendar#calendar',
    etag: `"${record.changedAt.getTime()}${record.listSequence}"`,
    id: record.id,
    summary: record.shown.summary,
    ...(record.shown.description ? { description: record.shown.description } : {}),
    timeZone: record.timeZone,
    conferenceProperties: { allowedConferenceSolutionTypes: conferenceTypesOf(record) },
  };
}
