/**
 * How much was downloaded when the downloading ended: what is kept when the rest goes wrong.
 */
import { useState } from 'react';
import type { InstanceView, Progress } from '../../../agent/api/contract.ts';

/** null when nothing was seen being downloaded since this screen was opened. */
export function useLastDownload({ progress }: InstanceView): Progress | null {
  const [last, setLast] = useState<Progress | null>(null);
  if (progress !== null && progress !== last && progress.step === 'downloading') setLast(progress);
  return last;
}
