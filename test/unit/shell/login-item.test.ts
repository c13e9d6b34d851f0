import { describe, expect, it, vi } from 'vitest';
import { applicationMenu } from '../../../main/application-menu.ts';
import { loginItem } from '../../../main/login-item.ts';
import { userDataName } from '../../../main/user-data.ts';

function application(isPackaged = true) {
  let openAtLogin = false;
  return {
    isPackaged,
    getLoginItemSettings: vi.fn(() => ({ openAtLogin }) as Electron.LoginItemSettings),
    setLoginItemSettings: vi.fn((settings: Electron.Settings) => {
      openAtLogin = settings.openAtLogin ?? false;
    }),
  };
}

const wanted = { ready: true, failed: true, dying: true, problem: true, master: true, update: true };

describe('start at login', () => {
  it.each(['darwin', 'win32'] as const)('on %s is in the menu, and starts without a window', (platform) => {
    const app = application();
    const login = loginItem(app, platform);
    const [, item] = itemOf(
      applicationMenu({ platform, wanted, onWanted: () => {}, onQuit: () => {}, login }),
    );
    expect(item).toMatchObject({ type: 'checkbox', checked: false });
    login?.write(true);
    expect(app.setLoginItemSettings.mock.calls).toEqual([[{ openAtLogin: true, args: ['--hidden'] }]]);
    expect(login?.read()).toBe(true);
  });

  it('on Linux is the agent’s, and so is that of a clone', () => {
    expect(loginItem(application(), 'linux')).toBeNull();
    expect(loginItem(application(false), 'darwin')).toBeNull();
    const menu = applicationMenu({
      platform: 'linux',
      wanted,
      onWanted: () => {},
      onQuit: () => {},
      login: null,
    });
    expect(itemOf(menu)).toEqual([]);
  });
});

function itemOf(menu: Electron.MenuItemConstructorOptions[]): unknown[] {
  const found = menu
    .flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
    .filter(({ id }) => id === 'start-at-login');
  return found.length === 0 ? [] : ['start-at-login', ...found];
}

describe('the settings of the application', () => {
  it('are its own for each data folder that is named', () => {
    const one = userDataName({ SLAPGRID_HOME: '/one' });
    expect(one).toMatch(/^Slapgrid-[0-9a-f]{12}$/u);
    expect(userDataName({ SLAPGRID_HOME: '/one/' })).toBe(one);
    expect(userDataName({ SLAPGRID_HOME: '/other' })).not.toBe(one);
    expect(userDataName({})).toBe('Slapgrid');
  });
});
