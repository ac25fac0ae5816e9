const CALENDAR = 'https://www.googleapis.com/auth/calendar';
const ALIASES = new Map([
  ['email', 'https://www.googleapis.com/auth/userinfo.email'],
  ['profile', 'https://www.googleapis.com/auth/userinfo.profile'],
]);

/** What the consent page says of each scope (Discovery, `auth.oauth2.scopes`, shortened). */
const WORDS = new Map([
  ['openid', 'Associate you with your personal info on Google'],
  ['https://www.googleapis.com/auth/userinfo.email', 'See your primary Google Account email address'],
  [
    'https://www.googleapis.com/auth/userinfo.profile',
    'See your personal info, including any you made publicly available',
  ],
  [
    CALENDAR,
    'See, edit, share, and permanently delete all the calendars you can access using Google Calendar',
  ],
  [`${CALENDAR}.readonly`, 'See and download any calendar you can access using your Google Calendar'],
  [`${CALENDAR}.events`, 'View and edit events on all your calendars'],
  [`${CALENDAR}.events.readonly`, 'View events on all your calendars'],
  [`${CALENDAR}.events.owned`, 'See, create, change, and delete events on Google calendars you own'],
  [`${CALENDAR}.events.owned.readonly`, 'See the events on Google calendars you own'],
  [`${CALENDAR}.events.freebusy`, 'See the availability on Google calendars you have access to'],
  [`${CALENDAR}.calendarlist`, 'See, add, and remove Google calendars you’re subscribed to'],
  [`${CALENDAR}.calendarlist.readonly`, 'See the list of Google calendars you’re subscribed to'],
  [`${CALENDAR}.calendars`, 'See and change the properties of Google calendars you have access to'],
  [`${CALENDAR}.calendars.readonly`, 'See the properties of Google calendars you have access to'],
  [`${CALENDAR}.freebusy`, 'View your availability in your calendars'],
  [`${CALENDAR}.settings.readonly`, 'View your Calendar settings'],
]);

/** The scopes of which one is enough, per method (Discovery, `methods.*.scopes`). */
export const ACCEPTED = {
  calendarList: ofCalendar('', '.calendarlist', '.calendarlist.readonly', '.readonly'),
  calendars: ofCalendar('', '.calendars', '.calendars.readonly', '.readonly'),
  events: ofCalendar(
    '',
    '.events',
    '.events.freebusy',
    '.events.owned',
    '.events.owned.readonly',
    '.events.readonly',
    '.readonly',
  ),
  eventsWrite: ofCalendar('', '.app.created', '.events', '.events.owned'),
  freeBusy: ofCalendar('', '.events.freebusy', '.freebusy', '.readonly'),
  /** The scopes of everything that can be watched. */
  channels: ofCalendar(
    ...'|.acls|.acls.readonly|.app.created|.calendarlist|.calendarlist.readonly|.events|.events.freebusy|.events.owned|.events.owned.readonly|.events.public.readonly|.events.readonly|.readonly|.settings|.settings.readonly'.split(
      '|',
    ),
  ),
  userinfo: ['openid', ...ALIASES.values()],
};

/** Google answers with the long names, whichever were asked for. */
export function normaliseScopes(text: string): string[] {
  const named = text.split(' ').filter((scope) => scope !== '');
  return [...new Set(named.map((scope) => ALIASES.get(scope) ?? scope))];
}

export function isKnownScope(scope: string): boolean {
  return WORDS.has(scope);
}

export function describeScope(scope: string): string {
  return WORDS.get(scope) ?? scope;
}

/** Who one is comes with every sign-in; only the rest can be unticked. */
export function isIdentityScope(scope: string): boolean {
  return ACCEPTED.userinfo.includes(scope);
}

function ofCalendar(...suffixes: string[]): string[] {
  return suffixes.map((suffix) => CALENDAR + suffix);
}
