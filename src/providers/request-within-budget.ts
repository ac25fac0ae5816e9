import { urgencyOfNext } from '../domain/budget.ts';
import type { Access, BudgetRequest, RequestBudget } from './provider.ts';

/**
 * One request to a vendor's API, once the budget has room for it; `send` reads the answer whole. A refusal that names a
 * time holds back what else this account wants until then, in every process. Where the haste of the work is used up, the
 * request goes in the background.
 */
export async function withinBudget<Answer extends { readonly status: number }>(
  budget: RequestBudget,
  { haste, ...request }: BudgetRequest & Pick<Access, 'haste'>,
  send: () => Promise<Answer>,
  retryAfterOf: (answer: Answer) => number | undefined,
): Promise<Answer> {
  const urgency = urgencyOfNext(request.urgency, haste);
  const release = await budget.admit({ ...request, urgency });
  try {
    const answer = await send();
    const retryAfterMs = answer.status < 400 ? undefined : retryAfterOf(answer);
    if (retryAfterMs !== undefined) await budget.pause(request, retryAfterMs);
    return answer;
  } finally {
    release();
  }
}
