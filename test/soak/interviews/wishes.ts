import { wordsFor, type Anchor } from '../dates.ts';
import type { Random } from '../random.ts';
import {
  newAttendees,
  newBody,
  newConference,
  newDescription,
  newTimes,
  newTitle,
  organizerOf,
  spanOn,
  type InterviewBody,
  type Organizer,
} from './body.ts';
import { newBooking, type Booking } from './booking.ts';
import type { Secretary } from './secretary.ts';

/** How often what the main app does, relatively. */
const weights = {
  book: 20,
  reschedule: 9,
  'change words': 7,
  'change attendees': 5,
  'change everything': 3,
  'same again': 4,
  'several at once': 4,
  'with the revision': 4,
  'with an old revision': 2,
  withdraw: 5,
  'want again': 5,
  'change organizer': 5,
  'change policy': 2,
  'change conference': 2,
  'race for a slot': 2.5,
} as const;

export type WishKind = keyof typeof weights;

/** Beyond that the next booking makes room by withdrawing one. */
const roomFor = 40;

export interface Wishing {
  readonly random: Random;
  readonly anchor: Anchor;
  readonly bookings: Booking[];
  readonly secretary: Secretary;
  readonly organizers: readonly Organizer[];
  readonly colleagues: readonly string[];
  readonly newId: () => string;
  /** Numbers them, from 0. */
  readonly newRace: () => number;
}

export interface Wished {
  readonly kind: WishKind;
  readonly subjects: readonly string[];
  /** When the product has answered. */
  readonly answered: Promise<unknown>;
}

/** The main app wants something. Undefined where there is no interview that it could want it of. */
export function wish(scene: Wishing): Wished | undefined {
  const { random, bookings } = scene;
  const kind = random.weighted(weights);
  const draws = { ...scene, random: random.fork(`wish ${random.next()}`) };
  const isFull = bookings.filter(({ intendsIt }) => intendsIt).length >= roomFor;
  const chosen = isFull && (kind === 'book' || kind === 'race for a slot') ? 'withdraw' : kind;
  const done = wishes[chosen](draws);
  return done && { kind: chosen, ...done };
}

type Outcome = Omit<Wished, 'kind'> | undefined;

const wishes: Readonly<Record<WishKind, (scene: Wishing) => Outcome>> = {
  book: (scene) => {
    const booking = open(scene);
    return put(scene, booking, newBody(sceneOf(scene, booking.id)));
  },
  reschedule: (scene) => change(scene, (body) => ({ ...body, ...newTimes(scene) })),
  'change words': (scene) => change(scene, (body, { id }) => ({ ...body, ...newWords(scene.random, id) })),
  'change attendees': (scene) =>
    change(scene, (body, { id }) => ({ ...body, attendees: newAttendees(sceneIn(scene, body, id)) })),
  'change everything': (scene) => change(scene, (body, { id }) => anew(scene, body, id)),
  'same again': (scene) => change(scene, (body) => body),
  'several at once': (scene) => severalAtOnce(scene),
  'with the revision': (scene) => {
    const booking = some(scene);
    if (booking?.intended === undefined) return undefined;
    return put(scene, booking, anew(scene, booking.intended, booking.id), true);
  },
  'with an old revision': ({ secretary, ...scene }) => {
    const booking = some(scene);
    if (booking?.intended === undefined) return undefined;
    const body = anew(scene, booking.intended, booking.id);
    return { subjects: [booking.id], answered: secretary.askStale(booking, body) };
  },
  withdraw: (scene) => withdraw(scene),
  'want again': (scene) => wantAgain(scene),
  'change organizer': (scene) => changeOrganizer(scene),
  'change policy': (scene) =>
    change(scene, (body) => ({ ...body, policy: body.policy === 'hold' ? 'follow' : 'hold' })),
  'change conference': (scene) =>
    change(scene, (body) => ({
      ...body,
      conference: newConference(scene.random, organizerIn(scene, body).providers),
    })),
  'race for a slot': (scene) => race(scene),
};

function open({ bookings, newId }: Pick<Wishing, 'bookings' | 'newId'>): Booking {
  const booking = newBooking(newId());
  bookings.push(booking);
  return booking;
}

function sceneOf({ random, anchor, organizers, colleagues }: Wishing, id: string) {
  return { random, anchor, id, colleagues, organizer: random.pick(organizers) };
}

/** One that is wanted, and not in the middle of a race. Draws the same number however many there are. */
function some({ random, bookings }: Pick<Wishing, 'random' | 'bookings'>, wanted = true) {
  const chance = random.next();
  const fitting = bookings.filter(
    ({ intendsIt, intended, race: slot }) =>
      intendsIt === wanted && intended !== undefined && slot === undefined,
  );
  return fitting[Math.floor(chance * fitting.length)];
}

function put({ secretary }: Wishing, booking: Booking, body: InterviewBody, whole = false): Outcome {
  booking.intended = body;
  booking.intendsIt = true;
  return { subjects: [booking.id], answered: secretary.ask(booking, [{ kind: 'put', body, whole }]) };
}

function change(scene: Wishing, to: (body: InterviewBody, booking: Booking) => InterviewBody): Outcome {
  const booking = some(scene);
  if (booking?.intended === undefined) return undefined;
  return put(scene, booking, to(booking.intended, booking));
}

