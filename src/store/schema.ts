import { mongo, Schema } from 'mongoose';

/**
 * What all schemas have in common: an unknown field is an error and not dropped in silence, times are ours to set
 * (they are given, never read from a clock), and no index is made unless `prepareCollections` is asked to.
 */
export const documentOptions = {
  strict: 'throw',
  strictQuery: 'throw',
  versionKey: false,
  timestamps: false,
  minimize: false,
  id: false,
  autoIndex: false,
  autoCreate: false,
} as const;

/** Of a part of a document: without an id of its own. */
export const partOptions = { ...documentOptions, _id: false } as const;

export const requiredText = { type: String, required: true } as const;
export const requiredDate = { type: Date, required: true } as const;
export const requiredFlag = { type: Boolean, required: true } as const;
export const requiredId = { type: Schema.Types.ObjectId, required: true } as const;
/** Must be there, but may be empty. */
export const text = { type: String, default: '' } as const;

/** A whole number from 0. */
export const count = {
  type: Number,
  required: true,
  min: 0,
  validate: { validator: Number.isInteger, message: '{PATH} must be a whole number' },
} as const;

/** One of these words. */
export function oneOf<Word extends string>(words: readonly Word[]) {
  return { type: String, required: true, enum: [...words] } as const;
}

/** Whether an insertion met a document that a unique index forbids it to stand beside. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === 11_000;
}

/** The update that makes these fields what they are here; one that is undefined is taken away. */
export function updateTo<Fields extends object>(fields: Fields) {
  const entries = Object.entries(fields);
  const gone = entries.filter(([, value]) => value === undefined).map(([name]) => [name, 1] as const);
  return {
    $set: Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
    $unset: Object.fromEntries(gone),
  };
}
