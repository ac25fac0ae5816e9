import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';

const folder = new URL('public/', import.meta.url);

/** Kept components as they are published; nothing is bundled and nothing comes from another host. */
const vendor: Readonly<Record<string, string>> = {
  'event-calendar.js': import.meta.resolve('@event-calendar/build'),
  'event-calendar.css': import.meta.resolve('@event-calendar/build/dist/event-calendar.min.css'),
  // For browsers that have no Temporal of their own yet. The package names only what a bundler wants.
  'temporal.js': new URL('global.js', import.meta.resolve('temporal-polyfill')).href,
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export const pageFile = (name: string): Promise<string> => readFile(new URL(name, folder), 'utf8');

/** The page's own files, and those of the components that it stands on. */
export function assetRoutes(): Hono {
  const app = new Hono();
  app.get('/assets/:name{[a-z-]+\\.(?:js|css|svg)}', (c) => sent(new URL(c.req.param('name'), folder)));
  app.get('/vendor/:name', (c) => {
    const file = vendor[c.req.param('name')];
    return file === undefined ? c.notFound() : sent(new URL(file));
  });
  app.get('/favicon.ico', () => sent(new URL('icon.svg', folder)));
  return app;
}

async function sent(file: URL): Promise<Response> {
  const type = types[extname(fileURLToPath(file))] ?? 'application/octet-stream';
  const body = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (body === undefined) return new Response('Not found', { status: 404 });
  return new Response(body, { headers: { 'content-type': type, 'cache-control': 'no-cache' } });
}
