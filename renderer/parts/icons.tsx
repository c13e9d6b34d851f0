/**
 * Small own icons, on a grid of 16, in the colour of the text around them. Words stand beside them.
 */
import type { ReactNode } from 'react';

const shapes = {
  alert: <path d="M8 2 1.8 13.2h12.4zM8 6.2v3.4M8 11.6v.1" />,
  back: <path d="M13 8H3M7 4 3 8l4 4" />,
  check: <path d="m3 8.5 3.2 3.2L13 4.8" />,
  circle: <circle cx="8" cy="8" r="5.2" strokeWidth="1.2" />,
  command: <path d="m3 4.5 3.5 3.5L3 11.5M8 12h5" />,
  conditions: (
    <path d="M2.5 4h6M12 4h1.5M2.5 8h1.5M7.5 8h6M2.5 12h5M11 12h2.5M8.5 4a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 0 0-3.4 0zM4 8a1.7 1.7 0 1 0 3.4 0A1.7 1.7 0 0 0 4 8zM7.5 12a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 0 0-3.4 0z" />
  ),
  copy: (
    <path d="M7 5.5h5A1.5 1.5 0 0 1 13.5 7v5A1.5 1.5 0 0 1 12 13.5H7A1.5 1.5 0 0 1 5.5 12V7A1.5 1.5 0 0 1 7 5.5zM10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5" />
  ),
  cross: <path d="m4 4 8 8M12 4l-8 8" />,
  download: <path d="M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11" />,
  down: <path d="m3.5 6 4.5 4.5L12.5 6" />,
  doctor: (
    <path d="M4.2 2.2H3v3.6a3 3 0 0 0 6 0V2.2H7.8M6 8.8v1.7a3.3 3.3 0 0 0 6.6 0V9.2M12.6 9.2a1.3 1.3 0 1 0 0-2.6 1.3 1.3 0 0 0 0 2.6z" />
  ),
  forward: <path d="M3 8h10M9 4l4 4-4 4" />,
  hide: <path d="M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM3 13 13 3" />,
  key: <path d="M10.2 8.9a3.1 3.1 0 1 0-2.9-2.9L2.5 10.8v2.7h2.7v-1.7h1.7v-1.7z" />,
  lending: (
    <path d="M8 13.4 2.9 8.2a3.1 3.1 0 0 1 4.4-4.4L8 4.5l.7-.7a3.1 3.1 0 0 1 4.4 4.4zM8 4.5 5.7 6.8a1 1 0 0 0 1.5 1.4l1.3-1.1 2.9 2.8" />
  ),
  lock: <path d="M4 7h8v6H4zM5.7 7V5a2.3 2.3 0 0 1 4.6 0v2" />,
  more: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2.2" />,
  open: <path d="M9 3h4v4M13 3 7.5 8.5M11 9.5V13H3V5h3.5" />,
  overview: <path d="m2.5 7.5 5.5-5 5.5 5M4 6.5V13h8V6.5M6.7 13V9.5h2.6V13" />,
  partitions: <path d="M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z" />,
  pause: <path d="M5 3h1.8v10H5zM9.2 3H11v10H9.2z" fill="currentColor" />,
  restart: <path d="M12.9 6.2A5.2 5.2 0 1 0 13.2 8.6M13.2 2.8v3.4H9.8" />,
  resume: <path d="M5 3.2v9.6L12.6 8z" fill="currentColor" />,
  search: <path d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2" />,
  services: <path d="M2.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4zM11.5 2.2v4.6M9.2 4.5h4.6" />,
  settings: (
    <path
      d="m6.9 3.5.2-1.5h1.8l.2 1.5 1.3.6 1.2-1 1.3 1.3-1 1.2.6 1.3 1.5.2v1.8l-1.5.2-.6 1.3 1 1.2-1.3 1.3-1.2-1-1.3.6-.2 1.5H7.1l-.2-1.5-1.3-.6-1.2 1-1.3-1.3 1-1.2-.6-1.3L2 8.9V7.1l1.5-.2.6-1.3-1-1.2 1.3-1.3 1.2 1zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z"
      strokeWidth="1.2"
    />
  ),
  show: <path d="M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM8 6.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z" />,
  start: <path d="M5 3.2v9.6L12.6 8z" />,
  stop: <path d="M4 4h8v8H4z" />,
  usage: <path d="M2.5 2.5v11h11M5 11V9l2.5-3.5L10 7.5 13 4v7z" />,
  up: <path d="M3.5 10 8 5.5l4.5 4.5" />,
  work: <path d="M8 2.8A5.2 5.2 0 1 1 2.8 8" className="turning" />,
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }): ReactNode {
  return (
    <LineDrawing size={size} width="1.5">
      {shapes[name]}
    </LineDrawing>
  );
}

/** Shapes on a grid of 16, in the colour of the words beside them. @param width of a line, on that grid. */
export function LineDrawing({
  size,
  width,
  children,
}: {
  size: number;
  width: string;
  children: ReactNode;
}): ReactNode {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth={width}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}
