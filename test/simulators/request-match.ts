/** Which requests are meant; `path` and `query` are sources of regular expressions. */
export interface RequestMatch {
  method?: string;
  /** Searched in the pathname. */
  path: string;
  /** Searched in the query, `name=value` joined by `&`, without the escapes of an address. */
  query?: string;
}

/** The query is the address's own. */
export type IsMeant = (method: string, path: string, query: URLSearchParams) => boolean;

/** @throws SyntaxError for what is no regular expression. */
export function requestMatcher({ method, path, query }: RequestMatch): IsMeant {
  const [wantedMethod, wantedPath] = [method?.toUpperCase(), new RegExp(path)];
  const wantedQuery = query === undefined ? undefined : new RegExp(query);
  return (askedMethod, askedPath, asked) => {
    if (wantedMethod !== undefined && wantedMethod !== askedMethod) return false;
    if (!wantedPath.test(askedPath)) return false;
    return wantedQuery === undefined || wantedQuery.test([...asked].map((pair) => pair.join('=')).join('&'));
  };
}
