import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { iconFiles, trayIcon, type IconKind, type TrayIcon } from '../../../main/tray/icon.ts';
import { panelShade, type PanelShade } from '../../../main/tray/panel.ts';
import { readPng } from '../../fakes/electron/png.ts';
import { connectedWith, failing, FOR_ANA, joinedTo, stateWith, withNotice } from './state.ts';

const folder = path.resolve(import.meta.dirname, '../../../assets/icons/tray');
const KINDS: IconKind[] = ['hosting', 'paused', 'local', 'problem'];
const SHADES: PanelShade[] = ['dark', 'light', 'unknown'];
const PANEL = { platform: 'linux', shade: 'unknown', scaleFactor: 1 } as const;

const names = (icon: TrayIcon): string[] => icon.files.map(({ name }) => name);

describe('the icon', () => {
  it('is one window while all is well', () => {
    expect(names(trayIcon(connectedWith({}), PANEL))).toEqual(['tray-local-22-mono-on-any.png']);
  });

  it.each([
    ['a service failed', connectedWith({ state: 'failed' })],
    ['the laptop needs somebody', { phase: 'connected', agent: withNotice(stateWith()) }],
    ['the agent does not answer', { phase: 'lost' }],
  ] as const)('shows that %s', (_what, outlook) => {
    expect(names(trayIcon(outlook, PANEL))).toEqual(['tray-problem-22-mono-on-any.png']);
  });

  it.each([
    ['works for a master', [{}], {}, 'shared', 'hosting'],
    ['hosts what nobody can be told of', [FOR_ANA], failing('master-no-network'), 'shared', 'hosting'],
    ['waits for a master, with nothing hosted', [{}], failing('master-no-network'), 'shared', 'paused'],
    ['needs somebody for a master', [{}], failing('certificate-expired'), 'shared', 'problem'],
    ['works for its person alone', [{}], { state: 'paused' as const }, 'local', 'local'],
    [
      'hosts what its master has to mend',
      [{ ...FOR_ANA, state: 'failed' as const }],
      {},
      'shared',
      'hosting',
    ],
  ] as const)('shows that it %s', (_what, instances, master, mode, kind) => {
    const agent = joinedTo(stateWith(...instances), master);
    const outlook = { phase: 'connected', agent: { ...agent, agent: { ...agent.agent, mode } } } as const;
    expect(names(trayIcon(outlook, PANEL))).toEqual([`tray-${kind}-22-mono-on-any.png`]);
  });

  it('is a template on macOS, for each density', () => {
    expect(iconFiles('local', { platform: 'darwin', shade: 'unknown', scaleFactor: 2 })).toEqual({
      template: true,
      files: [
        { scaleFactor: 1, name: 'tray-local-16-template.png' },
        { scaleFactor: 2, name: 'tray-local-32-template.png' },
      ],
    });
  });

  it.each(['dark', 'light'] as const)('has the colours for a %s panel where its shade is known', (shade) => {
    expect(names(iconFiles('local', { ...PANEL, shade }))).toEqual([`tray-local-22-color-on-${shade}.png`]);
    expect(names(iconFiles('local', { ...PANEL, platform: 'win32', shade }))).toEqual([
      `tray-local-on-${shade}.ico`,
    ]);
  });

  it.each([
    [1, 22],
    [1.25, 24],
    [1.5, 32],
    [1.75, 32],
    [2, 44],
    [2.5, 48],
    [3, 64],
    [4, 64],
  ])('at scale %d is a drawing of %d pixels, which nobody has to make smaller', (scaleFactor, pixels) => {
    expect(names(iconFiles('local', { ...PANEL, scaleFactor }))).toEqual([
      `tray-local-${pixels}-mono-on-any.png`,
    ]);
  });
});

describe('the shade of the panel', () => {
  const LIGHT = { windows: false, panel: false };
  const DARK = { windows: true, panel: true };

  it.each([
    ['win32', '', LIGHT, 'light'],
    ['win32', '', DARK, 'dark'],
    ['linux', 'KDE', LIGHT, 'light'],
    ['linux', 'KDE', DARK, 'dark'],
    ['linux', 'GNOME', LIGHT, 'dark'],
    ['linux', 'ubuntu:GNOME', LIGHT, 'dark'],
    ['linux', 'XFCE', LIGHT, 'unknown'],
    ['linux', '', DARK, 'unknown'],
    ['darwin', '', DARK, 'unknown'],
  ] as const)('on %s, %s: %j is %s', (platform, currentDesktop, dark, shade) => {
    expect(panelShade({ platform, currentDesktop }, dark)).toBe(shade);
  });
});

describe('the drawings', () => {
  const there = new Set(readdirSync(folder));
  const wanted = KINDS.flatMap((kind) =>
    SHADES.flatMap((shade) =>
      [1, 1.25, 1.5, 2, 2.5, 3].flatMap((scaleFactor) =>
        (['linux', 'darwin', 'win32'] as const).flatMap((platform) =>
          names(iconFiles(kind, { platform, shade, scaleFactor })),
        ),
      ),
    ),
  );

  it('are there, whatever is asked for, and no other is shipped', () => {
    const files = [...there].filter((name) => name !== 'drawings');
    expect(new Set(files)).toEqual(new Set(wanted));
  });

  it('are as large as their names say', () => {
    for (const name of wanted.filter((each) => each.endsWith('.png'))) {
      const size = Number(/-(\d+)-/u.exec(name)?.[1]);
      const { width, height } = readPng(readFileSync(path.join(folder, name)));
      expect([name, width, height]).toEqual([name, size, size]);
    }
  });

  it('can be seen on a dark panel and on a light one where nobody says which it is', () => {
    for (const kind of KINDS) {
      const { pixels } = readPng(readFileSync(path.join(folder, `tray-${kind}-22-mono-on-any.png`)));
      let [bright, dark] = [0, 0];
      for (let at = 0; at < pixels.length; at += 4) {
        if (pixels.readUInt8(at + 3) < 100) continue;
        if (pixels.readUInt8(at) > 200) bright += 1;
        else if (pixels.readUInt8(at) < 60) dark += 1;
      }
      expect([kind, bright > 60, dark > 60]).toEqual([kind, true, true]);
    }
  });

  it('for Windows have every size that it asks for', () => {
    for (const name of wanted.filter((each) => each.endsWith('.ico'))) {
      const file = readFileSync(path.join(folder, name));
      const sizes = Array.from({ length: file.readUInt16LE(4) }, (_, index) =>
        file.readUInt8(6 + index * 16),
      );
      expect([name, sizes]).toEqual([name, [16, 20, 24, 32, 40, 48, 64]]);
    }
  });
});
