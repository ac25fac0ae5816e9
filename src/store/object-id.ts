import { Types } from 'mongoose';

const pattern = /^[0-9a-f]{24}$/i;

/** Undefined where the text is no id: it finds nothing then, instead of being an error. */
export function objectId(id: string): Types.ObjectId | undefined {
  return pattern.test(id) ? Types.ObjectId.createFromHexString(id) : undefined;
}

/** Those that are ids. */
export function objectIds(ids: readonly string[]): Types.ObjectId[] {
  return ids.flatMap((id) => objectId(id) ?? []);
}
