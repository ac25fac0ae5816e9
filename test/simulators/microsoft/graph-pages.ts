import type { GraphContext } from './graph-session.ts';
import type { Paging } from './graph-request.ts';

/** One page of a collection, with a nextLink where there is more. */
export function pageAnswer<Entry>(
  c: GraphContext,
  entries: readonly Entry[],
  { top, skip }: Paging,
  collection: string,
  render: (page: Entry[]) => Record<string, unknown>[],
): Response {
  const value = render(entries.slice(skip, skip + top));
  const hasMore = skip + top < entries.length;
  return c.json({
    '@odata.context': contextUrl(c, collection),
    value,
    ...(hasMore ? { '@odata.nextLink': linkBack(c, { $top: String(top), $skip: String(skip + top) }) } : {}),
  });
}

/** The address of this request with other parameters; the dollar signs stay readable. */
export function linkBack(c: GraphContext, changes: Record<string, string>): string {
  const query = { ...c.req.query(), ...changes };
  return linkTo(c, query);
}

/** The address of this request with only these parameters. */
export function linkTo(c: GraphContext, query: Record<string, string>): string {
  const { origin, pathname } = new URL(c.req.url);
  const text = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${origin}${pathname}?${text.join('&')}`;
}

export function contextUrl(c: GraphContext, collection: string): string {
  const { user } = c.get('session');
  return `${new URL(c.req.url).origin}/v1.0/$metadata#users('${user.oid}')/${collection}`;
}
