import type { Hook as ZodHook } from '@hono/zod-openapi';
import type { Context as HonoContext, ErrorHandler as HonoErrorHandler, MiddlewareHandler } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import type { StillAwaited } from '../store/awaited.ts';

/** What middlewares leave on a request for those after them. */
export interface IntakeEnv {
  /** Absent where a request did not come through a socket. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** Names the API key by a piece of its hash. */
    apiKeyId: string;
    /** To be given to whatever records what the request says: see `answerWithin`. */
    stillAwaited: StillAwaited;
  };
}

export type Context = HonoContext<IntakeEnv>;
export type ErrorHandler = HonoErrorHandler<IntakeEnv>;
export type Middleware = MiddlewareHandler<IntakeEnv>;
// The validated value differs from route to route; the hook looks at failures only.
export type Hook = ZodHook<unknown, IntakeEnv, string, Response | undefined>;
