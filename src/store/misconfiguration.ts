import { misconfigurationCodes } from '../domain/failure.ts';
import type { Database } from './mongodb.ts';
import type { MisconfiguredConnections, Reads } from './store.ts';

/** Answered from small indexes: it is asked whenever the metrics are read. */
export function misconfigurationReads({ connections }: Database): Pick<Reads, 'countMisconfigured'> {
  const failingBy = (field: 'lastFailure' | 'pushFailure') =>
    connections.aggregate<MisconfiguredConnections>([
      { $match: { status: 'active', [`${field}.code`]: { $in: [...misconfigurationCodes] } } },
      { $group: { _id: { provider: '$provider', code: `$${field}.code` }, connections: { $sum: 1 } } },
      { $project: { _id: 0, provider: '$_id.provider', code: '$_id.code', connections: 1 } },
    ]);
  return {
    countMisconfigured: async () => {
      const found = (await Promise.all([failingBy('lastFailure'), failingBy('pushFailure')])).flat();
      // What keeps both syncs and watches from working is one failure, which the one meets sooner than the other.
      const byCause = Map.groupBy(found, ({ provider, code }) => `${provider} ${code}`);
      return [...byCause.values()].flatMap((same) =>
        same.toSorted((a, b) => b.connections - a.connections).slice(0, 1),
      );
    },
  };
}
