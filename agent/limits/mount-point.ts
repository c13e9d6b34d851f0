/** Which mount a folder is on. */

/**
 * @param mountinfo in the format of `/proc/self/mountinfo`, in which later mounts hide earlier ones.
 * @param folder absolute, without links.
 */
export function mountPointOf(mountinfo: string, folder: string): string {
  let found = '/';
  for (const line of mountinfo.split('\n')) {
    const point = unescaped(line.split(' ')[4] ?? '');
    if (point.length >= found.length && isWithin(folder, point)) found = point;
  }
  return found;
}

function isWithin(folder: string, point: string): boolean {
  return point === '/' || folder === point || (point !== '' && folder.startsWith(`${point}/`));
}

/** Blanks are written as `\040` (proc_pid_mountinfo(5)). */
function unescaped(word: string): string {
  return word.replaceAll(/\\([0-7]{3})/gu, (_, octal: string) =>
    String.fromCodePoint(Number.parseInt(octal, 8)),
  );
}
