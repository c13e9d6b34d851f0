/** What the tour says about lending, which comes with it. */
import english from '../../assets/messages/en/page-tour.json' with { type: 'json' };
import { textOf } from '../messages.ts';

export const tourText = textOf({ en: english });
