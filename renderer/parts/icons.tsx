/**
 * Small own icons, on a grid of 16, in the colour of the text around them. Words stand beside them.
 */
import type { ReactNode } from 'react';

const shapes = {
  back: <path d="M13 8H3M7 4 3 8l4 4" />,
  check: <path d="m3 8.5 3.2 3.2L13 4.8" />,
  circle: <circle cx="8" cy="8" r="5.2" strokeWidth="1.2" />,
  copy: <path d="M6 6h7v7H6zM3 10V3h7" />,
  cross: <path d="m4 4 8 8M12 4l-8 8" />,
  hide: <path d="M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM3 13 13 3" />,
  show: <path d="M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM8 6.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z" />,
  work: <path d="M8 2.8A5.2 5.2 0 1 1 2.8 8" className="turning" />,
} as const;

export function Icon({ name, size = 16 }: { name: keyof typeof shapes; size?: number }): ReactNode {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {shapes[name]}
    </svg>
  );
}
