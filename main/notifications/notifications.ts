/**
 * What a person is told between two moments: once for each thing that happened, one notification for things of a kind.
 * `docs/notifications.md` is the table.
 */
import { partitionScreen, type Action } from '../action.ts';
import { shownName, text } from '../words.ts';
import type { NotificationKind, WantedNotifications } from '../../agent/api/contract.ts';
import { isNews, type Watched, type WatchedInstance, type WatchedMaster } from './watch.ts';

export type NotificationView = {
  kind: NotificationKind;
  title: string;
  body: string;
  /** When the notification itself is clicked. */
  open: Action;
  /** Its one button, where the desktop shows buttons; null where there is none besides opening. */
  action: { label: string; action: Action } | null;
};

export type Circumstances = {
  /** Whether a person sees the window: then they see what is ready, too. */
  windowShown: boolean;
  /** What they want to be told. */
  wanted: WantedNotifications;
};

/** Who has waited shorter is still looking. */
const WORTH_TELLING_MILLISECONDS = 5000;

/** @param before null for the first state that is seen: what is old is no news. */
export function notificationsFor(
  before: Watched | null,
  after: Watched,
  { windowShown, wanted }: Circumstances,
): NotificationView[] {
  if (before === null) return [];
  const told: NotificationView[] = [];
  const tell = (kind: GroupedKind, views: Omit<NotificationView, 'kind'>[]): void => {
    if (!wanted[kind]) return;
    const [first] = views;
    if (first !== undefined) told.push({ kind, ...(views.length === 1 ? first : grouped(kind, views)) });
  };
  const pairs = [...after.instances].map(([guid, now]) => ({ was: before.instances.get(guid), now }));
  if (!windowShown) tell('ready', pairs.filter(becameReady).map(readyView));
  tell('failed', pairs.filter(gotIntoTrouble).map(failedView));
  tell('dying', pairs.filter(beganToDie).map(dyingView));
  tell('problem', after.notices.filter(({ id }) => isNews(before, after, id)).map(problemView));
  const masters = [...after.masters].map(([id, now]) => ({ id, was: before.masters.get(id), now }));
  tell('master', masters.filter(gotIntoMasterTrouble).map(masterView));
  if (wanted.update && after.version !== before.version) told.push(updateView(after.version));
  return told;
}

/** What happens to several at a time. */
type GroupedKind = Exclude<NotificationKind, 'update'>;

type Pair = { was: WatchedInstance | undefined; now: WatchedInstance };

function becameReady({ was, now: { readyAfter } }: Pair): boolean {
  if (was === undefined || was.readyAfter !== null) return false;
  return readyAfter !== null && readyAfter > WORTH_TELLING_MILLISECONDS;
}

function gotIntoTrouble({ was, now }: Pair): boolean {
  return now.trouble !== null && now.trouble.code !== was?.trouble?.code;
}

function beganToDie({ was, now }: Pair): boolean {
  return now.dying !== null && (was?.dying ?? null) === null;
}

function readyView({ now: { name, partition, address } }: Pair): Omit<NotificationView, 'kind'> {
  return {
    title: text('shell.notification.ready', { name: shownName(name) }),
    body: address === null ? '' : shownName(address),
    open: { do: 'open', screen: partitionScreen(partition) },
    action:
      address === null
        ? null
        : { label: text('shell.notification.ready.copy'), action: { do: 'copy', text: address } },
  };
}

function failedView({ now: { name, partition, trouble } }: Pair): Omit<NotificationView, 'kind'> {
  const words = [trouble?.sentence ?? '', trouble?.nextStep ?? ''];
  return {
    title: text('shell.notification.failed', { name: shownName(name) }),
    body: words.filter((each) => each !== '').join(' '),
    open: { do: 'open', screen: partitionScreen(partition) },
    action: { label: text('shell.notification.try-again'), action: { do: 'bang', name } },
  };
}

function dyingView({ now: { name, partition, dying } }: Pair): Omit<NotificationView, 'kind'> {
  const open: Action = { do: 'open', screen: partitionScreen(partition) };
  return {
    title: text('shell.notification.dying', { name: shownName(name), count: dying ?? 0 }),
    body: text('shell.notification.dying.body'),
    open,
    action: { label: text('shell.notification.open-log'), action: open },
  };
}

function problemView({ sentence, nextStep }: Watched['notices'][number]): Omit<NotificationView, 'kind'> {
  return { title: sentence, body: nextStep, open: { do: 'open', screen: '#/doctor' }, action: null };
}

type MasterPair = { id: string; was: WatchedMaster | undefined; now: WatchedMaster };

function gotIntoMasterTrouble({ was, now }: MasterPair): boolean {
  return now.trouble !== null && (was?.trouble ?? null) === null;
}

function masterView({ id, now: { title, trouble } }: MasterPair): Omit<NotificationView, 'kind'> {
  const name = shownName(title);
  const hours = trouble?.hours ?? null;
  const words = [trouble?.sentence ?? '', trouble?.nextStep ?? ''];
  return {
    title:
      hours === null
        ? text('shell.notification.master.needs', { name })
        : text('shell.notification.master', { name, hours }),
    body:
      hours === null ? words.filter((each) => each !== '').join(' ') : text('shell.notification.master.body'),
    open: { do: 'open', screen: '#/settings' },
    action: { label: text('shell.notification.master.ask'), action: { do: 'ask', master: id } },
  };
}

function updateView(version: string): NotificationView {
  return {
    kind: 'update',
    title: text('shell.notification.update', { version }),
    body: text('shell.notification.update.body'),
    open: { do: 'open', screen: '#/settings' },
    action: null,
  };
}

/** Where several of a kind are seen; the others are in the list of partitions. */
const SCREENS: Partial<Record<GroupedKind, string>> = { problem: '#/doctor', master: '#/settings' };

/** How many names are said; the window has them all. */
const MOST_TITLES = 4;

function grouped(
  kind: GroupedKind,
  views: readonly Omit<NotificationView, 'kind'>[],
): Omit<NotificationView, 'kind'> {
  const screen = SCREENS[kind] ?? '#/partitions';
  return {
    title: text(`shell.notification.${kind}.many`, { count: views.length }),
    body: views
      .slice(0, MOST_TITLES)
      .map(({ title }) => title)
      .join('\n'),
    open: { do: 'open', screen },
    action: { label: text('shell.notification.see'), action: { do: 'open', screen } },
  };
}
