/**
 * The link that opened the window at the form. Its token stands in no address and no history: the application keeps the link until
 * it is asked for once, by the name that the address has instead.
 */

/** null when there is none of that name (any more): also in a browser, where there is no application to ask. */
export async function takeInvitation(name: string): Promise<string | null> {
  try {
    const response = await fetch(`/invitation/${encodeURIComponent(name)}`, { method: 'POST' });
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}
