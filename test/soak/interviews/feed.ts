import { until } from '../../support/until.ts';
import { mayFollow, type ToldChange } from '../change-follower.ts';
import type { Difference } from '../difference.ts';
import type { World } from '../world.ts';

/** A main app that reads the change feed from its start. */
export interface Feed {
  /** All that was told so far, in order. */
  readonly changes: readonly ToldChange[];
  /** Reads on to the end; gives the gaps in the numbers of a connection that it met. */
  readOn(): Promise<Difference[]>;
}

export function createFeed({ product }: Pick<World, 'product'>): Feed {
  const changes: ToldChange[] = [];
  const sequences = new Map<string, number>();
  let after: string | undefined;

  function take(change: ToldChange): Difference[] {
    changes.push(change);
    const { connectionId, sequence } = change;
    const before = sequences.get(connectionId) ?? 0;
    sequences.set(connectionId, sequence);
    if (mayFollow(change, before)) return [];
    return [
      { where: `feed: connection ${connectionId}`, field: 'sequence', expected: before + 1, stored: change },
    ];
  }

  return {
    changes,
    readOn: async () => {
      const gaps: Difference[] = [];
      await until(async () => {
        const query = new URLSearchParams({ limit: '100', ...(after !== undefined && { after }) });
        const { status, body } = await product.api.get(`/v1/changes?${query.toString()}`);
        if (status === 503) return false;
        if (status !== 200) throw new Error(`the change feed answered ${status}: ${JSON.stringify(body)}`);
        gaps.push(...(body.changes as ToldChange[]).flatMap(take));
        after = String(body.nextCursor);
        return body.more === false;
      });
      return gaps;
    },
  };
}
