/**
 * What is about to be saved, to be read before it is.
 */
import { Button, Modal } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { AgentState, CheckResult } from '../../../agent/api/contract.ts';
import { saveText } from '../../connection/download.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { useStore } from '../../state/hooks.ts';
import { diagnosticsText } from './diagnostics.ts';

type Properties = {
  agent: AgentState;
  checks: readonly CheckResult[];
  opened: boolean;
  onClose: () => void;
};

export function DiagnosticsDialog(properties: Properties): ReactNode {
  const { opened, onClose } = properties;
  return (
    <Modal.Root opened={opened} onClose={onClose} size={720} radius="lg" centered>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content className="dialog">
        <Modal.Body>
          <Modal.Title className="dialog-title">{text('page.doctor.export.title')}</Modal.Title>
          <Diagnostics {...properties} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** As it was when the dialog opened: what was read is what is saved. */
function Diagnostics({ agent, checks, onClose }: Properties): ReactNode {
  const store = useStore();
  const [content] = useState(() => {
    const { usage, settings } = store.snapshot();
    return diagnosticsText({
      agent,
      usage,
      settings: settings.state === 'loaded' ? settings.value : null,
      checks,
      now: Date.now(),
      browser: navigator.userAgent,
    });
  });
  const save = (): void => {
    saveText('slapgrid-diagnostics.txt', content);
    announce(text('page.doctor.export.saved'), 'answer');
    onClose();
  };
  return (
    <>
      <p className="under">{text('page.doctor.export.under')}</p>
      <section
        className="diagnostics"
        aria-label={text('page.doctor.export.title')}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <pre>{content}</pre>
      </section>
      <div className="buttons end">
        <Button variant="default" onClick={onClose}>
          {text('page.cancel')}
        </Button>
        <CopyButton variant="default" value={content} what={text('page.doctor.diagnostics')} />
        <Button onClick={save} data-autofocus>
          {text('page.doctor.export.save')}
        </Button>
      </div>
    </>
  );
}
