/**
 * A stand-in of the agent inside the page: it keeps a state tree, moves it as the agent would, and forgets it when the tour is
 * left. Its calls are typed from the agent's own, so they cannot drift from them.
 */
import type { inferRouterInputs } from '@trpc/server';
import type {
  AgentService,
  AgentState,
  Change,
  InstanceView,
  Mode,
  PartitionView,
  RequestResult,
  UsageSample,
} from '../../agent/api/contract.ts';
import type { AppRouter } from '../../agent/api/router.ts';
import { text } from '../messages.ts';
import type { ConditionsView, PauseInput } from '../../agent/api/contract-conditions.ts';
import { applyChange } from '../state/changes.ts';
import { isHosted } from '../words/owner.ts';
import { timeText } from '../words/time.ts';
import { samplePauseReason, samplePreview } from './sample-conditions.ts';
import { sampleAudit } from './sample-lending.ts';
import { sampleUsageSummary } from './sample-usage.ts';
import { sampleCatalogue } from './sample-catalogue.ts';
import { sampleChecks } from './sample-checks.ts';
import { progressAt } from './sample-progress.ts';
import {
  installed,
  readyInstance,
  sampleSettings,
  sampleState,
  sampleUsage,
  stopped,
  usageOf,
} from './sample-state.ts';

type Inputs = inferRouterInputs<AppRouter>;
/** What the screens call, but what would do something to this computer. */
type Answered =
  | 'state'
  | 'catalogue'
  | 'request'
  | 'cancel'
  | 'start'
  | 'stop'
  | 'restart'
  | 'destroy'
  | 'bang'
  | 'usageHistory'
  | 'doctor'
  | 'settings'
  | 'dataSize'
  | 'setStartAtLogin'
  | 'setMode'
  | 'setNotification'
  | 'setSharing'
  | 'setLimits'
  | 'setEgress'
  | 'audit'
  | 'pause'
  | 'finish'
  | 'resume'
  | 'setRules'
  | 'preview'
  | 'usageSummary'
  | 'finishFirstRun';
type Answers = {
  [Name in Answered]: (input: Inputs[Name]) => Awaited<ReturnType<AgentService[Name]>>;
};

export type Send = (data: unknown) => void;

const SECOND = 1000;
const SAMPLE_SECONDS = 10;
const HISTORY_MINUTES = 30;
const MOST_DECIDED = 100;
/** A pause until tomorrow ends then. */
const MORNING_HOUR = 6;

export class SampleAgent {
  readonly #catalogue = sampleCatalogue();
  readonly #followers = new Set<(change: Change) => void>();
  #settings = sampleSettings();
  #state: AgentState = sampleState(this.#catalogue, Date.now());

