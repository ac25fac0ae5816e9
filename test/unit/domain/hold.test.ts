import { describe, expect, it } from 'vitest';
import {
  endedHold,
  holdAt,
  holdOfSlot,
  isInterviewOrSlotId,
  nextSlots,
  numberOfSlot,
  slotInterviewId,
  type HoldSlot,
} from '../../../src/domain/hold.ts';
import { queueContracts } from '../../../src/queue/contracts.ts';

const at = (hour: number) => new Date(Date.UTC(2026, 10, 30, hour));
const slot = (number: number, hour: number, state: HoldSlot['state'] = 'held'): HoldSlot => ({
  number,
  start: at(hour),
  end: at(hour + 1),
  state,
});

describe('the id of a slot', () => {
  it.each([
    ['choice', 1],
    ['choice~1', 2],
    ['c', 999],
    [`a${'~'.repeat(127)}`, 20],
    ['a~hold~b~3', 4],
  ])('names the hold %s and the number %i, and no other', (holdId, number) => {
    const id = slotInterviewId(holdId, { number });
    expect([holdOfSlot(id), numberOfSlot(id)]).toEqual([holdId, number]);
    expect(isInterviewOrSlotId(id)).toBe(true);
  });

  it.each(['choice', 'hold~choice~1', 'a~hold~b~3'])(
    'is none that the main app could have named: %s',
    (id) => {
      expect(holdOfSlot(id)).toBeUndefined();
      expect(isInterviewOrSlotId(id)).toBe(true);
    },
  );

  it.each([
    '~hold~choice',
    '~hold~~1',
    '~hold~choice~',
    '~hold~choice~x',
    '~hold~-~1',
    `~hold~${'a'.repeat(129)}~1`,
    '~',
  ])('has a form: %s has not', (id) => {
    expect(holdOfSlot(id)).toBeUndefined();
    expect(isInterviewOrSlotId(id)).toBe(false);
    const { jobs } = queueContracts.write;
    expect(jobs['reconcile-interview'].safeParse({ v: 1, interviewId: id }).success).toBe(false);
  });

  it('may be the payload of a job', () => {
    const { jobs } = queueContracts.write;
    const payload = { v: 1, interviewId: slotInterviewId('choice', { number: 1 }) };
    expect(jobs['reconcile-interview'].safeParse(payload).success).toBe(true);
  });
});

describe('the slots of another body', () => {
  it('keep number and state where they were there, and have numbers that no slot ever had where they are new', () => {
    const before = [slot(1, 9), slot(2, 10, 'removed_by_user')];
    const wanted = [slot(0, 12), slot(0, 10), slot(0, 9)];
    expect(nextSlots(before, wanted, { isOver: false, lastNumber: 5 })).toEqual([
      slot(6, 12),
      slot(2, 10, 'removed_by_user'),
      slot(1, 9),
    ]);
  });

  it('are all new where the hold was over', () => {
    expect(nextSlots([slot(1, 9, 'released')], [slot(0, 9)], { isOver: true, lastNumber: 1 })).toEqual([
      slot(2, 9),
    ]);
  });
});

describe('the end of a hold', () => {
  const slots = [slot(1, 9), slot(2, 10), slot(3, 11, 'removed_by_user')];

  it.each([
    ['confirmed', ['confirmed', 'released', 'removed_by_user']],
    ['released', ['released', 'released', 'removed_by_user']],
    ['expired', ['expired', 'expired', 'removed_by_user']],
  ] as const)('%s leaves its slots %s', (state, left) => {
    const ended = endedHold({ slots }, state, state === 'confirmed' ? 1 : undefined);
    expect([ended.state, ended.slots.map((one) => one.state)]).toEqual([state, left]);
  });

  it('is there at the very moment at which its time has run out, and comes to none that has ended already', () => {
    const hold = { state: 'held', slots, expiresAt: at(8) } as const;
    expect(holdAt(hold, new Date(at(8).getTime() - 1)).state).toBe('held');
    expect(holdAt(hold, at(8)).state).toBe('expired');
    expect(holdAt({ ...hold, state: 'released' as const }, at(9)).state).toBe('released');
  });
});
