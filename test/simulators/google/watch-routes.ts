import { type Context, Hono } from 'hono';

import { toAnswer } from './api-routes.ts';
import { answer, authorize, bodyOf, findCalendar, type SessionDependencies } from './api-session.ts';
import {
  calendarListOf,
  type ChannelBody,
  type ChannelRegistry,
  eventsOf,
  renderChannel,
  type Watched,
} from './channels.ts';
import { pushNotSupported } from './errors.ts';
import type { PushService } from './push.ts';
import { ACCEPTED } from './scopes.ts';

export interface WatchDependencies extends SessionDependencies {
  channels: ChannelRegistry;
  push: PushService;
}

/** Holidays, birthdays and other calendars that Google generates. */
const GENERATED = /@group\.v\.calendar\.google\.com$/;

/** `events.watch`, `calendarList.watch` and `channels.stop`. */
export function watchRoutes(dependencies: WatchDependencies): Hono {
  const { channels, push } = dependencies;

  const open = async (c: Context, session: ReturnType<typeof authorize>, watched: Watched) => {
    const { account, token } = session;
    const channel = channels.open(account, token, watched, (await bodyOf(c)) as ChannelBody);
    const body = renderChannel(channel);
    await push.opened(channel);
    return answer(c, body);
  };

  return new Hono()
    .post('/calendar/v3/calendars/:calendarId/events/watch', (c) => {
      const session = authorize(c, dependencies, ACCEPTED.events);
      const { id } = findCalendar(session.account, c.req.param('calendarId'));
      if (GENERATED.test(id)) throw pushNotSupported();
      return open(c, session, eventsOf(session.account.email, id));
    })
    .post('/calendar/v3/users/me/calendarList/watch', (c) => {
      const session = authorize(c, dependencies, ACCEPTED.calendarList);
      return open(c, session, calendarListOf(session.account.email));
    })
    .post('/calendar/v3/channels/stop', async (c) => {
      const { account, token } = authorize(c, dependencies, ACCEPTED.channels);
      channels.stop(account, token, (await bodyOf(c)) as ChannelBody);
      return c.body(null, 204);
    })
    .onError(toAnswer);
}