  readonly #answers: Answers = {
    state: () => this.#state,
    catalogue: () => this.#catalogue,
    request: (input) => this.#request(input),
    cancel: ({ name }) => this.#empty(name),
    destroy: ({ name }) => this.#empty(name),
    start: ({ name }) => this.#change(name, started),
    stop: ({ name }) => this.#change(name, stopped),
    restart: ({ name }) => this.#change(name, started),
    bang: ({ name }) => this.#change(name, started),
    usageHistory: ({ partition, minutes = HISTORY_MINUTES }) => ({
      samples: this.#samples(partition, minutes),
    }),
    doctor: () => sampleChecks(),
    settings: () => this.#settings,
    dataSize: () => ({ bytes: 1_840_000_000 }),
    setStartAtLogin: ({ enabled }) => {
      const startAtLogin = { ...this.#settings.startAtLogin, enabled };
      this.#settings = { ...this.#settings, startAtLogin };
      return startAtLogin;
    },
    setMode: (input) => this.#setMode(input),
    setNotification: ({ kind, wanted }) => {
      const { agent } = this.#state;
      this.#publish({
        kind: 'agent',
        agent: { ...agent, notifications: { ...agent.notifications, [kind]: wanted } },
      });
    },
    setSharing: ({ sharing }) =>
      this.#publish({ kind: 'lending', lending: { ...this.#state.lending, sharing } }),
    setLimits: (limits) => this.#publish({ kind: 'lending', lending: { ...this.#state.lending, limits } }),
    setEgress: ({ egress }) =>
      this.#publish({ kind: 'lending', lending: { ...this.#state.lending, egress } }),
    audit: ({ limit = MOST_DECIDED }) => sampleAudit(Date.now()).slice(0, limit),
    pause: (input) => this.#pause(input),
    finish: () => this.#goOn({ state: 'finishing', said: { kind: 'finish', until: null } }),
    resume: () => this.#goOn({ state: 'running', said: null }),
    setRules: (rules) =>
      this.#publish({ kind: 'conditions', conditions: { ...this.#state.conditions, rules } }),
    preview: ({ rules = this.#state.conditions.rules, days = 7 }) => samplePreview(rules, Date.now(), days),
    usageSummary: ({ period = 'day', by = 'person' }) => sampleUsageSummary({ period, by }, Date.now()),
    finishFirstRun: () => {},
  };

  /** @returns null for what a tour does not do. */
  answer(called: string, input: unknown): { value: unknown } | null {
    if (!isAnswered(called, this.#answers)) return null;
    // The client that calls is typed by the same router.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const answer = this.#answers[called] as (given: unknown) => unknown;
    return { value: answer(input) };
  }

  /** Sends until the function that is returned is called. */
  follow(called: string, input: unknown, send: Send): () => void {
    switch (called) {
      case 'changes':
        return this.#followChanges(send);
      case 'logs':
        return followLog(send);
      default:
        return followChecks(send);
    }
  }

  #followChanges(send: Send): () => void {
    const follower = (change: Change): void => send({ id: '', data: change });
    follower({ kind: 'snapshot', state: this.#state });
    this.#followers.add(follower);
    const timer = setInterval(() => {
      const now = Date.now();
      const usage = sampleUsage(this.#state.partitions, now);
      follower({ kind: 'usage', at: new Date(now).toISOString(), usage });
    }, SECOND);
    return () => {
      clearInterval(timer);
      this.#followers.delete(follower);
    };
  }

  #publish(change: Change): void {
    this.#state = applyChange(this.#state, change) ?? this.#state;
    for (const follower of this.#followers) follower(change);
  }

  #request({ name, software, parameters = {} }: Inputs['request']): RequestResult {
    const free = this.#state.partitions.find(({ instance }) => instance === null);
    const entry = this.#catalogue.find(({ url }) => url === software);
    if (free === undefined || entry === undefined)
      throw new Error('nothing else can be requested in the tour');
    const ready = { ...readyInstance(free, name, entry, Date.now()), parameters };
    const here = this.#state.software.some(({ url }) => url === software);
    const show = (instance: InstanceView): void =>
      this.#publish({ kind: 'partition', partition: { ...free, instance } });
    const began = Date.now();
    const move = (): void => {
      if (this.#partitionOf(ready.guid) === null) return;
      const progress = progressAt(entry.bytesToDownload ?? 0, here, (Date.now() - began) / SECOND);
      if (progress === null) {
        this.#publish({ kind: 'software', software: installed(entry) });
        show(ready);
        return;
      }
      show({ ...ready, ...UNREADY, progress });
      setTimeout(move, SECOND / 4);
    };
    show({ ...ready, ...UNREADY, progress: null });
    setTimeout(move, SECOND / 4);
    return { partition: free.id, guid: ready.guid, outcome: 'created', softwareReplaced: false };
  }

  #change(name: string, over: (instance: InstanceView) => Partial<InstanceView>): void {
    const partition = this.#state.partitions.find(({ instance }) => instance?.name === name);
    const instance = partition?.instance ?? null;
    if (partition === undefined || instance === null) return;
    const changed = { ...instance, ...over(instance), changedAt: new Date().toISOString() };
    this.#publish({ kind: 'partition', partition: { ...partition, instance: changed } });
  }

  #empty(name: string): void {
    const partition = this.#state.partitions.find(({ instance }) => instance?.name === name);
    if (partition !== undefined)
      this.#publish({ kind: 'partition', partition: { ...partition, instance: null } });
  }

  #setMode({ mode }: { mode: Mode }): void {
    const { agent, masters } = this.#state;
    this.#publish({ kind: 'agent', agent: { ...agent, mode } });
    for (const master of masters) {
      this.#publish({
        kind: 'master',
        master: { ...master, state: mode === 'local' ? 'paused' : 'connected' },
      });
    }
    this.#changeHosted(mode === 'local' ? 'stopped' : 'started');
  }

  #pause({ for: how }: PauseInput): void {
    const now = Date.now();
    const morning = new Date(now);
    morning.setHours(24 + MORNING_HOUR, 0, 0, 0);
    const until = how === 'resumed' ? null : how === 'tomorrow' ? morning.getTime() : now + how * 60 * SECOND;
    const time = until === null ? '' : timeText(until);
    const at = until === null ? null : new Date(until).toISOString();
    this.#publish({
      kind: 'conditions',
      conditions: {
        ...this.#state.conditions,
        state: 'paused',
        since: new Date(now).toISOString(),
        until: at,
        said: { kind: 'pause', until: at },
        reasons: [samplePauseReason(until, time)],
      },
    });
    if (this.#state.agent.mode === 'shared') this.#changeHosted('frozen');
  }

  #goOn(over: Pick<ConditionsView, 'state' | 'said'>): void {
    this.#publish({
      kind: 'conditions',
      conditions: {
        ...this.#state.conditions,
        ...over,
        since: new Date().toISOString(),
        until: null,
        reasons: [],
      },
    });
    if (this.#state.agent.mode === 'shared') this.#changeHosted('started');
  }

  #changeHosted(state: InstanceView['state']): void {
    for (const partition of this.#state.partitions) {
      const { instance } = partition;
      if (instance === null || !isHosted(instance)) continue;
      const changed = { ...instance, state, changedAt: new Date().toISOString() };
      this.#publish({ kind: 'partition', partition: { ...partition, instance: changed } });
    }
  }

  #partitionOf(guid: string): PartitionView | null {
    return this.#state.partitions.find(({ instance }) => instance?.guid === guid) ?? null;
  }

  #samples(id: string, minutes: number): UsageSample[] {
    const instance = this.#state.partitions.find((partition) => partition.id === id)?.instance ?? null;
    if (instance === null) return [];
    const amount = (minutes * 60) / SAMPLE_SECONDS;
    const now = Date.now();
    return Array.from({ length: amount }, (_, place) => {
      const at = now - (amount - 1 - place) * SAMPLE_SECONDS * SECOND;
      const { cpu, memoryBytes, diskBytes } = usageOf(id, instance.state === 'started', at);
      return { at: new Date(at).toISOString(), cpu, memoryBytes, diskBytes };
    });
  }
}

const UNREADY: Partial<InstanceView> = { state: 'installing', connection: [], promises: [], services: [] };

function started({ services }: InstanceView): Partial<InstanceView> {
  return {
    requestedState: 'started',
    state: 'started',
    error: null,
    services: services.map((service) => ({ ...service, state: 'running' as const, pid: 4000 })),
  };
}

function isAnswered(called: string, answers: Answers): called is Answered {
  return called in answers;
}

/** A few lines that were there, then one now and again. */
function followLog(send: Send): () => void {
  let number = 0;
  const write = (): void => {
    number += 1;
    const line = text('page.tour.log', { number });
    send({ id: String(number), data: { service: 'sample', line } });
  };
  for (let lines = 0; lines < 12; lines += 1) write();
  const timer = setInterval(write, 2 * SECOND);
  return () => clearInterval(timer);
}

function followChecks(send: Send): () => void {
  const checks = sampleChecks();
  send({ kind: 'planned', checks: checks.map(({ id, title }) => ({ id, title })) });
  for (const result of checks) send({ kind: 'result', result });
  return () => {};
}
