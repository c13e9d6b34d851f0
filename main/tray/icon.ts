/**
 * Which drawing the tray shows. Each is drawn on whole pixels for its size, or is such a drawing doubled, so none is ever scaled by us.
 */
import {
  isHosted,
  isShared,
  needsPerson,
  needsYou,
  placedInstances,
  runs,
  type Outlook,
} from '../outlook.ts';
import type { PanelShade } from './panel.ts';

/**
 * `hosting`: works for masters, whether somebody uses it or not. `paused`: would, but it is paused, or no master answers and nothing is
 * hosted.
 */
export type IconKind = 'hosting' | 'paused' | 'local' | 'problem';

export type Surroundings = {
  platform: NodeJS.Platform;
  /** How light the panel is that the icon stands in. */
  shade: PanelShade;
  /** How many pixels of the display make one of the desktop. */
  scaleFactor: number;
};

export type TrayIcon = {
  /** Of the files of `assets/icons/tray`, each for its scale factor. */
  files: readonly { scaleFactor: number; name: string }[];
  /** macOS draws it in the colour its menu bar needs. */
  template: boolean;
};

/** What Linux panels take for an icon, in pixels of the desktop. */
const LINUX_SIZE = 22;

/** Sizes there are for them: drawn, or a drawing doubled. */
const LINUX_DRAWN = [22, 24, 32, 44, 48, 64] as const;

export function trayIcon(outlook: Outlook, surroundings: Surroundings): TrayIcon {
  return iconFiles(kindOf(outlook), surroundings);
}

export function iconFiles(kind: IconKind, { platform, shade, scaleFactor }: Surroundings): TrayIcon {
  if (platform === 'darwin') {
    const files = [1, 2].map((factor) => ({
      scaleFactor: factor,
      name: `tray-${kind}-${16 * factor}-template.png`,
    }));
    return { files, template: true };
  }
  if (platform === 'win32') {
    // Windows takes the size it wants out of an icon file, and only out of one.
    const variant = shade === 'light' ? 'on-light' : 'on-dark';
    return { files: [{ scaleFactor: 1, name: `tray-${kind}-${variant}.ico` }], template: false };
  }
  const variant = shade === 'unknown' ? 'mono-on-any' : `color-on-${shade}`;
  // Electron shows one picture there, pixel by pixel: the largest that does not have to be made smaller.
  const wanted = LINUX_SIZE * scaleFactor;
  const pixels = LINUX_DRAWN.findLast((size) => size <= wanted) ?? LINUX_DRAWN[0];
  return { files: [{ scaleFactor: 1, name: `tray-${kind}-${pixels}-${variant}.png` }], template: false };
}

function kindOf(outlook: Outlook): IconKind {
  switch (outlook.phase) {
    case 'starting':
      return 'local';
    case 'connected': {
      const { agent } = outlook;
      const placed = placedInstances(agent);
      const failed = placed.some(({ instance }) => needsYou(instance));
      if (failed || agent.agent.notices.length > 0) return 'problem';
      if (!isShared(agent)) return 'local';
      if (agent.masters.some(needsPerson)) return 'problem';
      if (agent.conditions.state === 'paused') return 'paused';
      const hosts = placed.some(({ instance }) => isHosted(instance) && runs(instance));
      return hosts || agent.masters.some(({ state }) => state !== 'failing') ? 'hosting' : 'paused';
    }
    default:
      return 'problem';
  }
}
