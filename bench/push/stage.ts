import type { Databases } from '../databases.ts';

/** What the measurements of push work with. */
export interface PushStage {
  /** Aborted where somebody wants it to end. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly databases: Databases;
  readonly services: { readonly redisUrl: string };
  /** Where the product's processes leave their logs and profiles; undefined: they leave none. */
  readonly profileInto: string | undefined;
}
