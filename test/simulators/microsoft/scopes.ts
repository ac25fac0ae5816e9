const GRAPH_PREFIX = 'https://graph.microsoft.com/';
const OPENID_SCOPES = ['email', 'openid', 'profile'];

/** Space-separated scopes in their short form, each once; `https://graph.microsoft.com/User.Read` is `User.Read`. */
export function readScopes(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter(Boolean).map(shorten))];
}

/** How the token endpoint names the granted scopes: Microsoft answers in either form. */
export type ScopeStyle = 'short' | 'long';

/** In an order of its own and without `offline_access`, as the service answers (fact sheet, section 2). */
export function answerScopes(granted: readonly string[], style: ScopeStyle): string {
  const identity = OPENID_SCOPES.filter(
    (scope) => granted.includes(scope) || (scope === 'profile' && granted.includes('openid')),
  );
  const resource = granted.filter((scope) => !OPENID_SCOPES.includes(scope) && scope !== 'offline_access');
  const named = resource
    .toSorted()
    .toReversed()
    .map((scope) => (style === 'long' ? GRAPH_PREFIX + scope : scope));
  return [...named, ...identity].join(' ');
}

/** Equal or smaller, without regard to case; the OpenID scopes need no consent of their own. */
export function isWithin(asked: readonly string[], granted: readonly string[]): boolean {
  const known = new Set(granted.map((scope) => scope.toLowerCase()));
  return asked.every(
    (scope) => known.has(scope.toLowerCase()) || OPENID_SCOPES.includes(scope) || scope === 'offline_access',
  );
}

function shorten(scope: string): string {
  return scope.toLowerCase().startsWith(GRAPH_PREFIX) ? scope.slice(GRAPH_PREFIX.length) : scope;
}
