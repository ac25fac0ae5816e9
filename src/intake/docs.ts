import { createHash } from 'node:crypto';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { docsStyle } from './docs-style.ts';
import { renderDocs } from './docs-page.ts';
import type { IntakeEnv } from './environment.ts';
import { describeApi } from './openapi.ts';

/** The contract, for machines and for people. Made once: it cannot change while the process runs. */
export function docsRoutes(app: OpenAPIHono<IntakeEnv>): Hono<IntakeEnv> {
  const document = describeApi(app);
  const page = renderDocs(document);
  const styleHash = createHash('sha256').update(docsStyle).digest('base64');
  const headers = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: [`'sha256-${styleHash}'`],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: 'no-referrer',
  });
  return new Hono<IntakeEnv>()
    .get('/openapi.json', (c) => c.json(document))
    .get('/docs', headers, (c) => c.html(page));
}
