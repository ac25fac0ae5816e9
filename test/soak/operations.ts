import { someTimes } from './dates.ts';
import { newAppointment, newDetails, newSeries, zones } from './model.ts';
import type { Account, Appointment, SoakCalendar, Writer } from './model.ts';
import type { Random } from './random.ts';

/** How often what is done to a calendar, relatively. */
const weights = {
  create: 24,
  edit: 12,
  move: 12,
  delete: 9,
  revive: 2,
  'switch between day and time': 5,
  'make recurring': 5,
  'make single': 3,
  'cancel occurrence': 10,
  'move occurrence': 8,
  'edit series': 6,
  'move series': 4,
  'split series': 4,
  'add calendar': 2,
  'remove calendar': 1.5,
  'change calendar': 2,
} as const;

export type Operation = keyof typeof weights;

/** Beyond this the next operation makes room, so that a long run does not grow. */
const roomFor = 40;
const calendarsAtMost = 4;

interface Scene {
  readonly random: Random;
  readonly writer: Writer;
  readonly account: Account;
  readonly calendar: SoakCalendar;
  /** A name that nothing had before, in the alphabet of both providers' ids. */
  readonly newId: () => string;
  /** The appointments that it was about, for the journal. */
  readonly subjects: Set<string>;
}

export interface Operated {
  readonly operation: Operation;
  readonly subjects: ReadonlySet<string>;
}

/**
 * One thing that a user does in one of their calendars. Gives what it was; `undefined` where the calendar holds nothing
 * to do it to, or where the provider refused it (and nothing has changed then).
 */
