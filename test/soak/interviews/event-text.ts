/** A text without what no reader sees: how its lines are broken, and spaces around them. */
export function words(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** What a reader sees of the body of an event of Outlook, without the block with which Teams invites to join. */
export function outlookText({ contentType, content }: { contentType: string; content: string }): string {
  const own = content.replace(
    /(<div>)?_{40,}(?:(?!_{40,})[\s\S])*Microsoft Teams meeting[\s\S]*?_{40,}(<\/div>)?/,
    '',
  );
  if (contentType !== 'html') return own;
  const lines = own.replaceAll(/<(br|\/p|\/div)\b[^>]*>/gi, '\n').replaceAll(/<[^>]*>/g, '');
  return lines.replaceAll(/&(lt|gt|quot|#39|nbsp|amp);/g, (_, name: string) => entities[name] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  nbsp: ' ',
  amp: '&',
};
