import { misconfigurationCodes } from '../domain/failure.ts';
import type { Database } from './mongodb.ts';
import type { MisconfiguredConnections, Reads } from './store.ts';

/** Answered from small indexes: it is asked whenever the metrics are read. */
export function misconfigurationReads({ connections, watches }: Database): Pick<Reads, 'countMisconfigured'> {
  const failing = { 'lastFailure.code': { $in: [...misconfigurationCodes] } };
  const byCause = { provider: '$provider', code: '$lastFailure.code' };
  const counted = { _id: 0, provider: '$_id.provider', code: '$_id.code', connections: 1 };
  return {
    countMisconfigured: async () => {
      const [ofSyncs, ofWatches] = await Promise.all([
        connections.aggregate<MisconfiguredConnections>([
          { $match: { ...failing, status: 'active' } },
          { $group: { _id: byCause, connections: { $sum: 1 } } },
          { $project: counted },
        ]),
        // Those that wait to be stopped tell of the past.
        watches.aggregate<MisconfiguredConnections>([
          { $match: { ...failing, state: { $ne: 'retiring' } } },
          { $group: { _id: { ...byCause, connectionId: '$connectionId' } } },
          {
            $group: {
              _id: { provider: '$_id.provider', code: '$_id.code' },
              connections: { $sum: 1 },
            },
          },
          { $project: counted },
        ]),
      ]);
      // What both say of one connection, syncs say.
      const said = new Set(ofSyncs.map(({ provider, code }) => `${provider} ${code}`));
      return [...ofSyncs, ...ofWatches.filter(({ provider, code }) => !said.has(`${provider} ${code}`))];
    },
  };
}
