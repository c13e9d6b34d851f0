/**
 * Copies a value, and says so for two seconds.
 */
import { ActionIcon, Button, type ButtonProps } from '@mantine/core';
import { useEffect, useState, type ReactNode, type Ref } from 'react';
import { text } from '../messages.ts';
import { announce } from './announcer.tsx';
import { Icon } from './icons.tsx';

const SHOWN_MILLISECONDS = 2000;

type Copied = {
  value: string;
  /** What is copied, for those who do not see where the button stands. */
  what: string;
};

export function CopyButton({
  value,
  what,
  words,
  ref,
  ...button
}: ButtonProps &
  Copied & {
    /** What stands on it, where “Copy” would not say enough. */
    words?: string;
    ref?: Ref<HTMLButtonElement>;
  }): ReactNode {
  const [copied, copy] = useCopy(value);
  return (
    <Button
      {...button}
      {...(ref === undefined ? {} : { ref })}
      leftSection={<Icon name={copied ? 'check' : 'copy'} />}
      aria-label={words === undefined ? text('page.copy.what', { what }) : `${words}: ${what}`}
      onClick={copy}
    >
      {copied ? text('page.copied') : (words ?? text('page.copy'))}
    </Button>
  );
}

/** Where there is no room for the word. */
export function CopyIcon({ value, what }: Copied): ReactNode {
  const [copied, copy] = useCopy(value);
  const label = text('page.copy.what', { what });
  return (
    <ActionIcon
      className="copy-icon"
      variant="subtle"
      color="gray"
      size={32}
      aria-label={label}
      title={label}
      onClick={copy}
    >
      <Icon name={copied ? 'check' : 'copy'} size={18} />
    </ActionIcon>
  );
}

/** @returns whether it was just copied, and what copies it. */
function useCopy(value: string): [boolean, () => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    const done = await writeToClipboard(value);
    setCopied(done);
    if (done) announce(text('page.copied'), 'answer');
    else announce(text('page.copy.refused'), 'assertive');
  };
  return [copied, () => void copy()];
}

/** @returns whether the browser let it be written. */
export async function writeToClipboard(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return false;
  }
}