function newWords(random: Random, id: string): Partial<InterviewBody> {
  const which = random.weighted({ title: 3, description: 2, location: 2, visibility: 1 });
  switch (which) {
    case 'title':
      return { title: newTitle(random, id) };
    case 'description':
      return { description: newDescription(random, id) };
    case 'location':
      return { location: random.chance(0.8) ? wordsFor(random) : '' };
    case 'visibility':
      return { visibility: random.pick(['default', 'private'] as const) };
  }
}

/** Where it is, and who decides, stays. */
function anew(scene: Omit<Wishing, 'secretary'>, body: InterviewBody, id: string): InterviewBody {
  const { random } = scene;
  return {
    ...body,
    ...newTimes(scene),
    title: newTitle(random, id),
    description: newDescription(random, id),
    location: wordsFor(random),
    attendees: newAttendees(sceneIn(scene, body, id)),
  };
}

function sceneIn(scene: Omit<Wishing, 'secretary'>, body: InterviewBody, id: string) {
  return { ...scene, id, organizer: organizerIn(scene, body) };
}

function organizerIn({ organizers }: Pick<Wishing, 'organizers'>, { organizer }: InterviewBody): Organizer {
  const { userId, calendarId } = organizer;
  const known = organizers.find((one) => one.userId === userId && one.calendarId === calendarId);
  if (known === undefined) throw new Error(`${userId} is no organizer of this run`);
  return known;
}

/** Which of them is the last, the product says: see `inEffect`. At times the main app makes sure of it. */
function severalAtOnce(scene: Wishing): Outcome {
  const { random, secretary } = scene;
  const booking = some(scene);
  if (booking?.intended === undefined) return undefined;
  const { intended, id } = booking;
  const bodies = Array.from({ length: random.int(2, 4) }, () => anew(scene, intended, id));
  const together = secretary.ask(
    booking,
    bodies.map((body) => ({ kind: 'put', body })),
  );
  const last = anew(scene, intended, id);
  if (random.chance(0.5)) return put(scene, booking, last);
  return { subjects: [id], answered: together };
}

function withdraw(scene: Wishing): Outcome {
  const booking = some(scene);
  if (booking === undefined) return undefined;
  booking.intendsIt = false;
  const message = scene.random.chance(0.5) ? 'We have filled the position.' : undefined;
  const answered = scene.secretary.ask(booking, [{ kind: 'withdrawal', message }]);
  return { subjects: [booking.id], answered };
}

/** One that was withdrawn: with other words, or as it was, which is not enough. */
function wantAgain(scene: Wishing): Outcome {
  const { random } = scene;
  const booking = some(scene, false);
  if (booking?.intended === undefined) return undefined;
  const { id, intended } = booking;
  if (random.chance(0.8)) return put(scene, booking, { ...intended, title: newTitle(random, id) });
  return {
    subjects: [id],
    answered: scene.secretary.ask(booking, [{ kind: 'put', body: intended }]),
  };
}

function changeOrganizer(scene: Wishing): Outcome {
  const { random, organizers } = scene;
  const booking = some(scene);
  if (booking?.intended === undefined) return undefined;
  const organizer = random.pick(organizers);
  const fitting = newBody(sceneOf({ ...scene, organizers: [organizer] }, booking.id));
  const { conference, sendInvitations } = fitting;
  return put(scene, booking, {
    ...booking.intended,
    organizer: organizerOf(organizer),
    attendees: booking.intended.attendees.filter(({ email }) => !organizer.own.includes(email)),
    conference,
    sendInvitations,
  });
}

/** Two and more for one slot of one person, who is to organize all of them or to take part; at the same time. */
function race(scene: Wishing): Outcome {
  const { random, organizers } = scene;
  const person = random.pick(organizers);
  const span = freeSlot(scene);
  const slot = `${person.userId} ${span.start}`;
  const takesPart = random.chance(0.4);
  const own = organizers.filter(({ userId }) => takesPart || userId === person.userId);
  const racing = Array.from({ length: random.int(2, 4) }, () => {
    const booking = open(scene);
    booking.race = slot;
    const body = newBody(sceneOf({ ...scene, organizers: own, colleagues: [] }, booking.id));
    const asked = takesPart && body.organizer.userId !== person.userId ? [{ email: person.emails[0] }] : [];
    return put(scene, booking, {
      ...body,
      ...span,
      attendees: [...body.attendees, ...asked],
      conference: 'none',
      sendInvitations: true,
      checkConflicts: true,
    });
  });
  const subjects = racing.flatMap((one) => one?.subjects ?? []);
  return { subjects, answered: Promise.all(racing.map((one) => one?.answered)) };
}

/** Each race has its own, far beyond what else is booked and still within the window that is read. */
function freeSlot({ random, anchor, newRace }: Pick<Wishing, 'random' | 'anchor' | 'newRace'>) {
  const number = newRace();
  const day = raceDays.first + (number % raceDays.count);
  const quarter = 28 + 8 * (Math.floor(number / raceDays.count) % 6);
  return spanOn(anchor, day, quarter, random.int(2, 6));
}

const raceDays = { first: 30, count: 140 };
