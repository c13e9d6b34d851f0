/**
 * One own icon for each condition, on the grid of the others. Words stand beside them.
 */
import type { ReactNode } from 'react';
import type { ConditionName } from '../../agent/api/contract-conditions.ts';
import { LineDrawing } from './icons.tsx';

const shapes: Readonly<Record<ConditionName | 'person', ReactNode>> = {
  battery: <path d="M2 5.5h10v5H2zM12 7h1.8v2H12M7.6 4.2 6 8h2.2L6.6 11.8" />,
  activity: <path d="M8 8.2a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM3 13.5a5 5 0 0 1 10 0" />,
  load: <path d="M2.8 12a6 6 0 1 1 10.4 0M8 9l2.8-3.4" />,
  metered: (
    <path d="M1.8 6.3a9 9 0 0 1 12.4 0M4 8.8a5.8 5.8 0 0 1 8 0M6.2 11.1a2.6 2.6 0 0 1 3.6 0M8 13.3v.1" />
  ),
  temperature: <path d="M6.3 9.2V3.5a1.7 1.7 0 0 1 3.4 0v5.7a3 3 0 1 1-3.4 0zM8 6v5.5" />,
  disk: (
    <path d="M8 2c3.3 0 5.5.9 5.5 2S11.3 6 8 6 2.5 5.1 2.5 4 4.7 2 8 2zM2.5 4v8c0 1.1 2.2 2 5.5 2s5.5-.9 5.5-2V4M2.5 8c0 1.1 2.2 2 5.5 2s5.5-.9 5.5-2" />
  ),
  fullscreen: <path d="M2 3h12v8H2zM6 13.5h4M8 11v2.5" />,
  schedule: <path d="M3 3.5h10v10H3zM3 6.5h10M5.5 2v2.5M10.5 2v2.5M8 8.5v2l1.5 1" />,
  person: <path d="M5.5 3v10M10.5 3v10" strokeWidth="2.2" />,
};

export function ConditionIcon({
  name,
  size = 18,
}: {
  name: ConditionName | 'person';
  size?: number;
}): ReactNode {
  return (
    <LineDrawing size={size} width="1.3">
      {shapes[name]}
    </LineDrawing>
  );
}
