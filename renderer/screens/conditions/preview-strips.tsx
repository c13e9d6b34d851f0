/**
 * What it would have done with these rules: the last whole day as a strip, or the last seven.
 */
// oxlint-disable jsx-a11y/prefer-tag-over-role -- a strip is a picture made of parts
import { useState, type ReactNode } from 'react';
import type { Preview } from '../../../agent/api/contract-conditions.ts';
import { Waiting } from '../../parts/waiting.tsx';
import { Failure } from '../../parts/note.tsx';
import type { Loaded } from '../../state/loaded.ts';
import { useMomentText } from '../../state/moment.ts';
import { durationText } from '../../words/amounts.ts';
import { timeText } from '../../words/time.ts';
import { dayOf, KINDS, toldDay, stripOf, type Strip } from './preview.ts';
import { conditionsText, dayName, DAYS, hourText } from './words.ts';

const HOURS = [0, 6, 12, 18, 24] as const;

export function PreviewStrips({ preview }: { preview: Loaded<Preview> }): ReactNode {
  const [week, setWeek] = useState(false);
  if (preview.state === 'failed') return <Failure failure={preview.reason} />;
  if (preview.state === 'loading') {
    return (
      <div className="preview-place">
        <Waiting rows={2}>{conditionsText('page-conditions.preview.reading')}</Waiting>
      </div>
    );
  }
  const { days, knownFrom, sentence } = preview.value;
  const last = toldDay(days);
  if (knownFrom === null || last === null) {
    return <p className="under preview-none">{conditionsText('page-conditions.preview.none')}</p>;
  }
  const strips = (week ? days : [last]).map(stripOf);
  return (
    <section className="preview" aria-label={sentence}>
      <div className="preview-head">
        <h2 className="preview-sentence">{sentence}</h2>
        <button type="button" className="text-button" aria-expanded={week} onClick={() => setWeek(!week)}>
          {conditionsText(week ? 'page-conditions.preview.hide' : 'page-conditions.preview.more')}
        </button>
      </div>
      <div className={week ? 'strips week' : 'strips'}>
        {strips.map((strip) => (
          <StripRow key={strip.date} strip={strip} named={week} />
        ))}
        <div className="strip-hours" aria-hidden="true">
          {HOURS.map((hour) => (
            <span key={hour}>{hourText(hour)}</span>
          ))}
        </div>
      </div>
      <p className="strip-legend">
        {KINDS.map((kind) => {
          const seconds = strips.reduce((sum, strip) => sum + strip.seconds[kind], 0);
          return seconds < 1 ? null : (
            <span key={kind}>
              <i className={`part ${kind}`} />
              {conditionsText(`page-conditions.preview.${kind}`, { duration: durationText(seconds) })}
            </span>
          );
        })}
      </p>
      {Date.parse(knownFrom) > dayOf(strips[0]?.date ?? '')[0] && <KnownFrom at={knownFrom} />}
    </section>
  );
}

function KnownFrom({ at }: { at: string }): ReactNode {
  const when = useMomentText(at);
  if (when === null) return null;
  return (
    <p className="small dim preview-known">{conditionsText('page-conditions.preview.known', { when })}</p>
  );
}

function StripRow({ strip, named }: { strip: Strip; named: boolean }): ReactNode {
  const name = nameOf(strip.date);
  return (
    <div className="strip-row">
      {named && <span className="strip-day">{name}</span>}
      <div className="strip" role="img" aria-label={said(strip, name)}>
        {strip.parts.map(({ kind, from, begin, share }) => (
          <span
            key={from}
            className={`part ${kind}`}
            style={{ left: `${100 * begin}%`, width: `${100 * share}%` }}
          />
        ))}
      </div>
    </div>
  );
}

/** The strip for those who do not see it: at most so many parts are told one by one. */
const MOST_TOLD = 12;

function said({ parts, seconds }: Strip, day: string): string {
  const told =
    parts.length <= MOST_TOLD
      ? parts.map(({ kind, from, to }) =>
          conditionsText('page-conditions.preview.part', {
            kind: conditionsText(`page-conditions.preview.strip.${kind}`),
            from: timeText(from),
            to: timeText(to),
          }),
        )
      : KINDS.filter((kind) => seconds[kind] > 0).map((kind) =>
          conditionsText(`page-conditions.preview.${kind}`, { duration: durationText(seconds[kind]) }),
        );
  return conditionsText('page-conditions.preview.day', { day, parts: told.join(', ') });
}

function nameOf(date: string): string {
  const [begin, end] = dayOf(date);
  const now = Date.now();
  if (now >= begin && now < end) return conditionsText('page-conditions.preview.today');
  if (now >= end && now - end < end - begin) return conditionsText('page-conditions.preview.yesterday');
  const weekday = DAYS.find((day) => day === (new Date(begin).getDay() + 6) % 7);
  return weekday === undefined ? date : dayName(weekday);
}
