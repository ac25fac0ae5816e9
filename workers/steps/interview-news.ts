import type { InterviewNews } from '../../src/domain/interview-plan.ts';
import { addressKey, type InterviewWish } from '../../src/domain/interview.ts';
import type { InterviewNewsBody } from '../../src/store/store.ts';

/** What people did, as the main app is told: attendees by their place in its own list, and by no address. */
export function toldNews(news: readonly InterviewNews[], requested: InterviewWish): InterviewNewsBody[] {
  const places = new Map(requested.attendees.map(({ email }, index) => [addressKey(email), index]));
  return news.map((item): InterviewNewsBody => {
    switch (item.type) {
      case 'moved': {
        const { handling, from, to } = item;
        return { type: 'interview.moved', data: { handling, from, to } };
      }
      case 'changed': {
        const { handling, fields } = item;
        return { type: 'interview.changed', data: { handling, fields } };
      }
      case 'answered': {
        const answers = item.answers.map(({ email, resource, response, proposed }) => ({
          attendee: places.get(addressKey(email)),
          resource,
          response,
          proposed,
        }));
        return { type: 'interview.response', data: { answers } };
      }
    }
  });
}
