/** `YYYY-MM-DD`, so many days later. */
export function dayOf(date: string, daysLater: number): string {
  return new Date(Date.parse(date) + daysLater * 86_400_000).toISOString().slice(0, 10);
}

/** `YYYY-MM-DDThh:mm:ss` on that day, without offset. `minute` counts from midnight and stays below a day. */
export function momentOf(date: string, minute: number): string {
  return new Date(Date.parse(date) + minute * 60_000).toISOString().slice(0, 19);
}
