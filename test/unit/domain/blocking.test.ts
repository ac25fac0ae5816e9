import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blocksTime,
  busyIntervals,
  policyLines,
  usualPolicy,
  type Block,
  type BlockingPolicy,
  type PolicyLine,
} from '../../../src/domain/blocking.ts';
import { busyKinds, eventKinds, responses, visibilities } from '../../../src/domain/event.ts';
import { slotInterviewId } from '../../../src/domain/hold.ts';

type Traits = Omit<Block, 'start' | 'end'>;

const entry = (over: Partial<Traits> = {}): Traits => ({
  busy: 'busy',
  kind: 'default',
  response: 'none',
  allDay: false,
  visibility: 'default',
  ...over,
});
const holdId = slotInterviewId('choice', { number: 1 });
const policyOf = (lines: readonly PolicyLine[], free: readonly PolicyLine[]): BlockingPolicy => ({
  ...usualPolicy,
  ...Object.fromEntries(lines.map((line) => [line, free.includes(line) ? 'free' : 'busy'])),
});

describe('what blocks time, unless a query says otherwise', () => {
  it.each<[string, Partial<Traits>, boolean]>([
    ['an appointment of one’s own', {}, true],
    ['a meeting that was accepted', { response: 'accepted' }, true],
    ['a meeting that one has called', { response: 'organizer' }, true],
    ['an invitation without an answer', { response: 'needs_action' }, true],
    ['a meeting that was declined', { response: 'declined' }, false],
    ['what may take place', { busy: 'tentative' }, true],
    [
      'a meeting that was answered with maybe, which the provider shows as busy',
      { response: 'tentative' },
      true,
    ],
    ['focus time', { kind: 'focus_time' }, true],
    ['a workplace, shown as free', { kind: 'working_location', busy: 'free' }, false],
    ['a workplace elsewhere', { kind: 'working_location', busy: 'working_elsewhere' }, false],
    ['a workplace that is shown as busy', { kind: 'working_location' }, false],
    ['working elsewhere', { busy: 'working_elsewhere' }, false],
    ['a birthday', { kind: 'birthday', busy: 'free', allDay: true }, false],
    ['a holiday of Google', { kind: 'out_of_office' }, true],
    ['a holiday of Outlook', { busy: 'out_of_office', allDay: true }, true],
    ['a holiday that was declined', { busy: 'out_of_office', response: 'declined' }, false],
    ['what is shown as free', { busy: 'free', response: 'accepted' }, false],
    ['a whole day', { allDay: true }, true],
    ['a whole day that is shown as free', { allDay: true, busy: 'free' }, false],
    ['a private appointment', { visibility: 'private' }, true],
    ['an interview of ours', { interviewId: 'application-4711' }, true],
    ['a slot of a hold', { interviewId: holdId, busy: 'tentative' }, true],
  ])('%s', (_, traits, blocks) => {
    expect(blocksTime(entry(traits), usualPolicy)).toBe(blocks);
  });
});

describe('a line of the policy', () => {
  /** An entry to which the line applies, the other lines that do, and an entry just beside it. */
  const rows: Record<PolicyLine, [Partial<Traits>, PolicyLine[], Partial<Traits>]> = {
    busy: [{}, [], { busy: 'tentative' }],
    tentative: [{ busy: 'tentative' }, [], { response: 'tentative' }],
    outOfOffice: [{ busy: 'out_of_office', allDay: true }, [], { allDay: true }],
    workingElsewhere: [
      { busy: 'working_elsewhere' },
      [],
      { busy: 'working_elsewhere', kind: 'working_location' },
    ],
    focusTime: [{ kind: 'focus_time' }, ['busy'], {}],
    declined: [{ response: 'declined' }, ['busy'], { response: 'tentative' }],
    notAnswered: [{ response: 'needs_action' }, ['busy'], { response: 'tentative' }],
    transparent: [{ busy: 'free' }, [], { busy: 'free', kind: 'birthday' }],
    allDay: [{ allDay: true }, ['busy'], { allDay: true, busy: 'out_of_office' }],
    workingLocation: [
      { kind: 'working_location', busy: 'working_elsewhere' },
      [],
      { busy: 'working_elsewhere' },
    ],
    birthday: [{ kind: 'birthday', busy: 'free', allDay: true }, ['allDay'], { allDay: true }],
    private: [{ visibility: 'confidential' }, ['busy'], { visibility: 'public' }],
    ownInterview: [{ interviewId: 'application-4711' }, ['busy'], { interviewId: holdId }],
    ownHold: [{ interviewId: holdId, busy: 'tentative' }, ['tentative'], { interviewId: 'application-4711' }],
  };

  it.each(policyLines)('frees what it is about, and only that: %s', (line) => {
    const [own, others, beside] = rows[line];
    expect(blocksTime(entry(own), policyOf(policyLines, []))).toBe(true);
    expect(blocksTime(entry(own), policyOf(policyLines, [line]))).toBe(false);
    expect(blocksTime(entry(beside), policyOf(policyLines, [line]))).toBe(true);
    const unconcerned = policyLines.filter((other) => other !== line && !others.includes(other));
    expect(blocksTime(entry(own), policyOf(policyLines, unconcerned))).toBe(true);
  });

  it('makes whatever it is about busy, where no other line frees it', () => {
    expect(blocksTime(entry({ busy: 'free' }), policyOf(['transparent'], []))).toBe(true);
    expect(blocksTime(entry({ busy: 'free', response: 'declined' }), policyOf(['transparent'], []))).toBe(
      false,
    );
  });

  it('more of them that say free never make anybody busier', () => {
    const traits = fc.record({
      busy: fc.constantFrom(...busyKinds),
      kind: fc.constantFrom(...eventKinds),
      response: fc.constantFrom(...responses),
      allDay: fc.boolean(),
      visibility: fc.constantFrom(...visibilities),
      interviewId: fc.constantFrom(undefined, 'application-4711', holdId),
    });
    const lines = fc.subarray([...policyLines]);
    fc.assert(
      fc.property(traits, lines, lines, (one, free, more) => {
        const busyWithMore = blocksTime(one, policyOf(policyLines, [...free, ...more]));
        expect(busyWithMore && !blocksTime(one, policyOf(policyLines, free))).toBe(false);
        expect(blocksTime(one, policyOf(policyLines, policyLines))).toBe(false);
      }),
    );
  });
});

it('busy time is the union of what blocks, cut to the range', () => {
  const at = (time: string): Date => new Date(`2026-11-24T${time}:00Z`);
  const block = (from: string, to: string, over: Partial<Traits> = {}): Block => ({
    start: at(from),
    end: at(to),
    ...entry(over),
  });
  const blocks = [
    block('10:00', '11:00'),
    block('10:30', '12:00'),
    block('14:00', '15:00', { busy: 'free' }),
    block('17:00', '19:00'),
  ];
  expect(busyIntervals(blocks, { start: at('00:00'), end: at('18:00') }, usualPolicy)).toEqual([
    { start: at('10:00'), end: at('12:00') },
    { start: at('17:00'), end: at('18:00') },
  ]);
});
