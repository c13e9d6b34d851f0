/** What is said about pauses and about what is lent, on the screens of others. */
import english from '../../../assets/messages/en/page-pause.json' with { type: 'json' };
import { textOf } from '../../messages.ts';

export const pauseText = textOf({ en: english });
