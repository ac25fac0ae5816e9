/** One way in which what is there is not what should be. */
export interface Difference {
  readonly where: string;
  readonly field: string;
  readonly expected: unknown;
  readonly stored: unknown;
}
