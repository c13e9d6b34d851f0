/** A page that nobody looks at is not painted. */
const UNSEEN_MILLISECONDS = 250;

/** Resolves when what was drawn so far is on the display: what is loaded from then on does not keep it waiting. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, UNSEEN_MILLISECONDS);
    // Called before the frame is painted; what it puts off comes after.
    requestAnimationFrame(() => setTimeout(resolve));
  });
}
