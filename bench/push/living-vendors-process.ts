/**
 * Both simulators in a process of their own, by the real clock and with push. What happens in their calendars happens by
 * order of the parent; the process ends when that goes away.
 */
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { startGoogleSimulator } from '../../test/simulators/google/index.ts';
import { startMicrosoftSimulator } from '../../test/simulators/microsoft/index.ts';
import type { RecordedRequest } from '../../test/simulators/simulator.ts';
import { vendorWrite, type VendorWrite } from '../booking/vendor-writes.ts';
import { machineMs } from '../machine-clock.ts';
import { googleOrders } from './google-orders.ts';
import { microsoftOrders } from './microsoft-orders.ts';
import type { OrderAnswer, OrderMessage, Person, VendorOrders } from './vendor-orders.ts';

// Without contract checks: the tests make them, and here they would only take processor time from what is measured.
const contractsDir = '';
const writes: VendorWrite[] = [];
/** The moment first: what is done about it afterwards takes time. */
const noteWrite = (vendor: ProviderId) => (request: RecordedRequest) => {
  const write = vendorWrite(vendor, request, machineMs());
  if (write !== undefined) writes.push(write);
};
const [google, microsoft] = await Promise.all([
  startGoogleSimulator({ contractsDir, push: { allowHttpLoopback: true }, onRequest: noteWrite('google') }),
  startMicrosoftSimulator({
    contractsDir,
    notifications: { allowHttpLoopback: true },
    onRequest: noteWrite('microsoft'),
  }),
]);
const requests = { google: google.requests, microsoft: microsoft.requests };
const vendors = { google: googleOrders(google), microsoft: microsoftOrders(microsoft) };
const at = ({ vendor }: Person) => vendors[vendor];

const orders: VendorOrders = {
  addPeople: (people, eventsEach) =>
    people.forEach((person) => at(person).addPerson(person.email, eventsEach)),
  change: (person, title) => {
    const changedAtMs = machineMs();
    at(person).change(person.email, title);
    return changedAtMs;
  },
  loseNotifications: () => Object.values(vendors).forEach((vendor) => vendor.loseNotifications()),
  expireAccessTokens: (people) => people.forEach((person) => at(person).expireAccessTokens(person.email)),
  destinations: (people) => people.flatMap((person) => at(person).destinations(person)),
  takeRequestCounts: () => ({
    google: google.requests.splice(0).length,
    microsoft: microsoft.requests.splice(0).length,
  }),
  limitGoogle: (quota) => void Object.assign(google.quota, quota),
  takeGoogleAnswers: () => {
    const all = google.requests.splice(0);
    const asked = all.filter(({ path }) => path.startsWith('/calendar/v3/'));
    const times = asked.map(({ at: askedAt }) => askedAt.getTime());
    return {
      requests: asked.length,
      refreshes: all.filter(({ path }) => path === '/token').length,
      refused: asked.filter(({ status }) => status === 403 || status === 429).length,
      firstAt: times.reduce((first, time) => Math.min(first, time), Infinity),
      lastAt: times.reduce((last, time) => Math.max(last, time), 0),
    };
  },
  takeWrites: () => writes.splice(0),
  writeRequests: (vendor) =>
    requests[vendor].filter((request) => vendorWrite(vendor, request, 0) !== undefined),
  events: (person) => at(person).events(person.email),
};

process.on('message', ({ id, name, args }: OrderMessage) => {
  process.send?.(answerTo(id, () => (orders[name] as (...given: readonly unknown[]) => unknown)(...args)));
});

function answerTo(id: number, act: () => unknown): OrderAnswer {
  try {
    return { id, answer: act() };
  } catch (error) {
    return { id, error: String(error) };
  }
}

process.send?.({ ...google.env, ...microsoft.env });
// A Ctrl-C reaches the whole terminal group; the parent still needs us to end in order.
process.on('SIGINT', () => {});
process.once('disconnect', () => void Promise.all([google.close(), microsoft.close()]));
