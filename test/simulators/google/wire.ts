/** `EventDateTime` of the Calendar API: `date` for all-day (the end exclusive), else `dateTime`. */
export interface EventTime {
  date?: string;
  dateTime?: string;
  timeZone?: string;
}

export interface EventPerson {
  id?: string;
  email?: string;
  displayName?: string;
  self?: boolean;
}

export interface EventAttendee extends EventPerson {
  organizer?: boolean;
  resource?: boolean;
  optional?: boolean;
  responseStatus?: 'needsAction' | 'declined' | 'tentative' | 'accepted';
  comment?: string;
  additionalGuests?: number;
}

/** An event in Google's wire shape; members that the simulator does not look into travel through unchanged. */
export interface GoogleEvent {
  kind?: 'calendar#event';
  id?: string;
  etag?: string;
  status?: 'confirmed' | 'tentative' | 'cancelled';
  created?: string;
  updated?: string;
  summary?: string;
  description?: string;
  location?: string;
  creator?: EventPerson;
  organizer?: EventPerson;
  start?: EventTime;
  end?: EventTime;
  recurrence?: string[];
  recurringEventId?: string;
  originalStartTime?: EventTime;
  transparency?: 'opaque' | 'transparent';
  visibility?: 'default' | 'public' | 'private' | 'confidential';
  iCalUID?: string;
  sequence?: number;
  attendees?: EventAttendee[];
  attendeesOmitted?: boolean;
  eventType?: 'default' | 'outOfOffice' | 'focusTime' | 'workingLocation' | 'birthday' | 'fromGmail';
  extendedProperties?: { private?: Record<string, string>; shared?: Record<string, string> };
  [member: string]: unknown;
}

/** What is put: at least when it is. */
export type GoogleEventInput = GoogleEvent & { start: EventTime; end: EventTime };

export type AccessRole = 'freeBusyReader' | 'reader' | 'writerWithoutPrivateAccess' | 'writer' | 'owner';

/** The settable part of a `CalendarListEntry`. */
export interface CalendarInput {
  id?: string;
  summary?: string;
  summaryOverride?: string;
  description?: string;
  timeZone?: string;
  accessRole?: AccessRole;
  selected?: boolean;
  hidden?: boolean;
  deleted?: boolean;
  backgroundColor?: string;
  /** Which links its events may have (`conferenceProperties`); Meet unless given. */
  allowedConferenceSolutionTypes?: string[];
}
