/**
 * The tray's menu and its tooltip, from what is known. Alone it is enough: what runs, its addresses, start and stop, why something
 * does not, the window, what is told.
 */
import type { AgentState, ErrorView, MasterView, WantedNotifications } from '../../agent/api/contract.ts';
import { partitionScreen, type Action } from '../action.ts';
import { NOTIFICATION_KINDS } from '../../assets/notification-kinds.ts';
import {
  addressOf,
  isHosted,
  isShared,
  isUnderWay,
  needsYou,
  placedInstances,
  runs,
  type Outlook,
  type Placed,
} from '../outlook.ts';
import type { Unkept } from '../settings.ts';
import { pausedSentence, pauseItems, resumeEvent } from './pause.ts';
import { clockText, shownName, shownSentence, text } from '../words.ts';

export type TrayState = {
  outlook: Outlook;
  /** Why the application's own settings are not on the disk; null when they are. */
  unkept: Unkept | null;
};

export type TrayItem =
  | { separator: true }
  | {
      id: string;
      label: string;
      /** Left out for what only says something, and for what opens a submenu. */
      action?: Action;
      submenu?: TrayItem[];
      /** Of what is on or off. */
      checked?: boolean;
      /** Of which one of several is on: those beside each other. */
      radio?: true;
    };

/** With more, the last place leads to all of them. */
const MOST_SERVICES = 8;

const SEPARATOR: TrayItem = { separator: true };

/** From top to bottom. Opening it does nothing; only an item that is chosen acts. */
export function trayTemplate({ outlook, unkept }: TrayState): TrayItem[] {
  const running = outlook.phase === 'connected' ? placedInstances(outlook.agent).filter(isRunning).length : 0;
  return [
    { id: 'sentence', label: traySentence(outlook) },
    ...itemsOf(outlook),
    SEPARATOR,
    ...(unkept === null ? [] : [unkeptItem(unkept)]),
    ...(outlook.phase === 'connected' ? [notificationsItem(outlook.agent.agent.notifications)] : []),
    { id: 'quit', label: text('shell.menu.quit', { running }), action: { do: 'quit' } },
  ];
}

function itemsOf(outlook: Outlook): TrayItem[] {
  const open: TrayItem = { id: 'open', label: text('shell.menu.open'), action: { do: 'open' } };
  switch (outlook.phase) {
    case 'connected': {
      const placed = placedInstances(outlook.agent);
      const paused = isShared(outlook.agent) ? resumeEvent(outlook.agent.conditions) : null;
      const next = paused ?? nextEvent(placed);
      const services = serviceItems(placed);
      return [
        ...(next === null ? [] : [{ id: 'next', label: next }]),
        ...modeItems(outlook.agent),
        SEPARATOR,
        ...services,
        ...(services.length === 0 ? [] : [SEPARATOR]),
        open,
        doctorItem(outlook.agent.agent.notices.length),
      ];
    }
    case 'failed':
    case 'lost': {
      const reconnect: TrayItem = {
        id: 'reconnect',
        label: text('shell.menu.reconnect'),
        action: { do: 'reconnect' },
      };
      const why = outlook.phase === 'failed' ? failureItems(outlook.error) : [];
      return [...why, SEPARATOR, reconnect, open];
    }
    default:
      return [SEPARATOR, open];
  }
}

/** What to do about it, and what to ask others for. */
function failureItems({ code, nextStep }: ErrorView): TrayItem[] {
  return [
    ...(nextStep === '' ? [] : [{ id: 'why', label: shownSentence(nextStep) }]),
    { id: 'code', label: text('shell.dialog.code', { code }) },
  ];
}

