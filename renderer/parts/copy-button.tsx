/**
 * Copies a value, and says so for two seconds.
 */
import { Button, type ButtonProps } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { text } from '../messages.ts';
import { announce } from './announcer.tsx';
import { Icon } from './icons.tsx';

const SHOWN_MILLISECONDS = 2000;

export function CopyButton({
  value,
  what,
  ...button
}: ButtonProps & {
  value: string;
  /** What is copied, for those who do not see where the button stands. */
  what: string;
}): ReactNode {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    announce(text('page.copied'));
  };
  return (
    <Button
      {...button}
      leftSection={<Icon name={copied ? 'check' : 'copy'} />}
      aria-label={text('page.copy.what', { what })}
      onClick={() => void copy()}
    >
      {text(copied ? 'page.copied' : 'page.copy')}
    </Button>
  );
}
