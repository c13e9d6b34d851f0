/**
 * Why this computer cannot be lent at all yet, the one command that helps most, and all that is missing.
 */
import type { ReactNode } from 'react';
import type { LendingView, Sharing } from '../../../agent/api/contract-lending.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Note } from '../../parts/note.tsx';
import { fixWords } from '../../words/fix.ts';
import { missingFor } from '../../words/sharing.ts';
import { ProtectionList } from './protections.tsx';
import { lendingText } from './words.ts';

export function Cannot({ lending, sharing }: { lending: LendingView; sharing: Sharing }): ReactNode {
  const missing = missingFor(sharing, lending.protections);
  const [worst] = missing;
  const { words, commands } = fixWords(worst?.fixes[0] ?? '');
  const [command] = commands;
  return (
    <>
      {worst !== undefined && (
        <div className="cannot">
          <Note
            tone="problem"
            {...(command === undefined
              ? {}
              : {
                  action: (
                    <CopyButton
                      value={command}
                      what={command}
                      words={lendingText('page-lending.cannot.command')}
                    />
                  ),
                })}
          >
            <b>{worst.detail === '' ? worst.title : worst.detail}</b> {words.replace(/:$/u, '.')}{' '}
            {lendingText('page-lending.cannot.again')}
            {command !== undefined && <code className="cannot-command mono">{command}</code>}
          </Note>
        </div>
      )}
      {missing.length > 0 && (
        <section>
          <h2 className="section">{lendingText('page-lending.missing')}</h2>
          <ProtectionList protections={missing} brief />
        </section>
      )}
    </>
  );
}
