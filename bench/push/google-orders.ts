import type { GoogleSimulator } from '../../test/simulators/google/index.ts';
import { eventStart, horizonAt, minutesEach, type OrdersAtVendor } from './orders-at-vendor.ts';

export function googleOrders(google: GoogleSimulator): OrdersAtVendor {
  return {
    addPerson: (email, events) => {
      google.addUser({ email, timeZone: 'UTC' });
      const all = Array.from({ length: events }, (_, index) => eventOf(index, `Event ${index}`));
      google.putEvents(email, 'primary', all);
    },
    change: (email, title) => void google.editEvent(email, 'primary', eventIdOf(0), { summary: title }),
    loseNotifications: () => {
      google.push.lossRate = 1;
    },
    expireAccessTokens: (email) => google.expireAccessTokens(email),
    destinations: (person) =>
      google
        .channels()
        .filter(({ email }) => email === person.email)
        .map(({ id, address, token = '', resourceId, resourceUri }) => ({
          person,
          url: address,
          watchId: id,
          secret: token,
          resourceId,
          resourceUri,
        })),
    events: (email) =>
      google.truth(email, 'primary', ...horizonAt(Date.now())).map(({ id, summary, start }) => ({
        id: id ?? '',
        title: summary ?? '',
        start: Date.parse(start?.dateTime ?? ''),
      })),
  };
}

/** In the alphabet of Google's ids. */
function eventIdOf(index: number): string {
  return `bench${index}`;
}

function eventOf(index: number, summary: string) {
  const start = eventStart(index);
  const end = new Date(start.getTime() + minutesEach * 60_000);
  return {
    id: eventIdOf(index),
    summary,
    start: { dateTime: start.toISOString() },
    end: { dateTime: end.toISOString() },
  };
}
