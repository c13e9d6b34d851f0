/**
 * Puts the application together. It decides nothing: what is shown follows from what the agent says, and what a person chooses
 * is done by the agent.
 */
import path from 'node:path';
import process from 'node:process';
import { app, clipboard, dialog, Menu, powerMonitor, protocol, session } from 'electron';
import type { ErrorView } from '../agent/api/contract.ts';
import type { Action } from './action.ts';
import { applicationMenu } from './application-menu.ts';
import type { AgentAddress } from './connection/address.ts';
import { createAgentClient } from './connection/client.ts';
import { ensureAgent } from './connection/command.ts';
import { AgentFollower } from './connection/follower.ts';
import { createPipe } from './connection/pipe.ts';
import { refusalOf } from './connection/refusal.ts';
import { DesktopTeller } from './desktop/facts.ts';
import { Invitations } from './links/invitations.ts';
import { parseLink } from './links/link.ts';
import { questionAbout } from './links/question.ts';
import { loginItem } from './login-item.ts';
import { Notifier } from './notifications/notifier.ts';
import type { Outlook } from './outlook.ts';
import { findPageFiles } from './page/files.ts';
import { PAGE_SCHEME, pageHandler } from './page/scheme.ts';
import { openSettings } from './settings.ts';
import { explainAbsence } from './tray/absence.ts';
import type { Desktop } from './tray/panel.ts';
import type { TrayState } from './tray/template.ts';
import { TrayPresence } from './tray/tray.ts';
import { guardSession } from './window/guard.ts';
import { PageWindow } from './window/window.ts';
import { text } from './words.ts';

export type ShellOptions = {
  /** The `slapgrid` command. */
  command: string;
  /** What opens this application again: the program, then its arguments. */
  application: readonly string[];
  /** Folder of the built page. */
  page: string;
  /** Folder of the drawings. */
  icons: string;
  /** Folder of the application's own settings. */
  settings: string;
  /** Whether it begins without a window. */
  hidden: boolean;
};

export type Shell = {
  /** Shows the window. */
  show(): void;
  /** Asks about a link, as it was given. */
  openLink(link: string): void;
};

function report(error: unknown): void {
  console.error(error);
}

/** So often it is tried again to keep what the disk did not take. */
const KEEP_MILLISECONDS = 10_000;

