import { createMicrosoftProvider, type MicrosoftOptions } from '../../src/providers/microsoft/index.ts';
import {
  startMicrosoftSimulator,
  type EventInput,
  type GraphEvent,
  type MicrosoftSimulator,
} from '../simulators/microsoft/index.ts';
import { describeProvider, type Entry, type Held, type ProviderChanges } from './provider-suite.ts';

const email = 'ada@contoso.example';
const redirectUri = 'http://localhost:3000/settings';

describeProvider({
  id: 'microsoft',
  start: async ({ now }) => {
    const microsoft = await startMicrosoftSimulator({ now, redirectUris: [redirectUri] });
    const { oid, tid } = microsoft.addUser({ email, name: 'Ada', timeZone: 'W. Europe Standard Time' });
    const providerWith = (changes: ProviderChanges) =>
      createMicrosoftProvider(microsoftOptions(microsoft, now, changes));
    const provider = providerWith({});
    return {
      provider,
      providerWith,
      simulator: microsoft,
      redirectUri,
      user: { email, accountId: `${oid}.${tid}` },
      paths: { token: '/token$', calendars: '/me/calendars$', events: '/calendarView/delta$' },
      pageSize: 100,
      consent: (url) => microsoft.authorize(withMailboxSettings(url), { email }),
      revokeGrant: () => microsoft.revokeGrant(email),
      expireAccessTokens: () => microsoft.expireAccessTokens(email),
      expireCursors: () => microsoft.expireDeltaTokens(email),
      put: (entry, id) => microsoft.putEvent(email, 'default', wireEvent(entry, id)).id,
      remove: (id) => microsoft.deleteEvent(email, 'default', id),
      moveOccurrence: (seriesId, originalStart, start, end) => {
        const times = { start: wallClock(start), end: wallClock(end) };
        microsoft.moveOccurrence(email, 'default', seriesId, originalStart, times);
      },
      cancelOccurrence: (seriesId, originalStart) =>
        microsoft.cancelOccurrence(email, 'default', seriesId, originalStart),
      truth: ({ start, end }) => microsoft.truth(email, 'default', start, end).map(heldIn),
      halfReadable: halfReadable(microsoft.url),
      close: async () => {
        await provider.close();
        await microsoft.close();
      },
    };
  },
});
