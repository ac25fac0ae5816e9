import type { Provider } from '../provider.ts';
import { listCalendars } from './calendars.ts';
import { createGoogleClient, type GoogleClientOptions } from './client.ts';
import { listEvents } from './events.ts';
import { freeBusy } from './free-busy.ts';
import { createGoogleInterviews } from './interviews.ts';
import { calendarScope, createGoogleOAuth, type GoogleOAuthOptions } from './oauth.ts';
import { createGooglePush } from './watch.ts';

/** Our registration with Google, where to find it, and the clock. */
export type GoogleOptions = GoogleOAuthOptions & GoogleClientOptions;

/** Google Calendar. Opens nothing before the first call; whoever makes it closes it. */
export function createGoogleProvider(options: GoogleOptions): Provider {
  const client = createGoogleClient(options);
  return {
    id: 'google',
    // `openid` and `email` are asked for as well, but come back as aliases and are never missing when agreed to.
    neededScopes: [calendarScope],
    scopesImpliedBy: {},
    ...createGoogleOAuth(options, client),
    listCalendars: (access) => listCalendars(client, access),
    listEvents: (access, query) => listEvents(client, access, query),
    freeBusy: (access, query) => freeBusy(client, access, query),
    push: createGooglePush(client, options.now),
    interviews: createGoogleInterviews(client),
    close: client.close,
  };
}