/** The first line of the menu, and the tooltip. */
export function traySentence(outlook: Outlook): string {
  switch (outlook.phase) {
    case 'starting':
      return text('shell.agent.starting');
    case 'failed':
      return text('shell.agent.failed', { sentence: shownSentence(outlook.error.sentence) });
    case 'other-version':
      return text('shell.agent.other-version');
    case 'lost':
      return text('shell.agent.lost');
    default: {
      const { agent } = outlook;
      const placed = placedInstances(agent);
      const running = placed.filter(isRunning).length;
      const [first, ...others] = placed.filter(({ instance }) => needsYou(instance));
      if (first !== undefined) {
        const name = shownName(first.instance.name);
        return text('shell.sentence.failed', { failed: others.length + 1, name, running });
      }
      const [notice] = agent.agent.notices;
      if (notice !== undefined) {
        return text('shell.sentence.problem', { sentence: shownSentence(notice.sentence), running });
      }
      if (isShared(agent)) return hostingSentence(agent, placed);
      const own = placed.filter((each) => !isHosted(each.instance) && isRunning(each)).length;
      if (own > 0) return text('shell.sentence.running', { count: own });
      return text(placed.length === 0 ? 'shell.sentence.none' : 'shell.sentence.stopped');
    }
  }
}

function hostingSentence({ masters, conditions }: AgentState, placed: readonly Placed[]): string {
  if (conditions.state === 'paused') return pausedSentence(conditions.reasons);
  const count = placed.filter((each) => isHosted(each.instance) && isRunning(each)).length;
  const failing = masters.find(({ state }) => state === 'failing');
  if (failing !== undefined) {
    const name = shownName(failing.title);
    const why = failing.error?.sentence ?? text('shell.menu.master', { name });
    return text('shell.sentence.master', { count, sentence: shownSentence(why) });
  }
  if (conditions.state === 'finishing') return text('shell.sentence.finishing', { count });
  if (count > 0) return text('shell.sentence.hosting', { count });
  return text('shell.sentence.ready');
}

/** Shared or Local; before a master was joined, what that would take. */
function modeItems(agent: AgentState): TrayItem[] {
  if (agent.masters.length === 0) {
    return [
      { id: 'mode', label: text('shell.menu.mode') },
      { id: 'join', label: text('shell.menu.join'), action: { do: 'open', screen: '#/join' } },
    ];
  }
  const modes = (['shared', 'local'] as const).map((mode): TrayItem => ({
    id: `mode-${mode}`,
    label: text(`shell.menu.mode.${mode}`),
    action: { do: 'mode', mode },
    checked: agent.agent.mode === mode,
    radio: true,
  }));
  const failing = agent.masters.filter(({ state }) => state === 'failing');
  const pause = isShared(agent) ? [SEPARATOR, ...pauseItems(agent.conditions)] : [];
  return [
    SEPARATOR,
    ...modes,
    ...pause,
    ...(failing.length === 0 ? [] : [SEPARATOR]),
    ...failing.map(masterItem),
  ];
}

/** Why it does not answer as it should, and what can be done. */
function masterItem({ id, title, error, nextTryAt }: MasterView): TrayItem {
  const next = Date.parse(nextTryAt ?? '');
  return {
    id: `master-${id}`,
    label: text('shell.menu.master', { name: shownName(title) }),
    submenu: [
      ...(error === null ? [] : [{ id: `why-${id}`, label: shownSentence(error.sentence) }]),
      ...(Number.isNaN(next)
        ? []
        : [{ id: `next-${id}`, label: text('shell.menu.master.next', { time: clockText(next) }) }]),
      { id: `ask-${id}`, label: text('shell.menu.master.ask'), action: { do: 'ask', master: id } },
      {
        id: `settings-${id}`,
        label: text('shell.menu.open-service'),
        action: { do: 'open', screen: '#/settings' },
      },
    ],
  };
}

function isRunning({ instance }: Placed): boolean {
  return runs(instance);
}

/** What happens next by itself; null when nothing does. */
function nextEvent(placed: readonly Placed[]): string | null {
  const [coming, ...others] = placed.filter(({ instance }) => isUnderWay(instance));
  if (coming !== undefined) {
    const name = shownName(coming.instance.name);
    return text('shell.next.coming', { count: others.length + 1, name });
  }
  const restarts = placed.flatMap(({ instance: { name, services } }) =>
    services.flatMap(({ nextStartAt }) => {
      const at = Date.parse(nextStartAt ?? '');
      return Number.isNaN(at) ? [] : [{ name, at }];
    }),
  );
  const [first] = restarts.toSorted((one, other) => one.at - other.at);
  if (first === undefined) return null;
  return text('shell.next.restart', { name: shownName(first.name), time: clockText(first.at) });
}

