import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

import type { DirectoryUser } from './directory.ts';
import type { EntraErrorBody } from './entra-errors.ts';

type Page = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface SignInPage {
  /** Where the form goes: this request's address with its query. */
  action: string;
  users: DirectoryUser[];
  loginHint: string | undefined;
  scopes: readonly string[];
  redirectUri: string;
}

/** Choose an account, read what is asked for, accept or cancel. */
export function signInPage({ action, users, loginHint, scopes, redirectUri }: SignInPage): Page {
  const preselected = users.find(({ email }) => email.toLowerCase() === loginHint?.toLowerCase()) ?? users[0];
  return frame(
    'Permissions requested',
    html`<form method="post" action="${action}">
      <fieldset>
        <legend>Pick an account</legend>
        ${users.map(
          (user) =>
            html`<label
              ><input
                type="radio"
                name="email"
                value="${user.email}"
                ${user === preselected ? 'checked' : ''}
              />
              <span><b>${user.name}</b><small>${user.email}</small></span></label
            >`,
        )}
        ${users.length === 0 ? html`<p>No account can sign in here.</p>` : ''}
      </fieldset>
      <p><b>Calendar Sync</b> would like to:</p>
      <ul>
        ${scopes.map((scope) => html`<li>${descriptions.get(scope) ?? scope} <small>${scope}</small></li>`)}
      </ul>
      <p class="fine">
        Accepting sends you back to ${redirectUri}. You can remove the app in your account at any time.
      </p>
      <div class="buttons">
        <button name="decision" value="cancel" formnovalidate>Cancel</button>
        <button name="decision" value="accept" class="primary">Accept</button>
      </div>
    </form>`,
  );
}

/** What Microsoft shows instead of sending the browser back. */
export function errorPage(body: EntraErrorBody): Page {
  return frame(
    'Sign in',
    html`<p>Sorry, but we’re having trouble signing you in.</p>
      <p class="error" id="service-exception-message">${body.error_description.split(' Trace ID')[0]}</p>
      <dl class="fine">
        <dt>Request Id</dt>
        <dd>${body.trace_id}</dd>
        <dt>Correlation Id</dt>
        <dd>${body.correlation_id}</dd>
        <dt>Timestamp</dt>
        <dd>${body.timestamp}</dd>
      </dl>`,
  );
}

/** `response_mode=form_post`: the browser posts the answer to the app. */
export function formPostPage(redirectUri: string, parameters: Record<string, string>): Page {
  return frame(
    'Working…',
    html`<form method="post" action="${redirectUri}">
        ${Object.entries(parameters).map(
          ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
        )}
        <button class="primary">Continue</button>
      </form>
      <script>
        document.forms[0].submit();
      </script>`,
  );
}

function frame(title: string, content: Page): Page {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>
          <header>Microsoft <small>simulated for tests and demos</small></header>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`;
}

const descriptions = new Map([
  ['openid', 'Sign you in'],
  ['profile', 'View your basic profile'],
  ['email', 'View your email address'],
  ['offline_access', 'Maintain access to data you have given it access to'],
  ['User.Read', 'Read your profile'],
  ['Calendars.Read', 'Read your calendars'],
  ['Calendars.ReadWrite', 'Have full access to your calendars'],
  ['Calendars.ReadWrite.Shared', 'Read and write to your and shared calendars'],
  ['MailboxSettings.Read', 'Read your mailbox settings'],
]);

const style = `
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f2f2f2; color: #1b1b1b;
    font: 15px/1.45 "Segoe UI", system-ui, sans-serif; }
  main { box-sizing: border-box; width: min(440px, 100vw); padding: 40px 44px; background: #fff;
    box-shadow: 0 2px 6px rgb(0 0 0 / .2); }
  header { color: #5e5e5e; font-weight: 600; }
  header small { font-weight: 400; }
  h1 { margin: 16px 0; font-size: 24px; font-weight: 600; }
  fieldset { margin: 0 0 16px; padding: 0; border: 0; }
  legend { margin-bottom: 6px; }
  label { display: flex; gap: 12px; align-items: center; padding: 8px; cursor: pointer; }
  label:hover { background: #f2f2f2; }
  label small { display: block; }
  small, .fine { color: #5e5e5e; font-size: 13px; overflow-wrap: anywhere; }
  .error { padding: 12px; border-left: 3px solid #e81123; background: #fdf3f4; overflow-wrap: anywhere; }
  .buttons { display: flex; justify-content: flex-end; gap: 8px; }
  button { min-width: 108px; padding: 6px 12px; border: 0; background: #ccc; font: inherit; cursor: pointer; }
  button.primary { background: #0067b8; color: #fff; }
  button:focus-visible, input:focus-visible { outline: 2px solid #000; outline-offset: 2px; }
`;
