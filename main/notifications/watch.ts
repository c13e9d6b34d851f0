/**
 * What the shell remembers of what it has seen, so that a notification follows from two moments: since when an instance is being
 * made ready, what trouble it is in, how often it ended by itself.
 */
import type { AgentState, InstanceView, MasterView } from '../../agent/api/contract.ts';
import { addressOf, isHosted, isUnderWay, needsPerson, placedInstances } from '../outlook.ts';

/** An instance ends too often when it does so five times in ten minutes; it is well again after ten quiet ones. */
const MOST_ENDS = 5;
const WATCHED_MILLISECONDS = 600_000;

/** A notice that is withdrawn and given again sooner is still the same. */
const NOTICED_MILLISECONDS = 3_600_000;

/** Times are milliseconds of any one clock. */
export type WatchedInstance = {
  name: string;
  partition: string;
  address: string | null;
  /** Since when it is on its way; null when it is not. */
  underWaySince: number | null;
  /** How long it was on its way until it was ready; null while it is not ready. */
  readyAfter: number | null;
  /** Why it failed. Kept while it is tried again, so that the same failure is not told again. */
  trouble: { code: string; sentence: string; nextStep: string } | null;
  /** When its services ended by themselves, the last ten minutes. */
  ends: readonly number[];
  /** All the ends that the agent has counted. */
  counted: number;
  /** How many times it ended when that became too often; null when it is well. */
  dying: number | null;
};

/** A master that passes by too long is told of, though it may come back by itself. */
const SILENT_MILLISECONDS = 3_600_000;

export type WatchedMaster = {
  title: string;
  /** Since when it fails; kept while it is tried again, over a new agent. null: it does not. */
  failingSince: number | null;
  /** What a person should know now: why it fails, or that it has for so long. null: nothing yet. */
  trouble: { sentence: string; nextStep: string; hours: number | null } | null;
};

export type Watched = {
  /** By id. */
  masters: ReadonlyMap<string, WatchedMaster>;
  /** By guid. */
  instances: ReadonlyMap<string, WatchedInstance>;
  notices: AgentState['agent']['notices'];
  /** By id, when each notice was seen last; those of the last hour. One that comes and goes is one, also over a new agent. */
  noticed: ReadonlyMap<string, number>;
  /** The agent's. */
  version: string;
  at: number;
};

/** @param before null for the first state that is seen. */
export function watch(before: Watched | null, state: AgentState, now: number): Watched {
  // What is hosted for others is theirs to look after.
  const own = placedInstances(state).filter(({ instance }) => !isHosted(instance));
  const instances = own.map(({ partition, instance }): [string, WatchedInstance] => [
    instance.guid,
    watchInstance(before?.instances.get(instance.guid) ?? null, partition, instance, now),
  ]);
  const { notices, version } = state.agent;
  const earlier = [...(before?.noticed ?? [])].filter(([, at]) => now - at < NOTICED_MILLISECONDS);
  const noticed = new Map([...earlier, ...notices.map(({ id }): [string, number] => [id, now])]);
  const masters = state.masters.map((master): [string, WatchedMaster] => [
    master.id,
    watchMaster(before?.masters.get(master.id) ?? null, master, now),
  ]);
  return {
    masters: new Map(masters),
    instances: new Map(instances),
    notices,
    noticed,
    version,
    at: now,
  };
}

/** Whether a notice of `after` is one that was not there, nor gone for so short a time that it is still the same. */
export function isNews(before: Watched, after: Watched, id: string): boolean {
  const seen = before.noticed.get(id);
  return seen === undefined || after.at - seen >= NOTICED_MILLISECONDS;
}

function watchMaster(before: WatchedMaster | null, master: MasterView, now: number): WatchedMaster {
  const { title, state, error } = master;
  if (state !== 'failing') {
    // That it is being asked again is no answer yet.
    const kept = state === 'connecting' ? before : null;
    return { title, failingSince: kept?.failingSince ?? null, trouble: kept?.trouble ?? null };
  }
  const failingSince = before?.failingSince ?? now;
  const silent = now - failingSince;
  const words = { sentence: error?.sentence ?? '', nextStep: error?.nextStep ?? '' };
  if (needsPerson(master)) return { title, failingSince, trouble: { ...words, hours: null } };
  const trouble =
    silent < SILENT_MILLISECONDS ? null : { ...words, hours: Math.floor(silent / SILENT_MILLISECONDS) };
  return { title, failingSince, trouble: before?.trouble ?? trouble };
}

function watchInstance(
  before: WatchedInstance | null,
  partition: string,
  instance: InstanceView,
  now: number,
): WatchedInstance {
  const { name, state, error, services } = instance;
  const underWaySince = isUnderWay(instance) ? (before?.underWaySince ?? now) : null;
  const counted = services.reduce((sum, { restarts }) => sum + restarts, 0);
  // A new agent, or a restart on purpose, counts from the beginning.
  const ended = before === null ? 0 : Math.max(0, counted - before.counted);
  const ends = [...(before?.ends ?? []), ...Array.from({ length: ended }, () => now)].filter(
    (at) => now - at < WATCHED_MILLISECONDS,
  );
  return {
    name,
    partition,
    address: addressOf(instance),
    underWaySince,
    readyAfter: state === 'started' ? readyAfter(before, now) : null,
    trouble: troubleOf(before, state, error),
    ends,
    counted,
    dying: ends.length === 0 ? null : (before?.dying ?? (ends.length >= MOST_ENDS ? ends.length : null)),
  };
}

function readyAfter(before: WatchedInstance | null, now: number): number {
  const since = before?.underWaySince ?? null;
  return since === null ? (before?.readyAfter ?? 0) : now - since;
}

function troubleOf(
  before: WatchedInstance | null,
  state: InstanceView['state'],
  error: InstanceView['error'],
): WatchedInstance['trouble'] {
  if (state === 'failed') return error ?? { code: 'unknown', sentence: '', nextStep: '' };
  return state === 'started' || state === 'stopped' ? null : (before?.trouble ?? null);
}
