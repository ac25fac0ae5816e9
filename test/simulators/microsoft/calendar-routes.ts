import { Hono } from 'hono';

import { calendarView } from './calendar-view.ts';
import type { DirectoryUser } from './directory.ts';
import { fullEvent } from './event-answers.ts';
import { badRequest, notFound } from './graph-errors.ts';
import { changeKeyOf } from './graph-ids.ts';
import { contextUrl, pageAnswer } from './graph-pages.ts';
import {
  applyPreferences,
  parameter,
  pagingOf,
  preferencesOf,
  readerOf,
  refuseOptions,
  select,
} from './graph-request.ts';
import { type GraphContext, type GraphEnv, READ_CALENDARS, requireScope } from './graph-session.ts';
import { type OutlookCalendar, canEdit, findCalendar, isOwn, onlineMeetingProviders } from './mailbox.ts';
import { windowOf } from './time-window.ts';

/** `/me/calendars`, `/me/calendar` and calendar views. */
export function calendarRoutes(): Hono<GraphEnv> {
  return new Hono<GraphEnv>()
    .get('/me/calendars', (c) => {
      requireScope(c, READ_CALENDARS);
      refuseOptions(c, ['$filter', '$orderby', '$search', '$expand']);
      const { user, mailbox } = c.get('session');
      const calendars = [...mailbox.calendars.values()];
      return pageAnswer(c, calendars, pagingOf(c), 'calendars', (page) =>
        select(
          c,
          'calendar',
          page.map((calendar) => calendarAnswer(user, calendar)),
        ),
      );
    })
    .get('/me/calendar', oneCalendar)
    .get('/me/calendars/:calendarId', oneCalendar)
    .get('/me/calendarView', listView)
    .get('/me/calendars/:calendarId/calendarView', listView);
}

/** The calendar that the path names, else the default one. @throws GraphError 403, 404 */
export function requestedCalendar(c: GraphContext): OutlookCalendar {
  requireScope(c, READ_CALENDARS);
  const { mailbox } = c.get('session');
  const id = c.req.param('calendarId');
  const calendar = id === undefined ? findCalendar(mailbox, 'default') : mailbox.calendars.get(id);
  if (!calendar) throw notFound();
  return calendar;
}

function oneCalendar(c: GraphContext): Response {
  const calendar = requestedCalendar(c);
  refuseOptions(c, ['$expand']);
  const { user } = c.get('session');
  const [answer] = select(c, 'calendar', [calendarAnswer(user, calendar)]);
  return c.json({ '@odata.context': contextUrl(c, 'calendars/$entity'), ...answer });
}

/** Occurrences, exceptions and single events, in full; never masters. */
function listView(c: GraphContext): Response {
  const calendar = requestedCalendar(c);
  const { from, to } = windowOf(parameter(c, 'startDateTime'), parameter(c, 'endDateTime'));
  refuseOptions(c, ['$filter', '$orderby', '$search', '$expand']);
  refuseUnselectable(c);
  const preferences = preferencesOf(c);
  const reader = readerOf(preferences, c.get('session').user, calendar.id);
  applyPreferences(c, preferences.applied);
  return pageAnswer(c, calendarView(calendar, from, to), pagingOf(c), 'calendarView', (page) =>
    select(
      c,
      'event',
      page.map((instance) => fullEvent(reader, instance)),
    ),
  );
}

/** Fact sheet, section 5. */
function refuseUnselectable(c: GraphContext): void {
  const selected = parameter(c, '$select')?.split(',') ?? [];
  const refused = selected.find((name) => ['createdDateTime', 'lastModifiedDateTime'].includes(name.trim()));
  if (refused)
    throw badRequest('ErrorInvalidProperty', `The property '${refused}' cannot be selected on calendarView.`);
}

function calendarAnswer(user: DirectoryUser, calendar: OutlookCalendar) {
  const { id, input, isDefault, version } = calendar;
  const isUsers = isOwn(user, input);
  const providers = onlineMeetingProviders(user, calendar);
  return {
    id,
    name: input.name,
    color: input.color ?? 'auto',
    hexColor: input.hexColor ?? '',
    isDefaultCalendar: isDefault,
    changeKey: changeKeyOf(user.oid, version),
    canShare: isUsers,
    canViewPrivateItems: isUsers,
    canEdit: canEdit(user, calendar),
    allowedOnlineMeetingProviders: providers,
    defaultOnlineMeetingProvider: providers[0] ?? 'unknown',
    isTallyingResponses: isDefault,
    isRemovable: !isDefault,
    owner: input.owner ?? { name: user.name, address: user.email },
  };
}