function serviceItems(placed: readonly Placed[]): TrayItem[] {
  const ordered = placed.toSorted(
    (one, other) => urgency(one) - urgency(other) || one.instance.name.localeCompare(other.instance.name),
  );
  if (ordered.length <= MOST_SERVICES) return ordered.map(serviceItem);
  const more: TrayItem = {
    id: 'more',
    label: text('shell.menu.more'),
    action: { do: 'open', screen: '#/partitions' },
  };
  return [...ordered.slice(0, MOST_SERVICES - 1).map(serviceItem), more];
}

/** Where the list is cut, what needs somebody and what is in use stay. */
function urgency({ instance }: Placed): number {
  const { state } = instance;
  if (needsYou(instance)) return 0;
  return state === 'failed' || state === 'stopped' || state === 'stopping' || state === 'destroying' ? 2 : 1;
}

function serviceItem({ partition, instance }: Placed): TrayItem {
  const { guid, name, owner, state, requestedState, error } = instance;
  const address = addressOf(instance);
  const submenu: TrayItem[] = [];
  const hosted = isHosted(instance);
  if (state === 'failed' && error !== null)
    submenu.push({ id: `why-${guid}`, label: shownSentence(error.sentence) });
  if (needsYou(instance) && error !== null) {
    submenu.push({ id: `retry-${guid}`, label: text('shell.menu.try-again'), action: { do: 'bang', name } });
  }
  if (address !== null && !hosted) {
    const label = text('shell.menu.copy', { address: shownName(address) });
    submenu.push({ id: `copy-${guid}`, label, action: { do: 'copy', text: address } });
  }
  submenu.push({
    id: `open-${guid}`,
    label: text('shell.menu.open-service'),
    action: { do: 'open', screen: partitionScreen(partition) },
  });
  if (hosted) {
    // Its master starts and stops it.
  } else if (requestedState === 'stopped') {
    submenu.push({ id: `start-${guid}`, label: text('shell.menu.start'), action: { do: 'start', name } });
  } else if (requestedState === 'started') {
    submenu.push({ id: `stop-${guid}`, label: text('shell.menu.stop'), action: { do: 'stop', name } });
  }
  return {
    id: `service-${guid}`,
    label: hosted
      ? text('shell.menu.hosted', { state, name: shownName(name), owner: shownName(owner.name) })
      : text('shell.menu.service', { state, name: shownName(name) }),
    submenu,
  };
}

function doctorItem(notices: number): TrayItem {
  const label = text('shell.menu.doctor', { count: notices });
  return { id: 'doctor', label, action: { do: 'open', screen: '#/doctor' } };
}

/** They hold as long as the application runs; what may be done meanwhile is the same. */
function unkeptItem(code: Unkept): TrayItem {
  return {
    id: 'unkept',
    label: text('shell.settings.unkept'),
    submenu: [
      { id: 'unkept-why', label: text(`shell.settings.unkept.${code}`) },
      { id: 'unkept-next', label: text(`shell.settings.unkept.${code}.next`) },
      { id: 'unkept-code', label: text('shell.dialog.code', { code }) },
      { id: 'unkept-again', label: text('shell.menu.try-again'), action: { do: 'keep-settings' } },
    ],
  };
}

function notificationsItem(wanted: WantedNotifications): TrayItem {
  return {
    id: 'notifications',
    label: text('shell.menu.notifications'),
    submenu: NOTIFICATION_KINDS.map((kind) => ({
      id: `notify-${kind}`,
      label: text(`shell.notification.kind.${kind}`),
      action: { do: 'notify', kind, wanted: !wanted[kind] },
      checked: wanted[kind],
    })),
  };
}
