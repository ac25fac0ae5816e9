import { describe, expect, it } from 'vitest';

import { besideJoinBlock, bodyBesideJoinBlock } from '../../../../src/providers/microsoft/join-block.ts';

const url =
  'https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=%7b%7d&anon=true';
const line = '_'.repeat(80);
const short = '_'.repeat(32);

/** As Outlook gives it when it is asked for text: links behind their words, a shorter line within. */
const textBlock = [
  line,
  'Microsoft Teams Need help?<https://aka.ms/JoinTeamsMeeting>',
  `Join the meeting now<${url}>`,
  'Meeting ID: 123 456 789',
  short,
  'For organizers: Meeting options<https://teams.microsoft.com/meetingOptions/?x=1>',
  line,
  '',
].join('\r\n');

const htmlBlock =
  '<div class="me-email-text" lang="en-US">\r\n' +
  `<div style="white-space:nowrap">${line}</div>\r\n` +
  '<div><span>Microsoft Teams</span> <a href="https://aka.ms/JoinTeamsMeeting">Need help?</a></div>\r\n' +
  `<div><a class="me-email-headline" href="${url.replace('&', '&amp;')}">Join the meeting now</a></div>\r\n` +
  `<div>Meeting ID: 123 456 789</div>\r\n<div>${short}</div>\r\n` +
  `<div style="white-space:nowrap">${line}</div>\r\n</div>`;

describe('the description of an online meeting', () => {
  it.each([
    ['above the block', `Bring your portfolio.\r\n\r\n${textBlock}`, 'Bring your portfolio.'],
    ['below it', `${textBlock}\r\nBring your portfolio.\r\n`, 'Bring your portfolio.'],
    ['on both sides', `Above.\r\n${textBlock}Below.`, 'Above.\nBelow.'],
    ['with lines of its own', `${line}\r\nAgenda\r\n${line}\r\n${textBlock}`, `${line}\r\nAgenda\r\n${line}`],
    ['that is not there', textBlock, ''],
  ])('is what stands %s', (_, text, description) => {
    expect(besideJoinBlock(text, url)).toBe(description);
  });

  it('is told from the block where its link is known by its host alone, or told by its words alone', () => {
    expect(besideJoinBlock(`Above.\r\n${textBlock}`, undefined)).toBe('Above.');
    const wordsAlone = textBlock.replaceAll(/<https[^>]*>/g, '');
    expect(besideJoinBlock(`Above.\r\n${wordsAlone}`, url)).toBe('Above.');
  });

  it('is all there is where there is no block', () => {
    expect(besideJoinBlock('Bring your portfolio.', url)).toBe('Bring your portfolio.');
    expect(besideJoinBlock(`See ${url}`, url)).toBe(`See ${url}`);
    expect(besideJoinBlock(`${line}\r\nAgenda`, url)).toBe(`${line}\r\nAgenda`);
  });

  it('is looked for in no time, however much there is of whatever it is', () => {
    const started = performance.now();
    for (const part of ['<br>', '_', '<div><', `${line}\r\n`])
      bodyBesideJoinBlock('x', { contentType: 'html', content: part.repeat(200_000) + htmlBlock }, url);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('a new description of an online meeting', () => {
  const html = (content: string) => ({ contentType: 'html', content });
  const contentOf = (body: unknown) => (body as { content: string }).content;

  it('takes the place of the old one, and the block stays letter by letter', () => {
    const before = html(`<html><body><div>Old &amp; long</div><br>\r\n${htmlBlock}</body></html>`);
    const after = bodyBesideJoinBlock('New <b>,\nin "two" lines & more', before, url);
    expect(after).toMatchObject({ contentType: 'html' });
    expect(contentOf(after)).toContain(htmlBlock);
    expect(contentOf(after)).toContain('New &lt;b&gt;,<br>\r\nin &quot;two&quot; lines &amp; more');
    expect(contentOf(after)).not.toContain('Old');
  });

  it('can be written again and again, and the body grows no longer', () => {
    let body: unknown = html(`<html><body><div>Old<div>nested</div>${htmlBlock}</div></body></html>`);
    const lengths = [1, 2, 3].map(() => contentOf((body = bodyBesideJoinBlock('New', body, url))).length);
    expect(new Set(lengths).size).toBe(1);
  });

  it('can be empty', () => {
    const after = bodyBesideJoinBlock('', html(`<html><body>Old${htmlBlock}</body></html>`), url);
    expect(contentOf(after)).toContain(htmlBlock);
    expect(contentOf(after)).not.toContain('Old');
  });

  it('keeps the link where the block has another form than we know', () => {
    const link = `<p><a href="${url.replace('&', '&amp;')}">Hier teilnehmen</a></p>`;
    const after = contentOf(bodyBesideJoinBlock('New', html(`<html><body>Old${link}</body></html>`), url));
    expect(after).toContain(`href="${url.replace('&', '&amp;')}"`);
    expect(besideJoinBlock(`New\r\n${line}\r\nMicrosoft Teams meeting\r\n${url}\r\n${line}`, url)).toBe(
      'New',
    );
    const again = contentOf(bodyBesideJoinBlock('Newer', html(after), url));
    expect(again).toBe(after.replace('New', 'Newer'));
  });

  it('stands alone where somebody has taken the block away', () => {
    const text = { contentType: 'text', content: 'New' };
    expect(bodyBesideJoinBlock('New', html('<html><body>Old</body></html>'), url)).toEqual(text);
    expect(bodyBesideJoinBlock('New', undefined, url)).toEqual(text);
  });

  it('is text where the body is', () => {
    const after = bodyBesideJoinBlock('New', { contentType: 'text', content: `Old\r\n${textBlock}` }, url);
    expect(after).toEqual({ contentType: 'text', content: `New\r\n${textBlock.trimEnd()}\r\n` });
    const plain = bodyBesideJoinBlock('New', { contentType: 'text', content: `Old, see ${url}` }, url);
    expect(contentOf(plain)).toContain(url);
    expect(besideJoinBlock(contentOf(plain), url)).toBe('New');
  });
});
