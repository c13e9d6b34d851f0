/**
 * The same request as a command for a terminal.
 */
import { UnstyledButton } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { text } from '../../messages.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { commandLineOf, type AsCommand as Command } from '../../words/command-line.ts';

export function AsCommand({ command }: { command: Command | null }): ReactNode {
  const [shown, setShown] = useState(false);
  return (
    <div className="as-command">
      <UnstyledButton className="link-button" aria-expanded={shown} onClick={() => setShown(!shown)}>
        {text(shown ? 'page.request.command.hide' : 'page.request.command.show')}
      </UnstyledButton>
      {shown && command !== null && <Shown command={command} />}
    </div>
  );
}

function Shown({ command: given }: { command: Command }): ReactNode {
  const { command, file, secrets } = commandLineOf(given);
  return (
    <>
      <Code words={command} what={text('page.request.command')} />
      {file !== null && (
        <>
          <p className="small dim">{text('page.request.command.file')}</p>
          <Code words={file} what="parameters.json" />
        </>
      )}
      {secrets.length > 0 && (
        <p className="small dim">{text('page.request.command.secrets', { names: secrets.join(', ') })}</p>
      )}
    </>
  );
}

function Code({ words, what }: { words: string; what: string }): ReactNode {
  return (
    <div className="code">
      <pre>{words}</pre>
      <CopyButton value={words} what={what} variant="default" size="compact-sm" />
    </div>
  );
}
