/**
 * Which drawing the tray shows. Each is drawn on whole pixels for its size, so none is ever scaled.
 */
import { placedInstances, type Outlook } from '../outlook.ts';

/** The four windows of `hosting` and the bars of `paused` wait for an agent that can lend and pause. */
export type IconKind = 'hosting' | 'paused' | 'local' | 'problem';

/** How light the panel is that the icon stands in; on Linux nobody says. */
export type PanelShade = 'dark' | 'light' | 'unknown';

export type TrayIcon = {
  /** Of the files of `assets/icons/tray`, each for its scale factor, the factor 1 first. */
  files: readonly { scaleFactor: number; name: string }[];
  /** macOS draws it in the colour its menu bar needs. */
  template: boolean;
};

/** Sizes in pixels for each scale factor that the system asks for. */
const SIZES = {
  darwin: [
    [1, 16],
    [2, 32],
  ],
  win32: [
    [1, 16],
    [1.5, 24],
    [2, 32],
  ],
  linux: [[1, 22]],
} as const;

export function trayIcon(outlook: Outlook, platform: NodeJS.Platform, shade: PanelShade): TrayIcon {
  return iconFiles(kindOf(outlook), platform, shade);
}

export function iconFiles(kind: IconKind, platform: NodeJS.Platform, shade: PanelShade): TrayIcon {
  const system = platform === 'darwin' || platform === 'win32' ? platform : 'linux';
  const template = system === 'darwin';
  const variant = template ? 'template' : shade === 'unknown' ? 'mono-on-dark' : `color-on-${shade}`;
  const files = SIZES[system].map(([scaleFactor, pixels]) => ({
    scaleFactor,
    name: `tray-${kind}-${pixels}-${variant}.png`,
  }));
  return { files, template };
}

function kindOf(outlook: Outlook): IconKind {
  switch (outlook.phase) {
    case 'starting':
      return 'local';
    case 'connected': {
      const failed = placedInstances(outlook.agent).some(({ instance }) => instance.state === 'failed');
      return failed || outlook.agent.agent.notices.length > 0 ? 'problem' : 'local';
    }
    default:
      return 'problem';
  }
}
