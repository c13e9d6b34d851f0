/**
 * What a person is asked about a link before anything happens, and what happens when they agree.
 */
import type { Action } from '../action.ts';
import { text } from '../words.ts';
import type { Link } from './link.ts';

export type Question = {
  message: string;
  detail: string;
  /** Null where there is nothing to agree to. */
  agree: { label: string; action: Action } | null;
};

/** @param link null for one that was not understood: it says so, and shows nothing of it. */
export function questionAbout(link: Link | null): Question {
  switch (link?.kind) {
    case 'request':
      return {
        message: text('shell.link.request', { software: link.software }),
        detail: text('shell.link.request.detail'),
        agree: look(`#/request/${encodeURIComponent(link.software)}`),
      };
    case 'request-url':
      return {
        message: text('shell.link.request-url', { host: new URL(link.url).host }),
        detail: text('shell.link.request-url.detail', { url: link.url }),
        agree: look(`#/request-url/${encodeURIComponent(link.url)}`),
      };
    case 'join':
      return {
        message: text('shell.link.join', { host: new URL(link.master).host }),
        detail: text('shell.link.join.detail'),
        agree: { label: text('shell.link.look'), action: { do: 'join', link: link.link } },
      };
    default:
      return {
        message: text('shell.link.refused'),
        detail: text('shell.link.refused.detail'),
        agree: null,
      };
  }
}

function look(screen: string): { label: string; action: Action } {
  return { label: text('shell.link.look'), action: { do: 'open', screen } };
}
