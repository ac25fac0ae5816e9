import type { Database } from './mongodb.ts';
import { objectId } from './object-id.ts';
import type { Facts } from './store.ts';

type AuditFacts = Pick<Facts, 'unplannedAudits' | 'dueAudits' | 'isAuditDue' | 'planAudit'>;

/** When connections are audited. A date stays until its audit is over, so one whose job was lost is still due (I1). */
export function auditFacts({ connections }: Database): AuditFacts {
  return {
    unplannedAudits: async (limit) => {
      const found = await connections
        .find({ status: 'active', nextAuditAt: null }, { _id: 1 })
        .limit(limit)
        .lean();
      return found.map(({ _id }) => _id.toHexString());
    },
    dueAudits: async (now, limit) => {
      const due = await connections
        .find({ status: 'active', nextAuditAt: { $lte: now } }, { _id: 1 })
        .sort({ nextAuditAt: 1 })
        .limit(limit)
        .lean();
      return due.map(({ _id }) => _id.toHexString());
    },
    isAuditDue: async (connectionId, now) => {
      const due = await connections.exists({
        _id: objectId(connectionId) ?? null,
        nextAuditAt: { $lte: now },
      });
      return due !== null;
    },
    planAudit: async (connectionId, next, now) => {
      await connections.updateOne(
        { _id: objectId(connectionId) ?? null, nextAuditAt: { $not: { $gt: now } } },
        { $set: { nextAuditAt: next } },
      );
    },
  };
}
