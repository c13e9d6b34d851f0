import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { iconFiles, trayIcon, type IconKind, type PanelShade } from '../../../main/tray/icon.ts';
import { connectedWith, stateWith, withNotice } from './state.ts';

const folder = path.resolve(import.meta.dirname, '../../../assets/icons/tray');
const names = (icon: ReturnType<typeof trayIcon>): string[] => icon.files.map(({ name }) => name);

describe('the icon', () => {
  it('is one window while all is well', () => {
    expect(names(trayIcon(connectedWith({}), 'linux', 'unknown'))).toEqual([
      'tray-local-22-mono-on-dark.png',
    ]);
  });

  it.each([
    ['a service failed', connectedWith({ state: 'failed' })],
    ['the laptop needs somebody', { phase: 'connected', agent: withNotice(stateWith()) }],
    ['the agent does not answer', { phase: 'lost' }],
  ] as const)('shows that %s', (_what, outlook) => {
    expect(names(trayIcon(outlook, 'linux', 'unknown'))).toEqual(['tray-problem-22-mono-on-dark.png']);
  });

  it('is a template on macOS, for each density', () => {
    expect(trayIcon({ phase: 'starting' }, 'darwin', 'dark')).toEqual({
      template: true,
      files: [
        { scaleFactor: 1, name: 'tray-local-16-template.png' },
        { scaleFactor: 2, name: 'tray-local-32-template.png' },
      ],
    });
  });

  it.each(['dark', 'light'] as const)('has the colours for a %s panel where its shade is known', (shade) => {
    const icon = trayIcon({ phase: 'starting' }, 'win32', shade);
    expect(names(icon)).toEqual([16, 24, 32].map((size) => `tray-local-${size}-color-on-${shade}.png`));
  });
});

it('has a drawing for whatever it asks for', () => {
  const there = new Set(readdirSync(folder));
  const kinds: IconKind[] = ['hosting', 'paused', 'local', 'problem'];
  const shades: PanelShade[] = ['dark', 'light', 'unknown'];
  const wanted = kinds.flatMap((kind) =>
    shades.flatMap((shade) =>
      (['linux', 'darwin', 'win32'] as const).flatMap((platform) => names(iconFiles(kind, platform, shade))),
    ),
  );
  expect(wanted.filter((name) => !there.has(name))).toEqual([]);
});
