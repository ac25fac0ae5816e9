import { objectAt, textAt, type JsonObject } from './json.ts';

// Teams writes how to join a meeting into the body of its event, between two long lines, and a body without that ends the
// meeting (learn.microsoft.com/graph/api/event-update). So a description is what stands beside it.

/** The description alone. `text` is the whole body as text. */
export function besideJoinBlock(text: string, joinUrl: string | undefined): string {
  const block = blockIn(text, joinUrl);
  if (block === undefined) return text;
  const [above, below] = [text.slice(0, block.start).trimEnd(), text.slice(block.end).trim()];
  return [above, below].filter((part) => part !== '').join('\n');
}

/** A body with this description, and with the join block that `body` has. */
export function bodyBesideJoinBlock(
  description: string,
  body: unknown,
  joinUrl: string | undefined,
): JsonObject {
  const { contentType, content } = objectAt(body);
  const before = textAt(content) ?? '';
  if (contentType !== 'html') {
    const kept = joinBlockIn(
      before,
      joinUrl,
      (url) => `${line}\r\nMicrosoft Teams meeting\r\n${url}\r\n${line}`,
    );
    return textBody(kept === undefined ? description : `${description}\r\n${kept}\r\n`);
  }
  const kept = joinBlockIn(before, joinUrl, (url) => {
    const shown = escaped(url);
    return `<div>${line}<br>Microsoft Teams meeting<br><a href="${shown}">${shown}</a><br>${line}</div>`;
  });
  if (kept === undefined) return textBody(description);
  const shown = escaped(description).replaceAll(/\r?\n/g, '<br>\r\n');
  return { contentType: 'html', content: `<html><body><div>${shown}</div>\r\n${kept}</body></html>` };
}

export function textBody(content: string): JsonObject {
  return { contentType: 'text', content };
}

/** Where the link stands by itself, with none of the lines around it, `made` makes another block of it. */
function joinBlockIn(
  content: string,
  joinUrl: string | undefined,
  made: (url: string) => string,
): string | undefined {
  const block = blockIn(content, joinUrl);
  if (block !== undefined) return content.slice(block.start, block.end);
  const link = linkIn(content, joinUrl);
  return link === undefined ? undefined : made(joinUrl ?? link.url);
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** From the line above the link to the line below it, with the tags in which those are. */
function blockIn(content: string, joinUrl: string | undefined): Stretch | undefined {
  const lines = [...content.matchAll(/_{60,}/g)].map(({ index, 0: found }): Stretch => ({
    start: index,
    end: index + found.length,
  }));
  const link = linkIn(content, joinUrl);
  // As text, a link may be nothing but its words.
  const first = link === undefined ? lines.at(-2) : lines.findLast(({ end }) => end <= link.start);
  if (first === undefined) return undefined;
  const after = link?.start ?? first.end;
  const last = lines.find(({ start }) => start >= after);
  const [above, below] = [content.slice(0, first.start), content.slice(last?.end ?? content.length)];
  return {
    start: first.start - lengthOf(opening, above.slice(-tagsWithin)),
    end: content.length - below.length + lengthOf(closing, below.slice(0, tagsWithin)),
  };
}

const tagsWithin = 2000;
const opening = /(?:<(?:br|div|font|hr|p|span)\b[^>]*>\s*)+$/i;
const closing = /^(?:\s*<\/(?:div|font|p|span)>)+/i;

function lengthOf(pattern: RegExp, text: string): number {
  return pattern.exec(text)?.[0].length ?? 0;
}

function linkIn(content: string, joinUrl: string | undefined): { start: number; url: string } | undefined {
  for (const url of joinUrl === undefined ? [] : [joinUrl, escaped(joinUrl)]) {
    const start = content.indexOf(url);
    if (start !== -1) return { start, url };
  }
  const teams = /https:\/\/teams\.(?:microsoft|live)\.com\/(?:l\/meetup-join|meet)\/[^\s"'<>]+/i.exec(
    content,
  );
  return teams === null ? undefined : { start: teams.index, url: teams[0].replaceAll('&amp;', '&') };
}

const line = '_'.repeat(80);

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
