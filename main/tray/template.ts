/**
 * The tray's menu and its tooltip, from what is known. Alone it is enough: what runs, its addresses, start and stop, why something
 * does not, the window, what is told.
 */
import { partitionScreen, type Action } from '../action.ts';
import { NOTIFICATION_KINDS, type WantedKinds } from '../notifications/kinds.ts';
import { addressOf, isUnderWay, placedInstances, type Outlook, type Placed } from '../outlook.ts';
import { clockText, shownName, shownSentence, text } from '../words.ts';

export type TrayState = {
  outlook: Outlook;
  /** What a person wants to be told. */
  wanted: WantedKinds;
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
    };

/** With more, the last place leads to all of them. */
const MOST_SERVICES = 8;

const SEPARATOR: TrayItem = { separator: true };

/** From top to bottom. Opening it does nothing; only an item that is chosen acts. */
export function trayTemplate({ outlook, wanted }: TrayState): TrayItem[] {
  const running = outlook.phase === 'connected' ? placedInstances(outlook.agent).filter(runs).length : 0;
  return [
    { id: 'sentence', label: traySentence(outlook) },
    ...itemsOf(outlook),
    SEPARATOR,
    notificationsItem(wanted),
    { id: 'quit', label: text('shell.menu.quit', { running }), action: { do: 'quit' } },
  ];
}

function itemsOf(outlook: Outlook): TrayItem[] {
  const open: TrayItem = { id: 'open', label: text('shell.menu.open'), action: { do: 'open' } };
  switch (outlook.phase) {
    case 'connected': {
      const placed = placedInstances(outlook.agent);
      const next = nextEvent(placed);
      const services = serviceItems(placed);
      return [
        ...(next === null ? [] : [{ id: 'next', label: next }]),
        { id: 'mode', label: text('shell.menu.mode') },
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
      const why = outlook.phase === 'failed' ? outlook.error.nextStep : '';
      return [...(why === '' ? [] : [{ id: 'why', label: shownSentence(why) }]), SEPARATOR, reconnect, open];
    }
    default:
      return [SEPARATOR, open];
  }
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
      const placed = placedInstances(outlook.agent);
      const running = placed.filter(runs).length;
      const [first, ...others] = placed.filter(({ instance }) => instance.state === 'failed');
      if (first !== undefined) {
        const name = shownName(first.instance.name);
        return text('shell.sentence.failed', { failed: others.length + 1, name, running });
      }
      const [notice] = outlook.agent.agent.notices;
      if (notice !== undefined) {
        return text('shell.sentence.problem', { sentence: shownSentence(notice.sentence), running });
      }
      if (running > 0) return text('shell.sentence.running', { count: running });
      return text(placed.length === 0 ? 'shell.sentence.none' : 'shell.sentence.stopped');
    }
  }
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
function urgency({ instance: { state } }: Placed): number {
  if (state === 'failed') return 0;
  return state === 'stopped' || state === 'stopping' || state === 'destroying' ? 2 : 1;
}

function serviceItem({ partition, instance }: Placed): TrayItem {
  const { guid, name, state, requestedState, error } = instance;
  const address = addressOf(instance);
  const submenu: TrayItem[] = [];
  if (state === 'failed' && error !== null) {
    submenu.push({ id: `why-${guid}`, label: shownSentence(error.sentence) });
    submenu.push({ id: `retry-${guid}`, label: text('shell.menu.try-again'), action: { do: 'bang', name } });
  }
  if (address !== null) {
    const label = text('shell.menu.copy', { address: shownName(address) });
    submenu.push({ id: `copy-${guid}`, label, action: { do: 'copy', text: address } });
  }
  submenu.push({
    id: `open-${guid}`,
    label: text('shell.menu.open-service'),
    action: { do: 'open', screen: partitionScreen(partition) },
  });
  if (requestedState === 'stopped') {
    submenu.push({ id: `start-${guid}`, label: text('shell.menu.start'), action: { do: 'start', name } });
  } else if (requestedState === 'started') {
    submenu.push({ id: `stop-${guid}`, label: text('shell.menu.stop'), action: { do: 'stop', name } });
  }
  return {
    id: `service-${guid}`,
    label: text('shell.menu.service', { state, name: shownName(name) }),
    submenu,
  };
}

function doctorItem(notices: number): TrayItem {
  const label = text('shell.menu.doctor', { count: notices });
  return { id: 'doctor', label, action: { do: 'open', screen: '#/doctor' } };
}

function notificationsItem(wanted: WantedKinds): TrayItem {
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

function runs({ instance: { state } }: Placed): boolean {
  return state === 'started' || state === 'restarting';
}
