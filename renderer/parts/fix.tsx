/**
 * What to do, in words, and below them the commands to run, each with what copies it.
 */
import type { ReactNode } from 'react';
import { fixWords } from '../words/fix.ts';
import { CopyButton } from './copy-button.tsx';

export function Fix({ fix, className }: { fix: string; className?: string }): ReactNode {
  const { words, commands } = fixWords(fix);
  return (
    <>
      <p className={className}>{words}</p>
      {commands.map((command) => (
        <div key={command} className="command">
          <code className="mono">{command}</code>
          <CopyButton variant="default" size="compact-sm" value={command} what={command} />
        </div>
      ))}
    </>
  );
}
