/** The part of the package `fernet` that the tests use as a second opinion; it carries no types. */
declare module 'fernet' {
  class Secret {
    constructor(key: string);
  }
  class Token {
    constructor(options: { secret: Secret; token?: string; ttl?: number; time?: number; iv?: number[] });
    encode(text: string): string;
    decode(): string;
  }
  const fernet: { Secret: typeof Secret; Token: typeof Token };
  // oxlint-disable-next-line import/no-default-export
  export default fernet;
}
