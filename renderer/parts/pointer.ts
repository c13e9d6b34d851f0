/**
 * Where the person points, and what that moves.
 */

/** On a touch screen a focus calls a keyboard up over half of the screen. */
const HAS_KEYBOARD = '(hover: hover) and (pointer: fine)';

export function hasKeyboard(): boolean {
  return matchMedia(HAS_KEYBOARD).matches;
}

/** Leaving a field may put a line under it, which would move the button away from under the pointer that presses it. */
export function keepFocus(event: { preventDefault: () => void }): void {
  event.preventDefault();
}

/**
 * Does what moves the page about only once nothing is pressed: what a person is pressing would not be there any more when they let
 * go. At once for who uses the keyboard.
 */
export function onceReleased(act: () => void): void {
  if (document.querySelector(':active') === null) {
    act();
    return;
  }
  const released = new AbortController();
  const { signal } = released;
  const done = (): void => {
    released.abort();
    // After the click that the release makes.
    setTimeout(act);
  };
  // On a touch screen the focus moves after the pointer is up, and a click follows.
  for (const event of ['pointerup', 'pointercancel', 'click']) {
    globalThis.addEventListener(event, done, { capture: true, signal });
  }
}
