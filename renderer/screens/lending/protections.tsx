/**
 * What protects this computer from what it hosts: what is missing with its danger and its fix, then what holds.
 */
import type { ReactNode } from 'react';
import type { Held, LendingView, Protection, Sharing } from '../../../agent/api/contract-lending.ts';
import { Fix } from '../../parts/fix.tsx';
import { Icon } from '../../parts/icons.tsx';
import { missingFor } from '../../words/sharing.ts';
import { lendingText } from './words.ts';

const ICONS = { kernel: 'lock', watched: 'show', none: 'cross' } as const satisfies Record<Held, string>;

/** A shape and a word. */
export function HeldMark({ held, detail }: { held: Held; detail: string }): ReactNode {
  return (
    <span className={`held ${held}`} {...(detail === '' ? {} : { title: detail })}>
      <Icon name={ICONS[held]} />
      {lendingText(`page-lending.held.${held}`)}
    </span>
  );
}

/** What `sharing` lacks here. */
export function Missing({ lending, sharing }: { lending: LendingView; sharing: Sharing }): ReactNode {
  const { protections } = lending;
  const asked = sharing === 'nobody' ? 'me' : sharing;
  return (
    <section className="missing">
      <h2 className="section">{lendingText(`page-lending.missing.title.${asked}`)}</h2>
      <ProtectionList protections={missingFor(sharing, protections)} />
    </section>
  );
}

export function ProtectionList({
  protections,
  brief = false,
}: {
  protections: readonly Protection[];
  /** Without how it was found out, where the worst of that was said already. */
  brief?: boolean;
}): ReactNode {
  return (
    <ul className="protections">
      {protections.map(({ name, title, held, detail, danger, fixes, refuses }) => (
        <li key={name} className={`protection ${refuses === null ? held : 'lacking'}`}>
          <Icon name={ICONS[held]} />
          <div className="protection-words">
            <span className="protection-title">{title}</span>
            <span className="small dim">{danger === '' ? detail : danger}</span>
            {!brief && danger !== '' && detail !== '' && <span className="small dim">{detail}</span>}
          </div>
          {fixes.length > 0 && (
            <div className="protection-fixes">
              {fixes.map((fix) => (
                <Fix key={fix} fix={fix} className="protection-fix" />
              ))}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What refuses nothing: closed at first, because it is well. */
export function Protections({ protections }: { protections: readonly Protection[] }): ReactNode {
  const fine = protections.filter(({ refuses }) => refuses === null);
  const kernel = fine.filter(({ held }) => held === 'kernel');
  const weaker = fine.filter(({ held }) => held !== 'kernel');
  if (fine.length === 0) return null;
  return (
    <section>
      <h2 className="section">{lendingText('page-lending.holds')}</h2>
      {kernel.length > 0 && (
        <details className="holds">
          <summary>
            <Icon name="lock" /> {lendingText('page-lending.holds.all', { count: kernel.length })}
            <Icon name="down" />
          </summary>
          <ProtectionList protections={kernel} />
        </details>
      )}
      {weaker.length > 0 && (
        <>
          <p className="small dim holds-weaker">{lendingText('page-lending.holds.weaker')}</p>
          <ProtectionList protections={weaker} />
        </>
      )}
    </section>
  );
}
