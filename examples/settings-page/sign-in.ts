import { Hono } from 'hono';
import { html } from 'hono/html';
import type { Person } from './people.ts';
import type { Sessions } from './sessions.ts';

export interface SignInDeps {
  readonly sessions: Sessions;
  readonly people: readonly Person[];
  readonly settingsPath: string;
}

/** Stands where a main app has its own login: here one is whoever one says. */
export function signInRoutes({ sessions, people, settingsPath }: SignInDeps): Hono {
  const app = new Hono();
  app.get('/sign-in', (c) => c.html(signInPage(people)));
  app.post('/sign-in', async (c) => {
    const { userId } = await c.req.parseBody();
    const person = people.find((one) => one.userId === userId);
    if (person === undefined) return c.html(signInPage(people), 400);
    sessions.start(c, person.userId);
    return c.redirect(settingsPath, 303);
  });
  app.post('/sign-out', (c) => {
    sessions.end(c);
    return c.redirect('/sign-in', 303);
  });
  return app;
}

function signInPage(people: readonly Person[]) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Sign in · Calendars</title>
        <link rel="icon" href="/assets/icon.svg" />
        <link rel="stylesheet" href="/assets/base.css" />
        <link rel="stylesheet" href="/assets/page.css" />
        <script src="/assets/theme.js"></script>
      </head>
      <body class="sign-in">
        <main>
          <h1>Who are you?</h1>
          <p class="soft">
            Your own app has its login here. This example has none: you are whoever you choose.
          </p>
          <form method="post" action="/sign-in">
            ${people.map(
              ({ userId, name, email }) =>
                html`<button class="choice" name="userId" value="${userId}">
                  <strong>${name}</strong> <span class="soft">${email}</span>
                </button>`,
            )}
          </form>
        </main>
      </body>
    </html>`;
}
