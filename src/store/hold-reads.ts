import type { HoldReads } from './hold-contract.ts';
import { holdRecord } from './holds.ts';
import { interviewRecord } from './interviews.ts';
import type { Database } from './mongodb.ts';

/** Holds, and what their slots are in the calendar. */
export function holdReads(database: Database): HoldReads {
  const { holds, interviews } = database;
  return {
    hold: async (id) => {
      const found = await holds.findById(id).lean();
      return found === null ? undefined : holdRecord(found);
    },
    interviewsOfHold: async (holdId) => {
      const found = await interviews.find({ ofHold: holdId }).lean();
      return found.map(interviewRecord);
    },
  };
}
