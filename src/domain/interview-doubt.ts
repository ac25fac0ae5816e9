/** Of a place: whether its event may still come about, or come about once more. */
export interface Doubt {
  /** Until then a creation whose answer was lost may still be under way at the vendor. */
  readonly doubtUntil?: Date | undefined;
}

/** So long a request that we have given up may take to be done. No vendor names a limit. */
const doubtMs = 120_000;
/** Between two looks, at the least; most of what is late arrives soon. */
const lookMs = 5_000;

/** Of a creation that is sent now. */
export function doubtFrom(now: Date): Date {
  return new Date(now.getTime() + doubtMs);
}

export function isInDoubt({ doubtUntil }: Doubt, now: Date): boolean {
  return doubtUntil !== undefined && now < doubtUntil;
}

/** When to look next whether anything came about at one of these places: seldomer as time goes by, and at the end of the doubt. */
export function doubtLookAt(places: readonly Doubt[], now: Date): Date | undefined {
  const next = places.flatMap(({ doubtUntil }) =>
    doubtUntil !== undefined && now < doubtUntil ? nextLook(doubtUntil.getTime(), now.getTime()) : [],
  );
  return next.length === 0 ? undefined : new Date(Math.min(...next));
}

function nextLook(until: number, now: number): number {
  const age = now - (until - doubtMs);
  return Math.min(until, now + Math.max(lookMs, age / 2));
}
