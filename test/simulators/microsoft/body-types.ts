/** `body` of an event or a message. */
export interface ItemBody {
  contentType?: string;
  content?: string;
}

/** What `Prefer: outlook.body-content-type` asks for; `stored` where it asks for nothing. */
export type BodyType = 'stored' | 'text' | 'html';

/** The body as it is preferred: Exchange turns each kind into the other. */
export function bodyAs(type: BodyType, body: ItemBody): ItemBody {
  const { contentType, content = '' } = body;
  if (type === 'text' && contentType === 'html') return { contentType: 'text', content: textOf(content) };
  if (type === 'html' && contentType === 'text') return { contentType: 'html', content: htmlOf(content) };
  return body;
}

/** Lines end where the page's do, and a link whose words do not tell it is written behind them. */
function textOf(html: string): string {
  const text = html
    .replaceAll(/<(head|style|script)\b.*?<\/\1>/gis, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/<a\b[^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/gi, (_, url: string, words: string) =>
      words.includes(url) ? words : `${words}&lt;${url}&gt;`,
    )
    .replaceAll(/ ?(?:<br\b[^>]*>|<\/(?:div|p|li|tr|h\d)>) ?/gi, '\r\n')
    .replaceAll(/<[^>]*>/g, '');
  return unescaped(text).trim();
}

function htmlOf(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = escaped.replaceAll(/\r?\n/g, '<br>\r\n');
  return `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body><div class="PlainText">${lines}</div></body></html>`;
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&');
}
