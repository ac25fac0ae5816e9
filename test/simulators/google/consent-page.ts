import { html, raw } from 'hono/html';

import type { Account } from './accounts.ts';
import type { AuthorizationRequest, RefusedAtProvider } from './authorization-request.ts';
import { describeScope, isIdentityScope } from './scopes.ts';

/** Where the pages send what the user chose. */
export const CONSENT_PATH = '/o/oauth2/v2/auth/consent';

type Page = ReturnType<typeof html>;

/** First step: who is it? `query` is the authorization request, unchanged. */
export function accountPage(
  request: AuthorizationRequest,
  accounts: readonly Account[],
  query: string,
): Page {
  const choices = accounts.map(
    (account) =>
      html`<li>
        <button name="email" value="${account.email}">
          <span class="face">${account.name.slice(0, 1).toUpperCase()}</span>
          <span><b>${account.name}</b><small>${account.email}</small></span>
        </button>
      </li>`,
  );
  return layout(
    'Choose an account',
    html`<p>to continue to <b>${appName(request)}</b></p>
      <form method="post" action="${CONSENT_PATH}">
        <input type="hidden" name="request" value="${query}" />
        <ul class="accounts">
          ${choices.length > 0 ? choices : html`<li class="empty">Nobody has an account here yet.</li>`}
        </ul>
      </form>`,
  );
}

/** Second step: what may the app do? */
export function scopesPage(request: AuthorizationRequest, account: Account, query: string): Page {
  const scopes = request.scopes.map((scope) => {
    const fixed = isIdentityScope(scope);
    return html`<li>
      <label>
        <input type="checkbox" name="scope" value="${scope}" checked ${fixed ? raw('disabled') : ''} />
        <span>${describeScope(scope)}<small>${scope}</small></span>
      </label>
    </li>`;
  });
  return layout(
    html`${appName(request)} wants access to your account`,
    html`<p class="who">
        <span class="face">${account.name.slice(0, 1).toUpperCase()}</span>${account.email}
      </p>
      <form method="post" action="${CONSENT_PATH}">
        <input type="hidden" name="request" value="${query}" />
        <input type="hidden" name="email" value="${account.email}" />
        <p>Select what <b>${appName(request)}</b> can access</p>
        <ul class="scopes">
          ${scopes}
        </ul>
        <p class="fine">You will be sent to <code>${request.redirectUri}</code>.</p>
        <div class="actions">
          <button class="quiet" name="decision" value="deny">Cancel</button>
          <button class="main" name="decision" value="allow">Continue</button>
        </div>
      </form>`,
  );
}

export function refusalPage(refusal: RefusedAtProvider): Page {
  return layout(
    'Access blocked: this app’s request is invalid',
    html`<p>${refusal.message}</p>
      <p class="fine">Error ${refusal.status}: <code>${refusal.code}</code></p>`,
  );
}

function appName({ client }: AuthorizationRequest): string {
  return client.id.replace('.apps.googleusercontent.com', '');
}

function layout(title: string | Page, content: Page): Page {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Sign in (simulated Google)</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <p class="brand">Simulated Google · no real account is involved</p>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1f1f1f; --soft: #5f6368; --line: #dadce0; --paper: #fff; --ground: #f0f4f9; --accent: #0b57d0; --on: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e3e3; --soft: #a8abb0; --line: #444746; --paper: #1e1f20; --ground: #0e0e0e; --accent: #a8c7fa; --on: #062e6f } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 30rem; background: var(--paper); border-radius: 28px; padding: 2.25rem }
h1 { font-size: 1.6rem; font-weight: 400; line-height: 1.25; margin: .5rem 0 1rem; overflow-wrap: anywhere }
p { overflow-wrap: anywhere }
.brand, .fine, small { color: var(--soft); font-size: .8rem }
.brand { margin: 0 }
small { display: block; overflow-wrap: anywhere }
ul { list-style: none; margin: 1rem 0; padding: 0 }
li { border-bottom: 1px solid var(--line) }
.empty { padding: 1rem 0; color: var(--soft) }
.who { display: inline-flex; gap: .6rem; align-items: center; border: 1px solid var(--line); border-radius: 99px; padding: .2rem .9rem .2rem .2rem; font-size: .9rem }
.face { flex: none; display: grid; place-items: center; width: 2rem; height: 2rem; border-radius: 50%; background: var(--accent); color: var(--on); font-size: .95rem }
.accounts button { display: flex; gap: .9rem; align-items: center; width: 100%; padding: .8rem .4rem; text-align: left; color: inherit; background: none; border: 0; border-radius: 0; font: inherit }
.accounts b { font-weight: 500 }
.accounts button:hover { background: color-mix(in srgb, var(--accent) 8%, transparent) }
.scopes label { display: flex; gap: .9rem; padding: .8rem .2rem; cursor: pointer }
.scopes input { width: 1.1rem; height: 1.1rem; margin: .2rem 0 0; flex: none; accent-color: var(--accent) }
.actions { display: flex; gap: .75rem; justify-content: flex-end; margin-top: 1.5rem }
button { cursor: pointer; font: inherit; border-radius: 99px; padding: .55rem 1.5rem; border: 1px solid var(--line) }
button:focus-visible, input:focus-visible { outline: 3px solid color-mix(in srgb, var(--accent) 60%, transparent); outline-offset: 2px }
.quiet { background: none; color: var(--accent) }
.main { background: var(--accent); border-color: var(--accent); color: var(--on) }
`;
