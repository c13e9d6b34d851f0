/**
 * The JSON documents of `--json`. Their keys are a promise: they may grow, they do not change.
 */
import type {
  AgentState,
  CatalogueEntry,
  ErrorView,
  InstanceView,
  MasterView,
  RequestResult,
  SoftwareView,
} from '../api/contract.ts';

export function errorDocument({ code, sentence, nextStep }: ErrorView): unknown {
  return { error: { code, sentence, nextStep } };
}

/** Connection parameters are not here, because they hold passwords: they are in `service info` and `request`. */
export function statusDocument(state: AgentState): unknown {
  const { version, pid, startedAt, home, computerId, mode, notices } = state.agent;
  return {
    agent: { version, pid, startedAt, home, computerId, mode, notices },
    masters: state.masters.map(masterDocument),
    lending: { sharing: state.lending.sharing, verdict: state.lending.verdict },
    conditions: conditionsDocument(state),
    partitions: {
      total: state.partitions.length,
      free: state.partitions.filter(({ instance }) => instance === null).length,
    },
    instances: state.partitions.flatMap(({ id, address, master, instance }) =>
      instance === null
        ? []
        : [
            {
              name: instance.name,
              partition: id,
              master,
              address,
              guid: instance.guid,
              software: instance.softwareUrl,
              softwareType: instance.softwareType,
              requestedState: instance.requestedState,
              state: instance.state,
              progress: instance.progress,
              error: instance.error,
              services: instance.services,
              promises: instance.promises,
              changedAt: instance.changedAt,
            },
          ],
    ),
    software: state.software.map(({ url, title, requestedState, state: now, progress, error, bytes }) => ({
      url,
      title,
      requestedState,
      state: now,
      progress,
      error,
      bytes,
    })),
  };
}

function conditionsDocument({ conditions }: AgentState): unknown {
  const { state, since, until, reasons, said, ownPaused } = conditions;
  return { state, since, until, reasons, said, ownPaused };
}

/** A master that was joined. */
export function masterDocument(master: MasterView): unknown {
  const { id, title, url, webUrl, computerName, computerId, joinedAt, state, error } = master;
  const { answeredAt, nextTryAt, certificateExpiresAt, partitionAmount, reportsWaiting } = master;
  return {
    id,
    title,
    url,
    webUrl,
    computerName,
    computerId,
    joinedAt,
    state,
    error,
    answeredAt,
    nextTryAt,
    certificateExpiresAt,
    partitions: partitionAmount,
    reportsWaiting,
  };
}

export function mastersDocument({ agent, masters }: AgentState): unknown {
  return { mode: agent.mode, masters: masters.map(masterDocument) };
}

/** `{name: URL}`, sorted by name: upstream's document. */
export function serviceListDocument(instances: readonly InstanceView[]): Record<string, string> {
  const sorted = instances.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return Object.fromEntries(sorted.map(({ name, softwareUrl }) => [name, softwareUrl]));
}

/** Health in upstream's colours: `orange` is partly well, `none` is not known. */
export function healthOf({ state, promises }: Pick<InstanceView, 'state' | 'promises'>): string {
  if (state === 'failed') return 'red';
  const kept = promises.some((promise) => promise.state === 'kept');
  const failed = promises.some((promise) => promise.state === 'failed');
  if (kept && failed) return 'orange';
  if (failed) return 'red';
  return kept || state === 'started' ? 'green' : 'none';
}

/** Upstream's document (SLAP protocol §13.2); `news` is what the promises and the grid say. */
export function serviceInfoDocument(instance: InstanceView, news: boolean): unknown {
  return {
    'software-url': instance.softwareUrl,
    'software-type': instance.softwareType,
    shared: false,
    'requested-state': instance.requestedState,
    'instance-parameters': decoded(instance.parameters),
    'connection-parameters': connectionOf(instance),
    status: healthOf(instance),
    ...(news ? { news: newsOf(instance) } : {}),
  };
}

export function connectionOf(instance: Pick<InstanceView, 'connection'>): Record<string, string> {
  return Object.fromEntries(instance.connection.map(({ key, value }) => [key, value]));
}

/** A lone `_` holds JSON (§13.3). */
function decoded(parameters: InstanceView['parameters']): unknown {
  const value = parameters['_'];
  if (Object.keys(parameters).length !== 1 || typeof value !== 'string') return parameters;
  try {
    return { _: JSON.parse(value) as unknown };
  } catch {
    return parameters;
  }
}

function newsOf(instance: InstanceView): unknown[] {
  const errors = instance.error === null ? [] : [{ text: `#error ${instance.error.sentence}` }];
  const promises = instance.promises
    .filter(({ state }) => state !== 'unknown')
    .map(({ name, state, message, checkedAt }) => ({
      text: `${state === 'kept' ? '#access' : '#error'} ${name}: ${message}`,
      'created-at': checkedAt,
    }));
  return [...errors, ...promises];
}

/** End of a request. `connection` is empty until the instance is ready. */
export function requestDocument(
  name: string,
  result: RequestResult,
  instance: InstanceView | undefined,
): unknown {
  return {
    name,
    guid: result.guid,
    partition: result.partition,
    outcome: result.outcome,
    softwareReplaced: result.softwareReplaced,
    state: instance?.state ?? 'destroyed',
    'connection-parameters': instance === undefined ? {} : connectionOf(instance),
  };
}

/** The catalogue, then what was supplied by URL besides; with what this computer has of each. */
export function softwareDocument(
  catalogue: readonly CatalogueEntry[],
  supplied: readonly SoftwareView[],
): { software: SoftwareRow[] } {
  const known = catalogue.map(({ name, url, title, description, category, types }) => ({
    name,
    url,
    title,
    description,
    category,
    types: types.map((type) => type.name),
    state: supplied.find((each) => each.url === url)?.state ?? null,
  }));
  const others = supplied
    .filter(({ url }) => !catalogue.some((entry) => entry.url === url))
    .map(({ url, title, state }) => ({
      name: null,
      url,
      title,
      description: '',
      category: '',
      types: [],
      state,
    }));
  return { software: [...known, ...others] };
}

export type SoftwareRow = {
  /** Short name accepted by `request`; null for a release that is known by its URL only. */
  name: string | null;
  url: string;
  title: string;
  description: string;
  category: string;
  types: string[];
  /** null: nothing of it is on this computer. */
  state: SoftwareView['state'] | null;
};
