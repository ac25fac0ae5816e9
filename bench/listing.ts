import { Agent, fetch } from 'undici';
import type { ProviderId } from '../src/domain/provider-id.ts';
import type { RecordedRequest } from '../test/simulators/simulator.ts';

/** A vendor's full listing, as bare as it can be read: fetch, parse, next page. The floor under every adapter. */
export interface BareListing {
  /** The number of items of each page, once it has been fetched and parsed. */
  pages(): AsyncIterable<number>;
  close(): Promise<void>;
}

/** `first`: the request with which our own adapter began its listing, so that both ask for the same. */
export function bareListing(vendor: ProviderId, first: RecordedRequest): BareListing {
  const dispatcher = new Agent();
  const headers = Object.fromEntries(
    ['authorization', 'prefer', 'accept'].flatMap((name) => {
      const value = first.headers[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const get = async (url: string): Promise<Page> => {
    const answer = await fetch(url, { headers, dispatcher });
    const page = JSON.parse(await answer.text()) as Page;
    if (!answer.ok) throw new Error(`${vendor} answered ${answer.status} to the bare listing`);
    return page;
  };
  const query = new URLSearchParams(first.query).toString();
  const firstUrl = `http://${first.headers['host'] ?? ''}${first.path}?${query}`;
  return {
    pages: () => readPages(get, firstUrl),
    close: () => dispatcher.close(),
  };
}

/** What the listings of Google and Graph have of members that matter here. */
interface Page {
  readonly items?: readonly unknown[];
  readonly value?: readonly unknown[];
  readonly nextPageToken?: string;
  readonly '@odata.nextLink'?: string;
}

async function* readPages(get: (url: string) => Promise<Page>, firstUrl: string): AsyncGenerator<number> {
  let url: string | undefined = firstUrl;
  while (url !== undefined) {
    const page: Page = await get(url);
    yield (page.items ?? page.value ?? []).length;
    url = nextUrl(page, firstUrl);
  }
}

function nextUrl(page: Page, firstUrl: string): string | undefined {
  if (page.nextPageToken === undefined) return page['@odata.nextLink'];
  const url = new URL(firstUrl);
  url.searchParams.set('pageToken', page.nextPageToken);
  return url.href;
}
