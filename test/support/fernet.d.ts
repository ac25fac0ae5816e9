/** The part of the package `fernet` that the tests use as a second opinion; it carries no types. */
declare module 'fernet' {
  interface Secret {
    readonly signingKeyHex: string;
  }
  interface Token {
    encode(text: string): string;
    decode(): string;
  }
  const fernet: {
    Secret: new (key: string) => Secret;
    Token: new (options: {
      secret: Secret;
      token?: string;
      ttl?: number;
      time?: number;
      iv?: number[];
    }) => Token;
  };
  // oxlint-disable-next-line import/no-default-export
  export default fernet;
}
