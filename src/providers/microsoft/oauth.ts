import { missingScopes, type TokenSet } from '../../domain/credential.ts';
import { ProviderError } from '../../domain/failure.ts';
import type { Account, AuthorizationRequest, CodeExchange, Grant } from '../provider.ts';
import type { Graph, GraphAccess } from './client.ts';
import { malformedAnswer } from './failures.ts';
import { answerOf, type Http } from './http.ts';
import { objectAt, textAt, type JsonObject } from './json.ts';
import { tokenFailure, type TokenRequest } from './token-failures.ts';

/**
 * The OAuth side, spoken with plain form-encoded requests. Not with MSAL: it keeps refresh tokens to itself in a cache
 * of its own, while ours are sealed in the database and shared by many workers.
 */

export interface OAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tenantId: string;
  readonly authorityUrl: string;
  readonly http: Http;
  readonly now: () => Date;
  readonly graphFor: (access: GraphAccess) => Graph;
}

export const neededScopes = ['User.Read', 'Calendars.ReadWrite'] as const;

/** Those that the page of `GET /me` accepts in place of `User.Read`. */
export const impliedBy = { 'User.Read': ['User.ReadWrite', 'User.Read.All', 'User.ReadWrite.All'] } as const;

const askedScopes = [...neededScopes, 'offline_access', 'openid', 'email'];

export function authorizationUrl(
  options: Pick<OAuthOptions, 'authorityUrl' | 'tenantId' | 'clientId'>,
  request: AuthorizationRequest,
): string {
  const url = new URL(endpoint(options, 'authorize'));
  url.search = new URLSearchParams({
    client_id: options.clientId,
    response_type: 'code',
    redirect_uri: request.redirectUri,
    response_mode: 'query',
    scope: askedScopes.join(' '),
    state: request.state,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    // People are signed in with several accounts at once: let them say which calendar they mean.
    prompt: 'select_account',
    ...(request.loginHint === undefined ? {} : { login_hint: request.loginHint }),
  }).toString();
  return url.href;
}

export async function exchangeCode(
  options: OAuthOptions,
  { code, codeVerifier, redirectUri }: CodeExchange,
  signal: AbortSignal,
): Promise<Grant> {
  const request: TokenRequest = { operation: 'token.exchange', redirectUri };
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
  };
  const { tokens, idToken } = await requestTokens(options, request, form, signal);
  const graph = options.graphFor({ accessToken: tokens.accessToken, urgency: 'interactive', signal });
  const account = await identify(graph, tokens, claimsOf(idToken));
  await insistOnMailbox(graph, tokens, signal);
  return { tokens, account };
}

/** The answer always holds a new refresh token; the old one stays valid, so a lost answer does no harm. */
export async function refreshTokens(
  options: OAuthOptions,
  refreshToken: string,
  signal: AbortSignal,
): Promise<TokenSet> {
  // No `scope`: the token covers what was granted, and asking for more than that would be refused.
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  return (await requestTokens(options, { operation: 'token.refresh' }, form, signal)).tokens;
}

async function requestTokens(
  options: OAuthOptions,
  request: TokenRequest,
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ tokens: TokenSet; idToken: string | undefined }> {
  const { clientId, clientSecret, http, now } = options;
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...form });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const init = { method: 'POST', headers, body: body.toString() };
  // Counted from before the request, so that a slow answer makes the token run out early rather than late.
  const askedAt = now();
  const send = () => http.fetch(endpoint(options, 'token'), init, signal);
  const answer = await answerOf(send, request.operation, signal);
  if (answer.status !== 200) throw tokenFailure(answer, request, now());
  const json = objectAt(answer.json);
  return { tokens: tokensOf(json, request.operation, askedAt), idToken: textAt(json.id_token) };
}

function tokensOf(json: JsonObject, operation: string, askedAt: Date): TokenSet {
  const accessToken = textAt(json.access_token);
  const seconds = Number(json.expires_in);
  if (accessToken === undefined) throw malformedAnswer(operation, 'no access token');
  if (!(seconds > 0 && seconds < 1e9)) throw malformedAnswer(operation, 'no lifetime of the access token');
  return {
    accessToken,
    refreshToken: textAt(json.refresh_token),
    expiresAt: new Date(askedAt.getTime() + seconds * 1000),
    // Left out where it is what was asked for (RFC 6749 5.1).
    scopes: textAt(json.scope)?.trim().split(/\s+/) ?? askedScopes,
  };
}

/**
 * The claims of an id token, unverified: it came over TLS straight from the token endpoint, and then the signature need
 * not be checked (OpenID Connect Core 3.1.3.7, point 6). None where it cannot be read.
 */
function claimsOf(idToken: string | undefined): JsonObject {
  const payload = idToken?.split('.')[1];
  if (payload === undefined) return {};
  try {
    return objectAt(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  } catch {
    return {};
  }
}

/**
 * Who signed in. The key is tenant and object id, in MSAL's spelling (`homeAccountId`); `id` of the profile alone is
 * the same for work accounts only.
 */
async function identify(graph: Graph, tokens: TokenSet, claims: JsonObject): Promise<Account> {
  // Without `User.Read` the profile is refused; that a scope is missing is for the caller to find, so go by the claims.
  const mayAsk = missingScopes(tokens.scopes, ['User.Read'], impliedBy).length === 0;
  const [tid, oid] = [textAt(claims.tid), textAt(claims.oid)];
  const claimed = textAt(claims.email) ?? textAt(claims.preferred_username);
  const isClaimed = tid !== undefined && oid !== undefined && claimed !== undefined;
  const profile = mayAsk ? await profileOf(graph, isClaimed) : {};
  const id = tid !== undefined && oid !== undefined ? `${oid}.${tid}` : textAt(profile.id);
  const email = textAt(profile.mail) ?? textAt(profile.userPrincipalName) ?? claimed;
  if (id === undefined || email === undefined) throw malformedAnswer('account.get', 'no id or no address');
  return { id, email };
}

/** The code is spent by now, so a Graph with a bad moment costs the connection only where the claims do not name the user. */
async function profileOf(graph: Graph, isClaimed: boolean): Promise<JsonObject> {
  try {
    return await graph.get('account.get', '/me?$select=id,mail,userPrincipalName');
  } catch (error) {
    const willPass = error instanceof ProviderError && passing.includes(error.kind);
    if (willPass && isClaimed) return {};
    throw error;
  }
}

const passing: readonly string[] = ['unavailable', 'throttled', 'malformed'];

/**
 * Accounts without a licence, or with their mailbox on premises, sign in like any other. Better to say so while the
 * user is there; anything else that goes wrong here is not worth the code, which works only once, and shows at the
 * first sync if it lasts.
 */
async function insistOnMailbox(graph: Graph, tokens: TokenSet, signal: AbortSignal): Promise<void> {
  if (missingScopes(tokens.scopes, ['Calendars.ReadWrite']).length > 0) return;
  try {
    await graph.get('calendars.list', '/me/calendars?$top=1');
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ProviderError)) throw error;
    if (error.detail.code === 'account_without_mailbox') throw error;
  }
}

function endpoint(
  options: Pick<OAuthOptions, 'authorityUrl' | 'tenantId'>,
  name: 'authorize' | 'token',
): string {
  return `${options.authorityUrl}/${encodeURIComponent(options.tenantId)}/oauth2/v2.0/${name}`;
}
