/**
 * The desktop's panel, as far as the desktop lets it be known.
 */

/** How light the panel is that the icon stands in; `unknown` where nobody says. */
export type PanelShade = 'dark' | 'light' | 'unknown';

export type Desktop = {
  platform: NodeJS.Platform;
  /** `XDG_CURRENT_DESKTOP`: names from the most special to the most general, with colons between. */
  currentDesktop: string;
};

/**
 * Windows says how light its panel is. On Linux Plasma's panel is as light as its windows, and GNOME's is dark whatever they are;
 * the others are as their theme happens to be. macOS draws the icon itself.
 */
export function panelShade(
  { platform, currentDesktop }: Desktop,
  dark: { windows: boolean; panel: boolean },
): PanelShade {
  if (platform === 'win32') return dark.panel ? 'dark' : 'light';
  if (platform !== 'linux') return 'unknown';
  const names = namesOf(currentDesktop);
  if (names.includes('kde')) return dark.windows ? 'dark' : 'light';
  return names.includes('gnome') ? 'dark' : 'unknown';
}

/** Whether it is GNOME, which shows tray icons with an extension only. */
export function isGnome({ currentDesktop }: Desktop): boolean {
  return namesOf(currentDesktop).includes('gnome');
}

function namesOf(currentDesktop: string): string[] {
  return currentDesktop.toLowerCase().split(':');
}