export function operate(
  random: Random,
  writer: Writer,
  account: Account,
  newId: () => string,
): Operated | undefined {
  const calendar = random.pick([...account.calendars.values()].filter(({ removed }) => !removed));
  const operation = calendar.appointments.size > roomFor ? 'delete' : random.weighted(weights);
  const subjects = new Set<string>();
  const scene = { random: random.fork(newId()), writer, account, calendar, newId, subjects };
  try {
    return operations[operation](scene) === false ? undefined : { operation, subjects };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
}

const operations: Readonly<Record<Operation, (scene: Scene) => void | false>> = {
  create: (scene) => put(scene, newAppointment(scene.random, scene.newId())),
  edit: (scene) => describe(scene, some(scene)),
  move: (scene) => reschedule(scene, some(scene, isSingle)),
  delete: (scene) => remove(scene),
  revive: (scene) => revive(scene),
  'switch between day and time': (scene) => switchAllDay(scene),
  'make recurring': (scene) => makeRecurring(scene),
  'make single': (scene) => makeSingle(scene),
  'cancel occurrence': (scene) => cancelOccurrence(scene),
  'move occurrence': (scene) => changeOccurrence(scene),
  'edit series': (scene) => describe(scene, some(scene, isSeries)),
  'move series': (scene) => reschedule(scene, some(scene, isSeries)),
  'split series': (scene) => split(scene),
  'add calendar': (scene) => addCalendar(scene),
  'remove calendar': (scene) => removeCalendar(scene),
  'change calendar': (scene) => changeCalendar(scene),
};

const isSeries = ({ series }: Appointment): boolean => series !== undefined;
const isSingle = ({ series }: Appointment): boolean => series === undefined;

function some({ random, calendar, subjects }: Scene, fits: (one: Appointment) => boolean = () => true) {
  const fitting = [...calendar.appointments.values()].filter(fits);
  if (fitting.length === 0) return undefined;
  const chosen = random.pick(fitting);
  subjects.add(chosen.id);
  return chosen;
}

function put({ writer, account, calendar, subjects }: Scene, appointment: Appointment): void {
  subjects.add(appointment.id);
  writer.put(account, calendar.id, appointment);
  calendar.appointments.set(appointment.id, appointment);
}

function describe({ random, writer, account, calendar }: Scene, before: Appointment | undefined) {
  if (before === undefined) return false;
  const after = { ...before, details: newDetails(random) };
  writer.describe(account, calendar.id, after);
  calendar.appointments.set(after.id, after);
  return undefined;
}

function reschedule(scene: Scene, before: Appointment | undefined) {
  if (before === undefined) return false;
  const times = someTimes(scene.random, before.times.allDay);
  const short = before.series === undefined ? times : { ...times, minutes: before.times.minutes, days: 1 };
  return put(scene, { ...before, times: short });
}

function remove(scene: Scene) {
  const { writer, account, calendar } = scene;
  const appointment = some(scene);
  if (appointment === undefined) return false;
  writer.remove(account, calendar.id, appointment.id);
  calendar.appointments.delete(appointment.id);
  calendar.deleted.set(appointment.id, appointment);
  return undefined;
}

/** Google keeps a deleted entry's id and lets it come back; Outlook makes a new one of it. */
function revive(scene: Scene) {
  const { random, account, calendar } = scene;
  if (calendar.deleted.size === 0) return false;
  const before = random.pick([...calendar.deleted.values()]);
  calendar.deleted.delete(before.id);
  return put(scene, account.provider === 'google' ? before : { ...before, id: scene.newId() });
}

function switchAllDay(scene: Scene) {
  const before = some(scene);
  if (before === undefined) return false;
  const { allDay, minutes, days } = before.times;
  const times = {
    ...before.times,
    allDay: !allDay,
    minutes: Math.min(minutes, 240),
    days: Math.min(days, 3),
  };
  return put(scene, { ...before, times });
}

function makeRecurring(scene: Scene) {
  const before = some(scene, isSingle);
  if (before === undefined) return false;
  const times = { ...before.times, minutes: Math.min(before.times.minutes, 240), days: 1 };
  return put(scene, { ...before, times, series: newSeries(scene.random) });
}

function makeSingle(scene: Scene) {
  const before = some(scene, isSeries);
  return before === undefined ? false : put(scene, { ...before, series: undefined });
}

/** A living occurrence of some series. */
function someOccurrence(scene: Scene) {
  const { random, writer, account, calendar } = scene;
  const series = some(scene, isSeries);
  if (series === undefined) return undefined;
  const originals = writer.occurrences(account, calendar.id, series.id);
  return originals.length === 0 ? undefined : { series, original: random.pick(originals) };
}

function cancelOccurrence(scene: Scene) {
  const { writer, account, calendar } = scene;
  const found = someOccurrence(scene);
  if (found === undefined) return false;
  return writer.cancelOccurrence(account, calendar.id, found.series.id, found.original);
}

function changeOccurrence(scene: Scene) {
  const { random, writer, account, calendar } = scene;
  const found = someOccurrence(scene);
  if (found === undefined) return false;
  const times = someTimes(random, found.series.times.allDay);
  const title = random.chance(0.5) ? `Moved ${random.int(1, 999)}` : undefined;
  return writer.changeOccurrence(account, calendar.id, found.series, found.original, { times, title });
}

/** "This and all following": the old series ends, another goes on with a change. */
function split(scene: Scene) {
  const { random, writer, account, calendar, subjects } = scene;
  const before = some(scene, ({ series }) => series !== undefined && series.untilDay === undefined);
  if (before?.series === undefined) return false;
  const step = (before.series.every === 'day' ? 1 : 7) * before.series.interval;
  const kept = random.int(1, 4);
  const nextDay = before.times.day + kept * step;
  const ended = { ...before, series: { ...before.series, count: undefined, untilDay: nextDay - 1 } };
  const times = { ...before.times, day: nextDay, startMinute: random.int(0, 90) * 15 };
  const count = before.series.count === undefined ? undefined : Math.max(1, before.series.count - kept);
  const following = { ...before, times, series: { ...before.series, count } };
  if (writer.split === undefined) {
    put(scene, ended);
    return put(scene, { ...following, id: scene.newId() });
  }
  const original = writer.occurrences(account, calendar.id, before.id)[kept];
  if (original === undefined) return false;
  const title = random.chance(0.5) ? `Later ${random.int(1, 999)}` : undefined;
  const id = writer.split(account, calendar.id, before, original, { times, title });
  const details = title === undefined ? before.details : { ...before.details, title };
  subjects.add(id);
  calendar.appointments.set(before.id, ended);
  calendar.appointments.set(id, { ...following, id, details });
  return undefined;
}

function addCalendar({ writer, account, newId }: Scene) {
  const living = [...account.calendars.values()].filter(({ removed }) => !removed);
  if (living.length >= calendarsAtMost) return false;
  const id = writer.addCalendar(account, `calendar-${newId()}`);
  account.calendars.set(id, emptyCalendar(id, false));
  return undefined;
}

export function emptyCalendar(id: string, primary: boolean): SoakCalendar {
  return { id, primary, appointments: new Map(), deleted: new Map(), removed: false, selected: 'unknown' };
}

function removeCalendar({ writer, account, calendar }: Scene) {
  if (calendar.primary) return false;
  writer.removeCalendar(account, calendar.id);
  calendar.removed = true;
  return undefined;
}

function changeCalendar({ random, writer, account, calendar }: Scene) {
  const change = { name: `Renamed ${random.int(1, 999)}`, zone: random.pick(zones) };
  return writer.changeCalendar(account, calendar.id, change);
}
