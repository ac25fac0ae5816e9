import type { ProviderId } from '../../src/domain/provider-id.ts';

export interface FloorAccount {
  readonly vendor: ProviderId;
  readonly email: string;
  readonly accessToken: string;
  /** What asks for the changes since the last time. */
  cursorUrl: string;
}

export interface FloorItem {
  readonly id: string;
  readonly title: string;
}

/** As much of the vendors' pages as is needed here. */
interface Page {
  readonly items?: readonly { readonly id: string; readonly summary: string }[];
  readonly nextSyncToken?: string;
  readonly value?: readonly { readonly id: string; readonly subject: string }[];
  readonly '@odata.nextLink'?: string;
  readonly '@odata.deltaLink'?: string;
}

/** One request, unless the vendor wants another for the next page. */
export async function readChanges({
  accessToken,
  cursorUrl,
}: Pick<FloorAccount, 'accessToken' | 'cursorUrl'>): Promise<{ cursorUrl: string; items: FloorItem[] }> {
  const items: FloorItem[] = [];
  for (let url = cursorUrl; ;) {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
    if (!answer.ok) throw new Error(`the vendor answered ${answer.status}: ${await answer.text()}`);
    const page = (await answer.json()) as Page;
    for (const { id, summary } of page.items ?? []) items.push({ id, title: summary });
    for (const { id, subject } of page.value ?? []) items.push({ id, title: subject });
    const next = page['@odata.nextLink'];
    if (next === undefined) return { cursorUrl: cursorUrlOf(page, url), items };
    url = next;
  }
}

function cursorUrlOf(page: Page, url: string): string {
  const deltaLink = page['@odata.deltaLink'];
  if (deltaLink !== undefined) return deltaLink;
  if (page.nextSyncToken === undefined) throw new Error('the listing has no cursor');
  const next = new URL(url);
  next.searchParams.set('syncToken', page.nextSyncToken);
  return next.href;
}
