/**
 * Files for the person: from the agent by a one-time path, or from what the page itself knows.
 */

/** Has the browser save what is at `path`. The page stays as it is. */
export function download(path: string): void {
  follow(path, '');
}

/** Has the browser save `content` as the text file `name`. */
export function saveText(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: 'text/plain;charset=utf-8' }));
  follow(address, name);
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function follow(address: string, name: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
}

/**
 * A text of the agent by its one-time path, with the name that the agent gave it: so that a person can be told how it is called.
 * @param otherwise its name, when the answer has none.
 */
export async function fetchText(path: string, otherwise: string): Promise<{ name: string; content: string }> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`the download was answered by ${response.status}`);
  const [, name = otherwise] =
    /filename="([^"]+)"/u.exec(response.headers.get('content-disposition') ?? '') ?? [];
  return { name, content: await response.text() };
}
