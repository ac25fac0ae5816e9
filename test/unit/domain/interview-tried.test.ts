import { describe, expect, it } from 'vitest';
import {
  begun,
  createdBy,
  doneOf,
  isTried,
  promisedFields,
  withDone,
  type Tries,
} from '../../../src/domain/interview-tried.ts';
import { ownFields, type EventSnapshot } from '../../../src/domain/interview.ts';
import { asked, at, wishOf, writtenOf } from './interview-world.ts';

const wish = wishOf();
const second = wishOf({ title: 'Second' });

function triedOf(count: number): Tries {
  let tries: Tries = {};
  for (let index = 0; index < count; index += 1)
    tries = begun(tries, { wish: wishOf({ title: `Title ${index + 1}` }), fields: ['title'] }).tries;
  return tries;
}

describe('tries to write an event', () => {
  it('bear each a mark of its own, also once the earlier ones are settled', () => {
    const { mark, tries } = begun({}, { wish, fields: ownFields });
    const next = begun(tries, { wish, fields: ['title'] });
    const later = begun({ tried: next.tries.tried }, { wish, fields: ['title'] });
    expect(new Set([mark, next.mark, later.mark]).size).toBe(3);
    expect([isTried({}), isTried({ tried: 2 }), isTried(tries)]).toEqual([false, false, true]);
  });

  it('are kept in a row, but not without end', () => {
    const { tries = [] } = triedOf(20);
    expect(tries.map((one) => one.mark)).toEqual(['13', '14', '15', '16', '17', '18', '19', '20']);
  });

  it('are told apart by the mark that the event bears', () => {
    const tries = triedOf(3);
    const snapshot = writtenOf(wish);
    expect(doneOf(tries, { mark: '2', snapshot })).toMatchObject({ wish: { title: 'Title 2' } });
    expect(doneOf(tries, { mark: '9', snapshot })).toBe(undefined);
    expect(doneOf(tries, { snapshot })).toBe(undefined);
  });

  it('keep in mind what was told to be put back, until one of them is done', () => {
    const back = begun({}, { wish, fields: ['time', 'title'], back: ['title'] });
    let { tries } = back;
    for (let more = 0; more < 20; more += 1) ({ tries } = begun(tries, { wish, fields: ['time'] }));
    expect(promisedFields(back.tries)).toEqual(['title']);
    expect(promisedFields(tries)).toEqual(['title']);
    expect(promisedFields(triedOf(3))).toEqual([]);
  });

  it('to make it have made what the mark says, or else the last', () => {
    const { tries } = begun(begun({}, { wish, fields: ownFields }).tries, {
      wish: second,
      fields: ownFields,
    });
    const snapshot = { ...writtenOf(wish), title: 'By hand' };
    expect(createdBy(tries, { mark: '1', snapshot }, wish).snapshot.title).toBe('Interview');
    expect(createdBy(tries, { snapshot }, wish).wish).toBe(second);
    expect(createdBy({}, { snapshot }, wish).wish).toBe(wish);
  });
});

describe('what is applied once a try was done', () => {
  const before = { wish, snapshot: { ...writtenOf(wish), location: 'Canteen' } };
  const after = (done: Parameters<typeof withDone>[1], now: EventSnapshot) =>
    withDone(before, done, { snapshot: now }).snapshot;

  it('is what it wrote, and what was there of the rest', () => {
    const now = { ...writtenOf(second), title: 'By hand', location: 'By hand' };
    const { snapshot, wish: applied } = withDone(
      before,
      { mark: '2', wish: second, fields: ['title'] },
      { snapshot: now },
    );
    expect(snapshot).toEqual({ ...before.snapshot, title: 'Second' });
    expect(applied).toBe(second);
  });

  it('is a text as the vendor puts it, where the words are the same', () => {
    const done = { mark: '2', wish: wishOf({ description: 'One\n\ntwo' }), fields: ['description'] } as const;
    const put = { ...writtenOf(wish), description: 'One\r\ntwo\r\n' };
    expect(after(done, put).description).toBe(put.description);
    const linked = {
      mark: '2',
      wish: wishOf({ description: 'See https://x.example/' }),
      fields: done.fields,
    };
    const outlooks = 'See https://x.example/<https://x.example/>';
    expect(after(linked, { ...put, description: outlooks }).description).toBe(outlooks);
    expect(after(done, { ...put, description: 'One two, three' }).description).toBe('One\n\ntwo');
  });

  it('is a list with those whom people had added, with the answers that were given before', () => {
    const [kim, lee, eve, max] = ['kim', 'lee', 'eve', 'max'].map((name) => asked(`${name}@else.example`));
    const accepted = { ...eve!, response: 'accepted' as const };
    const known = {
      wish: wishOf({ attendees: [kim!] }),
      snapshot: { ...writtenOf(wish), attendees: [accepted] },
    };
    const done = { mark: '2', wish: wishOf({ attendees: [lee!] }), fields: ['attendees'] } as const;
    const now = {
      ...writtenOf(wish),
      attendees: [
        { ...lee!, response: 'declined' as const },
        { ...max!, response: 'accepted' as const },
      ],
    };
    expect(withDone(known, done, { snapshot: now }).snapshot.attendees).toEqual([
      accepted,
      { ...lee!, response: 'needs_action' },
    ]);
  });

  it('is asked anew of everybody where it was moved, as far as they have not answered since', () => {
    const [kim] = writtenOf(wish).attendees;
    const answered = {
      ...before,
      snapshot: { ...before.snapshot, attendees: [{ ...kim!, response: 'accepted' as const }] },
    };
    const later = wishOf({ start: at(3), end: at(4) });
    const done = { mark: '2', wish: later, fields: ['time'] } as const;
    const { snapshot } = withDone(answered, done, { snapshot: writtenOf(later) });
    expect(snapshot).toMatchObject({ start: at(3), attendees: [{ response: 'needs_action' }] });
  });
});
