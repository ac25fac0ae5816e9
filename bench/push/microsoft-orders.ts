import type { MicrosoftSimulator } from '../../test/simulators/microsoft/index.ts';
import { eventStart, horizonAt, minutesEach, type OrdersAtVendor } from './orders-at-vendor.ts';

export function microsoftOrders(microsoft: MicrosoftSimulator): OrdersAtVendor {
  return {
    addPerson: (email, events) => {
      microsoft.addUser({ email, name: email, timeZone: 'UTC' });
      for (let index = 0; index < events; index += 1) {
        microsoft.putEvent(email, 'default', eventOf(index, `Event ${index}`));
      }
    },
    change: (email, title) => void microsoft.putEvent(email, 'default', { id: eventIdOf(0), subject: title }),
    loseNotifications: () => microsoft.setBehaviour({ notifications: { lost: true } }),
    expireAccessTokens: (email) => microsoft.expireAccessTokens(email),
    destinations: (person) =>
      microsoft.subscriptions(person.email).map(({ id, notificationUrl, clientState = '', resource }) => ({
        person,
        url: notificationUrl,
        watchId: id,
        secret: clientState,
        resourceId: '',
        resourceUri: resource,
      })),
    events: (email) =>
      microsoft.truth(email, 'default', ...horizonAt(Date.now())).map(({ id, subject, start }) => ({
        id: String(id),
        title: String(subject),
        // In UTC, and without saying so.
        start: Date.parse(`${(start as { dateTime: string }).dateTime}Z`),
      })),
  };
}

function eventIdOf(index: number): string {
  return `bench${index}`;
}

function eventOf(index: number, subject: string) {
  const start = eventStart(index);
  const end = new Date(start.getTime() + minutesEach * 60_000);
  const at = (moment: Date) => ({ dateTime: moment.toISOString().slice(0, 19), timeZone: 'UTC' });
  return { id: eventIdOf(index), subject, start: at(start), end: at(end) };
}
