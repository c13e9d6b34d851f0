/**
 * Where the window is put: where it was, if that can be seen.
 */
export type Rectangle = { x: number; y: number; width: number; height: number };

/** What is left of the screen beside panels and docks. The primary display comes first. */
export type Displays = readonly [Rectangle, ...Rectangle[]];

export const FIRST_SIZE = { width: 1080, height: 720 };

/** Below these the page has no sensible layout. */
export const SMALLEST_SIZE = { width: 360, height: 480 };

/** So much of the upper edge must be on a display that it can be taken hold of. */
const HANDLE = { width: 120, height: 32 };

/**
 * The place of the window that opens now.
 * @param saved where it was closed; null for the first time.
 */
export function windowBounds(saved: Rectangle | null, displays: Displays): Rectangle {
  const [primary] = displays;
  if (saved === null) return centred(FIRST_SIZE, primary);
  const display = displays.find((area) => canBeTakenHoldOf(saved, area));
  if (display === undefined) return centred(saved, primary);
  const size = fitting(saved, display);
  return { x: saved.x, y: saved.y, ...size };
}

function canBeTakenHoldOf(window: Rectangle, area: Rectangle): boolean {
  const width = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  const below = area.y + area.height - window.y;
  return width >= HANDLE.width && window.y >= area.y && below >= HANDLE.height;
}

function centred(size: { width: number; height: number }, area: Rectangle): Rectangle {
  const { width, height } = fitting(size, area);
  return {
    x: area.x + Math.round((area.width - width) / 2),
    y: area.y + Math.round((area.height - height) / 2),
    width,
    height,
  };
}

/** No larger than the display, no smaller than the page needs. */
function fitting(
  size: { width: number; height: number },
  area: Rectangle,
): { width: number; height: number } {
  return {
    width: Math.max(Math.min(size.width, area.width), SMALLEST_SIZE.width),
    height: Math.max(Math.min(size.height, area.height), SMALLEST_SIZE.height),
  };
}
