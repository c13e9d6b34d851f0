/**
 * The one sentence that tells the state of everything, and what is under it.
 */
import type { AgentState, InstanceView, MasterView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import type { Connection } from '../state/store.ts';
import { isComing, type Tone } from './instance.ts';
import { isHosted, isOwn, namesText } from './owner.ts';
import { anywayText, haltedFoot, haltedHeadline, haltOf } from './pause.ts';
import { isLent } from './sharing.ts';

export type Headline = { tone: Tone; label: string; sentence: string; under: string };

export function instancesOf(state: AgentState): InstanceView[] {
  return state.partitions.flatMap(({ instance }) => (instance === null ? [] : [instance]));
}

/** Those that were asked for on this computer, for its own person. */
export function ownInstancesOf(state: AgentState): InstanceView[] {
  return instancesOf(state).filter((instance) => !isHosted(instance));
}

/** Whether it works for masters now: at least one was joined, and the mode is not local. */
export function isShared({ agent, masters }: Pick<AgentState, 'agent' | 'masters'>): boolean {
  return agent.mode === 'shared' && masters.some(({ state }) => state !== 'aside');
}

type Counts = {
  total: number;
  used: number;
  /** Those that need somebody: of what is hosted, its master is told. */
  failed: readonly InstanceView[];
  /** Those that were never ready, and are on their way. */
  coming: readonly InstanceView[];
  running: number;
  hosted: readonly InstanceView[];
  hostedRunning: readonly InstanceView[];
};

const UP: ReadonlySet<InstanceView['state']> = new Set(['started', 'starting', 'restarting']);

function countsOf(state: AgentState): Counts {
  const own = ownInstancesOf(state);
  const hosted = instancesOf(state).filter(isHosted);
  const coming = [...own, ...hosted].filter(isComing);
  const isUp = (instance: InstanceView): boolean => UP.has(instance.state) && !coming.includes(instance);
  return {
    total: state.partitions.filter(isOwn).length,
    used: own.length,
    failed: own.filter((instance) => instance.state === 'failed'),
    coming,
    running: own.filter(isUp).length,
    hosted,
    hostedRunning: hosted.filter(isUp),
  };
}

export function headlineOf(state: AgentState): Headline {
  const counts = countsOf(state);
  const { total, used, failed, coming, running, hosted, hostedRunning } = counts;
  const shared = isShared(state);
  const local = { tone: 'local', label: text('page.frame.local') } as const;
  const base = shared
    ? ({
        tone: 'hosting',
        label: text('page.overview.shared', { names: namesText(state.masters.map(({ title }) => title)) }),
      } as const)
    : local;
  const room =
    !shared && hosted.length > 0
      ? text('page.overview.local.others', { count: hosted.length, up: hostedRunning.length > 0 })
      : text('page.overview.room', { free: total - used, total });
  const up = running + hostedRunning.length;
  if (failed.length > 0) {
    return {
      tone: 'problem',
      label: text('page.frame.problem'),
      sentence: text('page.overview.failed', { count: failed.length, name: failed[0]?.name ?? '' }),
      under: up > 0 ? text('page.overview.failed.others', { count: up }) : room,
    };
  }
  if (haltOf(state, shared) !== null) {
    const label = text(state.conditions.state === 'finishing' ? 'page.frame.finishing' : 'page.frame.paused');
    return { tone: 'paused', label, ...haltedHeadline(state.conditions, { hosted, running }) };
  }
  if (coming.length > 0) {
    const sentence = text('page.overview.coming', { count: coming.length, name: coming[0]?.name ?? '' });
    const under = up > 0 ? text('page.overview.coming.others', { count: up }) : '';
    return { ...base, sentence, under: `${under} ${text('page.overview.coming.under')}`.trim() };
  }
  if (shared && !isLent(state.lending) && hostedRunning.length === 0) {
    return {
      ...local,
      label: text('page.overview.kept.label'),
      sentence: text('page.overview.kept'),
      under: text('page.overview.kept.under', { possible: state.lending.sharing === 'me' }),
    };
  }
  if (shared) {
    const { under, ...said } = hostingHeadline(state.masters, counts);
    return { ...base, ...said, under: `${anywayText(state.conditions)} ${under}`.trim() };
  }
  if (running > 0) {
    return { ...base, sentence: text('page.overview.running', { count: running }), under: room };
  }
  if (used > 0) {
    const under = text('page.overview.stopped.under', { count: used });
    return { ...base, sentence: text('page.overview.stopped'), under };
  }
  const under = hosted.length > 0 ? room : text('page.overview.none.under');
  return { ...base, sentence: text('page.overview.none'), under };
}

function hostingHeadline(
  masters: readonly MasterView[],
  { running, hostedRunning }: Counts,
): Pick<Headline, 'sentence' | 'under'> & { tone: Tone } {
  const count = hostedRunning.length;
  const failing = failingOf(masters);
  if (failing.length > 0) {
    const trouble = text('page.overview.trouble', {
      count: failing.length,
      name: failing[0]?.title ?? '',
      silent: isSilent(failing[0]),
    });
    const sentence = count > 0 ? text('page.overview.hosting.trouble', { count, trouble }) : trouble;
    const under = text('page.overview.trouble.under', { count: failing.length });
    return { tone: count > 0 || failing.length < masters.length ? 'hosting' : 'paused', sentence, under };
  }
  if (count > 0) {
    const names = namesText(hostedRunning.map(({ owner }) => owner.name));
    const sentence = text('page.overview.hosting', { count, names });
    return { tone: 'hosting', sentence, under: text('page.overview.own', { count: running }) };
  }
  const names = namesText(masters.map(({ title }) => title));
  const connecting = masters.every((master) => master.state === 'connecting');
  return {
    tone: 'hosting',
    sentence: connecting ? text('page.overview.connecting', { names }) : text('page.overview.ready'),
    under: connecting
      ? text('page.overview.own', { count: running })
      : text('page.overview.ready.under', { names, own: running }),
  };
}

export function failingOf(masters: readonly MasterView[]): MasterView[] {
  return masters.filter(({ state }) => state === 'failing');
}

/** Whether nobody answers there at all, which passes by itself more often than not. */
function isSilent(master: MasterView | undefined): boolean {
  return ['master-no-network', 'master-unreachable'].includes(master?.error?.code ?? '');
}

/** The state at the foot of the navigation: a shape, a word and one clause. */
export function footOf(
  state: AgentState | null,
  connection: Connection['state'],
): { tone: Tone; label: string; clause: string } {
  if (connection === 'lost') {
    return {
      tone: 'paused',
      label: text('page.frame.no-answer'),
      clause: text('page.frame.no-answer.clause'),
    };
  }
  const local = { tone: 'local', label: text('page.frame.local') } as const;
  if (state === null) return { ...local, clause: text('page.frame.connecting') };
  const { failed, coming, running, hosted, hostedRunning } = countsOf(state);
  if (failed.length > 0) {
    const clause = text('page.frame.problem.clause', { count: failed.length });
    return { tone: 'problem', label: text('page.frame.problem'), clause };
  }
  const shared = isShared(state);
  if (haltOf(state, shared) !== null) {
    return haltedFoot(state.conditions, hosted.filter((each) => each.state !== 'stopped').length);
  }
  const trouble = failingOf(state.masters).length > 0;
  if (shared && hostedRunning.length > 0) {
    const names = namesText(hostedRunning.map(({ owner }) => owner.name));
    const clause = text('page.frame.hosting.clause', { trouble, names });
    return { tone: 'hosting', label: text('page.frame.hosting'), clause };
  }
  const base = shared
    ? ({ tone: trouble ? 'paused' : 'hosting', label: text('page.frame.shared') } as const)
    : local;
  if (coming.length > 0)
    return { ...base, clause: text('page.frame.coming.clause', { count: coming.length }) };
  if (shared && !isLent(state.lending)) {
    return { tone: 'local', label: text('page.frame.shared'), clause: text('page.frame.kept.clause') };
  }
  if (shared) return { ...base, clause: text('page.frame.shared.clause', { trouble }) };
  if (running > 0) return { ...base, clause: text('page.frame.local.clause') };
  return { ...base, clause: text('page.frame.idle.clause') };
}
