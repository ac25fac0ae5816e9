import { Client, GraphClientError, ResponseType } from '@microsoft/microsoft-graph-client';
import type { Context, GraphRequest, Middleware } from '@microsoft/microsoft-graph-client';
import type { Response } from 'undici';

import type { Access, RequestBudget } from '../provider.ts';
import { retryAfterMs } from '../../domain/retry-after.ts';
import { withinBudget } from '../request-within-budget.ts';
import { graphFailure, malformedAnswer, type Answer } from './failures.ts';
import { answerOf, type Http } from './http.ts';
import { isObject, textAt, type JsonObject } from './json.ts';
import { createCircleCheck } from './page-circle.ts';

export interface GraphOptions {
  readonly graphUrl: string;
  readonly http: Http;
  readonly now: () => Date;
  readonly budget: RequestBudget;
}

/** In whose name; `accountId` where that is known. */
export type GraphAccess = Pick<Access, 'accessToken' | 'urgency' | 'haste' | 'underway' | 'signal'> &
  Partial<Pick<Access, 'accountId'>>;

/** Microsoft Graph in the name of one user. */
export interface Graph {
  /**
   * GET of a path under the Graph root (`/me`) or of a link that Graph gave, which is followed as it stands. A link to
   * another origin is refused as `malformed` and gets no token. Throws `ProviderError`, or the signal's reason.
   */
  get(operation: string, address: string, wish?: ReadingWish): Promise<JsonObject>;
  /** Any other request to a path under the Graph root. Gives an empty object for 202 and 204. */
  send(operation: string, method: WritingMethod, path: `/${string}`, given?: Written): Promise<JsonObject>;
  /** Whether a link is ours to follow: it has the scheme, host and port of the configured Graph. */
  isOwn(link: string): boolean;
}

export interface ReadingWish {
  /** Bodies as they are stored, where they are HTML; as text otherwise. */
  readonly htmlBody?: true;
}

export type WritingMethod = 'POST' | 'PATCH' | 'DELETE';

export interface Written {
  readonly body?: JsonObject;
  /** The etag of what is to be changed: anything else is left alone, and the request refused as `stale`. */
  readonly ifMatch?: string | undefined;
}

export interface Page {
  readonly items: readonly JsonObject[];
  readonly nextLink?: string | undefined;
  readonly deltaLink?: string | undefined;
}

/**
 * On every call, whatever it is for: ids that survive a move to another folder, times in UTC, plain text, and pages
 * large enough to be few and small enough for flat memory. Graph ignores what does not apply.
 */
function preferring({ htmlBody = false }: { readonly htmlBody?: boolean } = {}): string {
  const bodies = htmlBody ? 'html' : 'text';
  return `IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="${bodies}", odata.maxpagesize=100`;
}

export function createGraph(
  { graphUrl, http, now, budget }: GraphOptions,
  { accessToken, accountId, urgency, haste, underway, signal }: GraphAccess,
): Graph {
  const { origin } = new URL(graphUrl);
  // A chain of our own: the client's default one repeats and redirects on its own account, and gives the token to
  // Microsoft's public hosts only, which leaves out every other configured endpoint.
  const client = Client.initWithMiddleware({
    baseUrl: graphUrl,
    defaultVersion: '',
    middleware: [wholeLinks(), bearer(accessToken, origin), transport(http, signal)],
  });
  const requestTo = (path: string, prefer = preferring()): GraphRequest =>
    client
      .api(path)
      .header('Prefer', prefer)
      .header('Accept', 'application/json')
      .responseType(ResponseType.RAW);
  const follow = (address: string, prefer: string): Promise<unknown> =>
    address.startsWith('/')
      ? requestTo(address, prefer).get()
      : requestTo('/', prefer)
          .middlewareOptions([new WholeLink(address)])
          .get();
  const succeed = async (operation: string, sending: () => Promise<unknown>): Promise<Answer> => {
    const answer = await withinBudget(
      budget,
      { provider: 'microsoft', operation, accountId, urgency, haste, underway, signal },
      () => answerOf(() => responseOf(sending()), operation, signal),
      ({ header }) => retryAfterMs(header, now()),
    );
    if (answer.status < 200 || answer.status > 299) throw graphFailure(answer, operation, now());
    return answer;
  };
  const isOwn = (url: string): boolean => URL.canParse(url) && new URL(url).origin === origin;
  return {
    isOwn,
    get: async (operation, address, wish) => {
      if (!address.startsWith('/') && !isOwn(address))
        throw malformedAnswer(operation, 'a link to another host');
      return objectIn(await succeed(operation, () => follow(address, preferring(wish))), operation);
    },
    send: async (operation, method, path, { body, ifMatch } = {}) => {
      const request = requestTo(path);
      if (ifMatch !== undefined) request.header('If-Match', ifMatch);
      const answer = await succeed(operation, () => sent(request, method, body));
      // Nothing else stands for nothing: an empty success was hardly said by whoever was to do it.
      return answer.status === 204 || answer.status === 202 ? {} : objectIn(answer, operation);
    },
  };
}

