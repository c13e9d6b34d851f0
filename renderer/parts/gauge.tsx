/**
 * How much of something is taken: words, and a bar where the whole is known.
 */
import type { ReactNode } from 'react';

export function Gauge({
  name,
  used,
  of,
  share,
  tone = 'local',
}: {
  name: string;
  used: string;
  of: string;
  /** From 0 to 1; null when it is not known, and there is nothing to show it by. */
  share: number | null;
  tone?: 'hosting' | 'local' | 'paused';
}): ReactNode {
  return (
    <div className={`gauge of-${tone}`}>
      <span>{name}</span>
      <span className="gauge-words">
        <b>{used}</b> {of}
      </span>
      {share !== null && <meter aria-label={name} aria-valuetext={`${used} ${of}`} value={share} />}
    </div>
  );
}
