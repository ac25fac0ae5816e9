import { Hono } from 'hono';

import { requestedCalendar } from './calendar-routes.ts';
import type { DeltaBehaviour } from './delta-entries.ts';
import { type DeltaPage, type DeltaRequest, type DeltaRounds, createDeltaRounds } from './delta-rounds.ts';
import { contextUrl, linkTo } from './graph-pages.ts';
import { applyPreferences, parameter, preferencesOf, readerOf, refuseOptions } from './graph-request.ts';
import type { GraphContext, GraphEnv } from './graph-session.ts';
import { windowOf } from './time-window.ts';

export interface DeltaObserver {
  onFullRound(email: string): void;
  onIncrementalRound(email: string): void;
}

const REFUSED_OPTIONS = ['$select', '$expand', '$filter', '$orderby', '$search'];
const DEFAULT_PAGE = 10;

/** `calendarView/delta` of a calendar or of the default one, with or without the function's parentheses. */
export function deltaRoutes(behaviour: () => DeltaBehaviour, observer: DeltaObserver): Hono<GraphEnv> {
  const rounds = createDeltaRounds();
  const delta = (c: GraphContext): Response => {
    const calendar = requestedCalendar(c);
    refuseOptions(c, REFUSED_OPTIONS);
    const preferences = preferencesOf(c);
    const { user, mailbox } = c.get('session');
    const page = answer(c, rounds, observer, {
      mailbox,
      calendar,
      reader: readerOf(preferences, user, calendar.id),
      pageSize: Math.min(preferences.maxPageSize ?? DEFAULT_PAGE, behaviour().pageSizeLimit),
      behaviour: behaviour(),
    });
    const pageSize =
      preferences.maxPageSize === undefined ? [] : [`odata.maxpagesize=${preferences.maxPageSize}`];
    applyPreferences(c, ['odata.track-changes', ...pageSize, ...preferences.applied]);
    const link = linkTo(c, { [page.next.parameter]: page.next.token });
    return c.json({
      '@odata.context': contextUrl(c, 'calendarView').replace(/users.*/, 'Collection(event)'),
      value: page.value,
      [page.next.parameter === '$skiptoken' ? '@odata.nextLink' : '@odata.deltaLink']: link,
    });
  };
  const paths = ['/me/calendarView', '/me/calendars/:calendarId/calendarView'];
  return new Hono<GraphEnv>().on(
    'GET',
    paths.flatMap((path) => [`${path}/delta`, `${path}/delta()`]),
    delta,
  );
}

function answer(
  c: GraphContext,
  rounds: DeltaRounds,
  observer: DeltaObserver,
  request: DeltaRequest,
): DeltaPage {
  const { email } = request.mailbox.user;
  const skipToken = parameter(c, '$skiptoken');
  if (skipToken !== undefined) return rounds.turn(request, skipToken);

  const deltaToken = parameter(c, '$deltatoken');
  if (deltaToken !== undefined) {
    const page = rounds.resume(request, deltaToken);
    observer.onIncrementalRound(email);
    return page;
  }
  const window = windowOf(parameter(c, 'startDateTime'), parameter(c, 'endDateTime'));
  observer.onFullRound(email);
  return rounds.begin(request, window);
}
