import type { FailureCode } from '../../domain/failure.ts';
import { parseObject, textOf } from './wire.ts';

/**
 * Why a grant died, or is kept from working, in a sentence for people; undefined where it is about something else, or not known. Google says most of it in words meant for
 * developers (`error_description`), which are read here and never repeated.
 */
export function whyDead(code: FailureCode, text: string): string | undefined {
  if (code !== 'grant_revoked' && code !== 'admin_policy') return undefined;
  const body = parseObject(text);
  const said = ['error', 'error_subtype', 'error_description'].map((field) => textOf(body?.[field]) ?? '');
  return causes.find(([marker]) => said.some((words) => marker.test(words)))?.[1];
}

const causes: readonly (readonly [RegExp, string])[] = [
  [/^admin_policy_enforced$/, 'An administrator of the organization restricts what this app may do.'],
  [
    /invalid_rapt|rapt_required|reauth/i,
    'The organization’s session policy wants the user to sign in again.',
  ],
  [/account has been deleted/i, 'The Google account was deleted.'],
  [/account\b.*\b(?:disabled|suspended)/i, 'The Google account is disabled or suspended.'],
  [
    /token has been (?:expired or )?revoked/i,
    'Google does not say why: the user removed the app, the permission was given for a limited time or lay unused for six months, or the account was connected more than a hundred times.',
  ],
];