/** Call it when the application is ready. */
export async function startShell(options: ShellOptions): Promise<Shell> {
  const settings = openSettings({
    folder: options.settings,
    now: Date.now,
    onFault: report,
    onUnkept: () => tray.setState(trayState(follower.outlook)),
  });
  let address: AgentAddress | null = null;
  /** Whether a person waits for the agent: they are told at once when it cannot be started. */
  let awaited = false;
  const pipe = createPipe(
    () => address,
    () => (follower.outlook.phase === 'failed' ? follower.outlook.error : null),
  );
  const client = createAgentClient(pipe);
  const invitations = new Invitations();
  guardSession(session.defaultSession);
  protocol.handle(PAGE_SCHEME, pageHandler(await findPageFiles(options.page), pipe, invitations));

  const desktop: Desktop = {
    platform: process.platform,
    currentDesktop: process.env['XDG_CURRENT_DESKTOP'] ?? '',
  };
  let quitting = false;
  const window = new PageWindow(
    { read: () => settings.read().place, write: (place) => settings.write({ place }) },
    path.join(options.icons, 'application', '256x256.png'),
    () => {
      if (!quitting) void leaveReachable().catch(report);
    },
  );
  const act = (action: Action): void => void perform(action).catch(tellRefusal).catch(report);
  const notifier = new Notifier({
    windowShown: () => window.shown,
    onAction: act,
    now: () => performance.now(),
  });
  const trayState = (outlook: Outlook): TrayState => ({
    outlook,
    unkept: settings.unkept,
  });
  const tray = new TrayPresence(
    { icons: path.join(options.icons, 'tray'), desktop, onAction: act },
    trayState({ phase: 'starting' }),
  );
  const teller = new DesktopTeller({
    power: powerMonitor,
    tell: (facts) => client.call.tellDesktop.mutate(facts),
    every: (milliseconds, call) => {
      const timer = setInterval(call, milliseconds);
      return () => clearInterval(timer);
    },
  });
  const follower = new AgentFollower({
    ensure: () => ensureAgent(options.command, options.application),
    onAddress: (found) => {
      address = found;
    },
    client,
    onOutlook: (outlook) => {
      tray.setState(trayState(outlook));
      showMenu(outlook);
      notifier.setOutlook(outlook);
      teller.setOutlook(outlook);
      if (outlook.phase === 'failed' && awaited) void tellFailure(outlook).catch(report);
      if (outlook.phase !== 'starting') awaited = false;
    },
  });

  const connectForPerson = (): void => {
    awaited = true;
    follower.connect();
  };

  const perform = async (action: Action): Promise<void> => {
    switch (action.do) {
      case 'open':
        connectForPerson();
        await window.show(action.screen);
        break;
      case 'copy':
        await clipboard.writeText(action.text);
        break;
      case 'reconnect':
        connectForPerson();
        break;
      case 'keep-settings':
        settings.keep();
        break;
      case 'notify':
        await client.call.setNotification.mutate({ kind: action.kind, wanted: action.wanted });
        break;
      case 'join':
        connectForPerson();
        await window.show(`#/join/${invitations.keep(action.link)}`);
        break;
      case 'mode':
        await client.call.setMode.mutate({ mode: action.mode });
        break;
      case 'pause':
        await client.call.pause.mutate({ for: action.for });
        break;
      case 'finish':
        await client.call.finish.mutate();
        break;
      case 'resume':
        await client.call.resume.mutate({ forMinutes: action.forMinutes });
        break;
      case 'ask':
        await client.call.askMaster.mutate({ id: action.master });
        break;
      case 'quit':
        app.quit();
        break;
      default:
        await client.call[action.do].mutate({ name: action.name });
    }
  };

  const tellFailure = async ({ error }: Extract<Outlook, { phase: 'failed' }>): Promise<void> => {
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: error.sentence,
      detail: adviceOf(error),
      buttons: [text('shell.dialog.try-again'), text('shell.dialog.close'), text('shell.dialog.quit')],
      cancelId: 1,
      noLink: true,
    });
    if (response === 0) act({ do: 'reconnect' });
    if (response === 2) act({ do: 'quit' });
  };

  /** Closed, the window can be had back by the tray; where there is none, a person learns how, once. */
  const leaveReachable = async (): Promise<void> => {
    if (settings.read().trayExplained || (await tray.isShown()) || quitting) return;
    settings.write({ trayExplained: true });
    if ((await explainAbsence(desktop)) === 'quit') act({ do: 'quit' });
  };

  /** Of the window. Drawn anew only when it says something else: who has it open goes on. */
  let shownMenu: string | null = null;
  const showMenu = (outlook: Outlook): void => {
    const wanted = outlook.phase === 'connected' ? outlook.agent.agent.notifications : null;
    if (JSON.stringify(wanted) === shownMenu) return;
    shownMenu = JSON.stringify(wanted);
    const menu = applicationMenu({
      platform: desktop.platform,
      wanted,
      onWanted: (kind, isWanted) => act({ do: 'notify', kind, wanted: isWanted }),
      onQuit: () => act({ do: 'quit' }),
      login: loginItem(app, desktop.platform),
    });
    Menu.setApplicationMenu(Menu.buildFromTemplate(menu));
  };

  const keeping = setInterval(() => settings.keep(), KEEP_MILLISECONDS);
  app.on('before-quit', () => {
    quitting = true;
    clearInterval(keeping);
    settings.keep();
    follower.close();
    notifier.close();
    teller.close();
  });
  showMenu(follower.outlook);
  let asking = false;
  follower.connect();
  if (!options.hidden) act({ do: 'open' });
  if (settings.setAside !== null) void tellSettings(settings.setAside);
  return {
    show: () => act({ do: 'open' }),
    openLink: (link) => {
      // One question at a time: a page that offers many links must not bury the desktop.
      if (asking) return;
      asking = true;
      void askAbout(link, act)
        .catch(report)
        .finally(() => {
          asking = false;
        });
    },
  };
}

/** What was chosen in a menu and not done: who chose it looks nowhere else. */
async function tellRefusal(error: unknown): Promise<void> {
  report(error);
  const refusal = refusalOf(error);
  if (refusal === null) return;
  await dialog.showMessageBox({
    type: 'warning',
    message: refusal.sentence,
    detail: adviceOf(refusal),
    buttons: [text('shell.dialog.close')],
  });
}

/** The next step, and what to ask others for. */
function adviceOf({ code, nextStep }: ErrorView): string {
  return [nextStep, text('shell.dialog.code', { code })].filter((each) => each !== '').join('\n\n');
}

/** Nothing happens before a person agrees; the button that is under the finger does nothing. */
async function askAbout(link: string, act: (action: Action) => void): Promise<void> {
  const { message, detail, agree } = questionAbout(parseLink(link));
  if (agree === null) {
    await dialog.showMessageBox({ type: 'info', message, detail, buttons: [text('shell.dialog.close')] });
    return;
  }
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message,
    detail,
    buttons: [agree.label, text('shell.link.ignore')],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  });
  if (response === 0) act(agree.action);
}

async function tellSettings(setAside: string): Promise<void> {
  await dialog.showMessageBox({
    type: 'warning',
    message: text('shell.settings.damaged'),
    detail: text('shell.settings.damaged.detail', { file: setAside }),
    buttons: [text('shell.dialog.close')],
  });
}
