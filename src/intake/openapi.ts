import type { OpenAPIHono } from '@hono/zod-openapi';
import type { IntakeEnv } from './environment.ts';
import { tags } from './operation.ts';

export type OpenApiDocument = ReturnType<OpenAPIHono<IntakeEnv>['getOpenAPI31Document']>;

/** The document of all operations that were registered on the app, by the schemas that validate them. */
export function describeApi(app: OpenAPIHono<IntakeEnv>): OpenApiDocument {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description:
      'One of the keys in INTAKE_API_KEYS. Several are valid at once, so that they can be rotated.',
  });
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Calendar Sync',
      version: '1.0.0',
      description:
        'Connects Google and Microsoft calendars, keeps their events, and answers who is busy when.\n\n' +
        'All times are RFC 3339. Errors are RFC 9457 problem details with a stable `code` and a `hint`. ' +
        'An `X-Request-Id` that is sent along (letters, digits, `-`, `_`, `=`; at most 128) is answered, logged, and carried ' +
        'by the jobs that the request leads to. ' +
        'Calls that change something record it first and answer 202; the work itself is done by workers.',
    },
    servers: [{ url: '/' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  });
}
