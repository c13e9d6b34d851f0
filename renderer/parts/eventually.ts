const AGAIN_MILLISECONDS = 1000;

/** Loads a part that what is shown can do without for a while: until the agent serves it. */
export async function eventually<Part>(load: () => Promise<Part>): Promise<Part> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => {
        setTimeout(resolve, AGAIN_MILLISECONDS);
      });
    }
  }
}