function objectIn(answer: Answer, operation: string): JsonObject {
  if (!isObject(answer.json)) throw malformedAnswer(operation, 'a body that is no JSON object');
  return answer.json;
}

function sent(request: GraphRequest, method: WritingMethod, body: JsonObject = {}): Promise<unknown> {
  switch (method) {
    case 'POST':
      return request.post(body);
    case 'PATCH':
      return request.patch(body);
    case 'DELETE':
      return request.delete();
  }
}

/** What the end of the chain gave: the client was told to leave it as it is. */
function responseOf(sending: Promise<unknown>): Promise<Response> {
  return sending.catch(rethrowOriginal) as Promise<Response>;
}

/** The page of a collection; throws `malformed` where it is none. */
export async function getPage(graph: Graph, operation: string, address: string): Promise<Page> {
  const body = await graph.get(operation, address);
  if (!Array.isArray(body.value) || !body.value.every(isObject)) {
    throw malformedAnswer(operation, 'a collection without a list of objects');
  }
  const [nextLink, deltaLink] = [textAt(body['@odata.nextLink']), textAt(body['@odata.deltaLink'])];
  return { items: body.value, nextLink, deltaLink };
}

/**
 * All pages from the first on, each when it is asked for. Throws `malformed` where their links lead in a circle, which
 * would have us turn for ever.
 */
export async function* pagesOf(
  graph: Graph,
  operation: string,
  firstPage: string,
  get: typeof getPage = getPage,
): AsyncGenerator<Page> {
  const isCircle = createCircleCheck();
  let address: string | undefined = firstPage;
  while (address !== undefined) {
    if (isCircle(address)) throw malformedAnswer(operation, 'pages in a circle');
    const page: Page = await get(graph, operation, address);
    yield page;
    address = page.nextLink;
  }
}

/** The client takes addresses apart and puts them together in another order, but links are to be used whole. */
class WholeLink {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }
}

function wholeLinks(): Middleware {
  return link((context) => {
    const whole: unknown = context.middlewareControl?.getMiddlewareOptions(WholeLink);
    if (whole instanceof WholeLink) context.request = whole.url;
  });
}

function bearer(accessToken: string, graphOrigin: string): Middleware {
  return link((context) => {
    if (new URL(String(context.request)).origin !== graphOrigin) {
      throw new Error('a request to another host than Graph must not carry the token');
    }
    context.options = {
      ...context.options,
      headers: {
        ...(context.options?.headers as Record<string, string>),
        Authorization: `Bearer ${accessToken}`,
      },
    };
  });
}

/** A step that does something to the request and hands it on. */
function link(step: (context: Context) => void): Middleware {
  let next: Middleware | undefined;
  return {
    setNext: (middleware) => {
      next = middleware;
    },
    execute: async (context) => {
      step(context);
      await next?.execute(context);
    },
  };
}

/** The end of the chain. */
function transport(http: Http, signal: AbortSignal): Middleware {
  return {
    execute: async (context) => {
      try {
        const { method = 'GET', headers, body } = context.options ?? {};
        const init = {
          method,
          headers: headers as Record<string, string>,
          ...(typeof body === 'string' ? { body } : {}),
        };
        const response: unknown = await http.fetch(String(context.request), init, signal);
        context.response = response as NonNullable<Context['response']>;
      } catch (error) {
        // Anything else the client would replace by an error of its own that has lost the cause.
        throw GraphClientError.setGraphClientError({ original: error });
      }
    },
  };
}

function rethrowOriginal(error: unknown): never {
  throw error instanceof GraphClientError && isObject(error.customError) ? error.customError.original : error;
}
