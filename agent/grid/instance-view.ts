/** What people see of an instance, made from what its worker knows. */
import type { ComputerPartitionRecord } from '../../slap/master.ts';
import type { InstanceView, Owner, Progress, PromiseView, ServiceView } from '../api/contract.ts';
import type { ErrorView } from '../errors.ts';
import type { RenderedInstance } from '../software/types.ts';
import type { UnitStatus } from '../supervisor/types.ts';
import { documentOf } from './serialisation.ts';
import { nameOf } from './units.ts';

export type Phase = InstanceView['state'];

/** A target with software: there is an instance. */
export type BusyTarget = ComputerPartitionRecord & { software: { url: string } };

export function isBusy(target: ComputerPartitionRecord): target is BusyTarget {
  return target.software !== null;
}

export type InstanceFacts = {
  target: BusyTarget;
  owner: Owner;
  softwareTitle: string;
  phase: Phase;
  /** A service ended, and not every promise was kept since. */
  recovering: boolean;
  progress: Progress | null;
  error: ErrorView | null;
  promises: Iterable<PromiseView>;
  /** Units of its services. */
  services: readonly UnitStatus[];
  /** null when its profile could not be rendered. */
  rendered: RenderedInstance | null;
  changedAt: string;
};

export function instanceView(facts: InstanceFacts): InstanceView {
  const { target, phase } = facts;
  const services = facts.services.map(serviceView);
  // Runs again is not yet answers again.
  const restarting = facts.recovering || services.some((service) => service.state === 'restarting');
  return {
    guid: target.instanceGuid,
    name: target.instanceTitle,
    owner: facts.owner,
    softwareUrl: target.software.url,
    softwareTitle: facts.softwareTitle,
    softwareType: target.softwareType,
    requestedState: requestedState(target.requestedState),
    state: phase === 'started' && restarting ? 'restarting' : phase,
    progress: facts.progress,
    error: facts.error ?? restartProblem(facts.services),
    promises: [...facts.promises],
    services,
    parameters: documentOf(target.parameters),
    connection: connectionView(target, facts.rendered),
    changedAt: facts.changedAt,
  };
}

export function requestedState(text: string): InstanceView['requestedState'] {
  return text === 'stopped' || text === 'destroyed' ? text : 'started';
}

function connectionView(target: BusyTarget, rendered: RenderedInstance | null): InstanceView['connection'] {
  const secrets = new Set(rendered?.secretConnectionKeys);
  // What was published, not what would be: the address is shown when it has answered once.
  return Object.entries(documentOf(target.connection)).map(([key, value]) => ({
    key,
    value: String(value),
    secret: rendered === null || secrets.has(key),
  }));
}

/** Why a service that ended cannot even be started again. */
function restartProblem(services: readonly UnitStatus[]): ErrorView | null {
  const problems = services.map((unit) => (unit.state === 'restarting' ? unit.problem : undefined));
  return problems.find((problem) => problem !== undefined) ?? null;
}

function serviceView(unit: UnitStatus): ServiceView {
  return {
    name: nameOf(unit.id),
    state: unit.state,
    pid: unit.state === 'running' ? unit.payloadPid : null,
    restarts: 'restarts' in unit ? unit.restarts : 0,
    nextStartAt: unit.state === 'restarting' ? unit.nextStartAt : null,
    lastExitStatus: 'lastExit' in unit ? (unit.lastExit?.status ?? null) : null,
  };
}
