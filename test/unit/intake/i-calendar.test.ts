import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeBusyText, type FreeBusyText } from '../../../src/intake/i-calendar.ts';

const at = (time: string) => new Date(`2026-11-23T${time}Z`);
const range = { start: at('09:00:00'), end: at('17:00:00') };
const question: FreeBusyText = {
  uid: '1f0c3a@calendar-sync',
  stamp: at('08:59:59.999'),
  range,
  busy: [
    { start: at('10:00:00'), end: at('11:30:00') },
    { start: at('13:00:00'), end: at('13:15:00') },
  ],
  type: 'BUSY',
};

/** RFC 5545 3.1: lines end in CRLF, and a CRLF before a blank is no end. Reads bytes, so that a cut character shows. */
function contentLines(text: string): string[] {
  const bytes = Buffer.from(text);
  const physical = bytes.toString('latin1').split('\r\n');
  expect(physical.pop()).toBe('');
  for (const line of physical) {
    expect(line.length).toBeLessThanOrEqual(75);
    expect(line).not.toMatch(/[\r\n]/);
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(line, 'latin1'));
  }
  const unfolded = physical.join('\r\n').replaceAll('\r\n ', '');
  return unfolded.split('\r\n').map((line) => Buffer.from(line, 'latin1').toString('utf8'));
}

/** 3.1: contentline = name *(";" param) ":" value, with the names that occur here. */
const contentLine = /^[A-Z][A-Z0-9-]*(;[A-Z]+=[A-Z-]+)*:[^\p{Cc}]*$/u;
/** 3.3.11: TEXT. */
const textValue = /^(?:[^\\;,\p{Cc}]|\t|\\[\\;,nN])*$/u;

const commentOf = (comment: string): string => {
  const line = contentLines(freeBusyText({ ...question, comment })).find((one) => one.startsWith('COMMENT:'));
  return line?.slice('COMMENT:'.length) ?? '';
};

describe('a VFREEBUSY', () => {
  it('has the properties that RFC 5545 3.6.4 wants, each on a line of its own', () => {
    expect(contentLines(freeBusyText(question))).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Calendar Sync//Free-Busy//EN',
      'BEGIN:VFREEBUSY',
      'UID:1f0c3a@calendar-sync',
      'DTSTAMP:20261123T085959Z',
      'DTSTART:20261123T090000Z',
      'DTEND:20261123T170000Z',
      'FREEBUSY;FBTYPE=BUSY:20261123T100000Z/20261123T113000Z',
      'FREEBUSY;FBTYPE=BUSY:20261123T130000Z/20261123T131500Z',
      'END:VFREEBUSY',
      'END:VCALENDAR',
    ]);
  });

  it('says of time that is not known that it is not to be had', () => {
    const text = freeBusyText({ ...question, busy: [range], type: 'BUSY-UNAVAILABLE' });
    expect(text).toContain('FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261123T090000Z/20261123T170000Z\r\n');
  });

  it('knows whole seconds only, and tells no busy time shorter than it is', () => {
    const busy = [
      { start: at('10:00:00.400'), end: at('10:30:00.001') },
      { start: at('10:30:00.900'), end: at('10:31:00') },
      { start: at('16:59:59.500'), end: at('16:59:59.999') },
    ];
    const within = { start: at('09:00:00.700'), end: at('16:59:59.999') };
    const lines = contentLines(freeBusyText({ ...question, range: within, busy }));
    expect(lines).toContain('DTSTART:20261123T090000Z');
    expect(lines).toContain('DTEND:20261123T170000Z');
    expect(lines.filter((line) => line.startsWith('FREEBUSY'))).toEqual([
      'FREEBUSY;FBTYPE=BUSY:20261123T100000Z/20261123T103100Z',
      'FREEBUSY;FBTYPE=BUSY:20261123T165959Z/20261123T170000Z',
    ]);
  });

  it.each([
    [
      'a backslash, a semicolon and a comma',
      String.raw`C:\temp; now, please`,
      String.raw`C:\\temp\; now\, please`,
    ],
    ['ends of lines of every kind', 'a\nb\r\nc\rd', String.raw`a\nb\nc\nd`],
    ['control characters', 'a\u0000b\u0007c\u007fd\te', 'abcd\te'],
    ['colons and quotation marks', 'a:"b"', 'a:"b"'],
  ])('writes %s as TEXT has it', (_, comment, value) => {
    const line = freeBusyText({ ...question, comment })
      .split('\r\n')
      .find((one) => one.startsWith('COMMENT:'));
    expect(line).toBe(`COMMENT:${value}`);
  });

  it('folds at 75 octets, and before a character rather than within it', () => {
    const comment = `${'a'.repeat(66)}ü${'🗓'.repeat(40)}`;
    const lines = freeBusyText({ ...question, comment }).split('\r\n');
    const first = lines.findIndex((line) => line.startsWith('COMMENT:'));
    expect(lines[first]).toBe(`COMMENT:${'a'.repeat(66)}`);
    expect(lines[first + 1]).toBe(` ü${'🗓'.repeat(18)}`);
    expect(commentOf(comment)).toBe(comment);
  });

  it('is well-formed whatever the comment, which comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (comment) => {
        const lines = contentLines(freeBusyText({ ...question, comment }));
        for (const line of lines) expect(line.replaceAll('\t', '')).toMatch(contentLine);
        const value = commentOf(comment);
        expect(value).toMatch(textValue);
        const plain = comment.replaceAll(/\r\n?/g, '\n').replaceAll(/[^\P{Cc}\t\n]/gu, '');
        const read = value.replaceAll(/\\(.)/g, (__, character) => (character === 'n' ? '\n' : character));
        expect(read).toBe(plain);
      }),
    );
  });
});
