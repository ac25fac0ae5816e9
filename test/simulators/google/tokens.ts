/** Makes an opaque token that only this simulator run can read: after a restart every one of them is unknown. */
export function createTokenCodec(run: string) {
  return {
    encode: (content: unknown): string => Buffer.from(JSON.stringify([run, content])).toString('base64url'),
    /** What was encoded, or undefined for a token that is malformed or of another run. */
    decode: (token: string): unknown => {
      try {
        const [ofRun, content] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
        return ofRun === run ? content : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

export type TokenCodec = ReturnType<typeof createTokenCodec>;

/** Listings that were begun, by page token; the oldest are forgotten. A page can be asked for again. */
export function createPageSessions<Session>(newToken: () => string, limit = 500) {
  const sessions = new Map<string, Session>();
  return {
    get: (token: string): Session | undefined => sessions.get(token),
    add: (session: Session): string => {
      const token = newToken();
      sessions.set(token, session);
      const oldest = sessions.keys().next();
      if (sessions.size > limit && !oldest.done) sessions.delete(oldest.value);
      return token;
    },
  };
}
