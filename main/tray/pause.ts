/** What the tray says and offers of a pause: by whom, why, until when, and the ways into it and out of it. */
import type { ConditionsView, Reason } from '../../agent/api/contract-conditions.ts';
import type { Action } from '../action.ts';
import { clockText, shownSentence, text } from '../words.ts';

type Offer = { id: string; label: string; action?: Action; submenu?: Offer[] };

/** “Paused: on battery, and you are busy.”: two reasons at most, the worst first. */
export function pausedSentence(reasons: readonly Reason[]): string {
  const [first, second] = reasons;
  if (first === undefined) return text('shell.sentence.paused.unknown');
  if (first.cause === 'person' && second === undefined) {
    const until = timeOf(first.until);
    return text('shell.sentence.paused.person', {
      known: until === null ? 'no' : 'yes',
      time: until === null ? '' : whenText(until),
    });
  }
  return text('shell.sentence.paused', {
    first: shownSentence(first.sentence),
    more: second === undefined ? 'no' : 'yes',
    second: shownSentence(second?.sentence ?? ''),
  });
}

/** “Resumes at 18:00 at the earliest”; null when nobody can say. */
export function resumeEvent({ state, reasons, until }: ConditionsView): string | null {
  if (state !== 'paused' || (reasons.length === 1 && reasons[0]?.cause === 'person')) return null;
  const known = reasons.map((reason) => timeOf(reason.until)).filter((at) => at !== null);
  if (known.length === 0) return null;
  const time = whenText(Math.max(...known));
  return text('shell.next.resumes', { time, sure: until === null ? 'no' : 'yes' });
}

/** Below the mode. */
export function pauseItems(conditions: ConditionsView): Offer[] {
  const { state, said, reasons } = conditions;
  const resume: Offer = {
    id: 'resume',
    label: text('shell.menu.resume'),
    action: { do: 'resume', forMinutes: null },
  };
  if (state === 'paused') {
    const isByConditions = reasons.some(({ cause }) => cause !== 'person');
    const anyway: Offer = {
      id: 'resume-anyway',
      label: text('shell.menu.resume-anyway'),
      action: { do: 'resume', forMinutes: 60 },
    };
    return [
      ...(said === null ? [] : [resume]),
      ...(isByConditions ? [anyway] : []),
      { id: 'why-paused', label: text('shell.menu.why-paused'), submenu: reasons.map(reasonItem) },
    ];
  }
  const pause: Offer = { id: 'pause', label: text('shell.menu.pause'), submenu: pauseChoices() };
  if (said?.kind === 'run') {
    return [{ ...resume, label: text('shell.menu.follow-conditions') }, pause];
  }
  return said?.kind === 'finish' ? [resume, pause] : [pause];
}

function pauseChoices(): Offer[] {
  const lengths = [15, 60, 'tomorrow', 'resumed'] as const;
  return [
    ...lengths.map((length): Offer => ({
      id: `pause-${length}`,
      label: text(`shell.menu.pause.${length}`),
      action: { do: 'pause', for: length },
    })),
    { id: 'finish', label: text('shell.menu.finish'), action: { do: 'finish' } },
  ];
}

function reasonItem({ cause, sentence, ends }: Reason): Offer {
  return {
    id: `why-${cause}`,
    label: text('shell.menu.reason', { sentence: shownSentence(sentence), ends: shownSentence(ends) }),
  };
}

function timeOf(iso: string | null): number | null {
  const at = Date.parse(iso ?? '');
  return Number.isNaN(at) ? null : at;
}

/** Farther away the name of a day would be taken for another. */
const NAMED_MILLISECONDS = 6 * 86_400_000;

/** `18:00`; of another day, `Tue 18:00`; of one that is far away, `7 Dec 18:00`. */
function whenText(at: number): string {
  const now = Date.now();
  if (new Date(at).toDateString() === new Date(now).toDateString()) return clockText(at);
  const isNear = Math.abs(at - now) < NAMED_MILLISECONDS;
  const day = new Intl.DateTimeFormat(
    undefined,
    isNear ? { weekday: 'short' } : { day: 'numeric', month: 'short' },
  );
  return `${day.format(at)} ${clockText(at)}`;
}
