/**
 * Reaches the agent of a data folder: its token, its Unix socket, its calls.
 */
import { createHash } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import { connectAgent, failureView } from '../api/client.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import { refuseForeignSocket } from '../gate/own-socket.ts';
import { readToken } from '../gate/token.ts';
import { pathsOf, socketPath } from '../paths.ts';
import type { AgentConnection } from './connection.ts';
import { AgentAnswer } from './exit-status.ts';

/** An agent that takes longer to say what it knows is stuck. */
const STATE_SECONDS = 20;

/** @throws SlapgridError `agent-not-running`, `home-of-another`. */
export async function connect(home: string): Promise<AgentConnection> {
  const connection = await connectIfRunning(home);
  if (connection === undefined) throw new SlapgridError('agent-not-running', { home });
  return connection;
}

/** Where the agent of a data folder listens, and the file with the token it wants: both for its owner only. */
export function agentAddress(home: string): { socket: string; tokenFile: string } {
  const paths = pathsOf(home);
  const digest = createHash('sha256').update(home).digest('hex');
  return { socket: socketPath(paths, digest), tokenFile: paths.token };
}

/**
 * The agent's connection, or undefined when none listens.
 * @throws SlapgridError `home-of-another`, `socket-path-foreign`: what somebody else listens on is sent no token.
 */
export async function connectIfRunning(home: string): Promise<AgentConnection | undefined> {
  const { socket, tokenFile } = agentAddress(home);
  let token: string | null;
  try {
    token = await readToken(tokenFile);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EACCES') throw new SlapgridError('home-of-another', { home }, { cause: error });
    if (code === 'ENOTDIR') throw new SlapgridError('home-not-a-folder', { home }, { cause: error });
    throw error;
  }
  if (token === null) return undefined;
  await refuseForeignSocket(socket);
  if (!(await listens(socket))) return undefined;
  return connectionOver(socket, token);
}

function listens(socketFile: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(socketFile);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function connectionOver(socket: string, token: string): AgentConnection {
  const client = connectAgent({ socketPath: socket, token });
  const { call } = client;
  return {
    state: () => answered(call.state.query(undefined, { signal: AbortSignal.timeout(STATE_SECONDS * 1000) })),
    catalogue: () => answered(call.catalogue.query()),
    request: (input) => answered(call.request.mutate(input)),
    cancel: (name) => answered(call.cancel.mutate({ name })),
    start: (name) => answered(call.start.mutate({ name })),
    stop: (name) => answered(call.stop.mutate({ name })),
    destroy: (name) => answered(call.destroy.mutate({ name })),
    bang: (name) => answered(call.bang.mutate({ name })),
    supply: (software) => answered(call.supply.mutate({ software })),
    remove: (software) => answered(call.remove.mutate({ software })),
    stopAll: () => answered(call.stopAll.mutate()),
    exportData: (name, file) => answered(call.exportData.mutate({ name, file })),
    doctor: () => answered(call.doctor.query()),
    settings: () => answered(call.settings.query()),
    setLingering: (enabled) => answered(call.setLingering.mutate({ enabled })),
    inspectMaster: (input) => answered(call.inspectMaster.mutate(input)),
    registerNode: (input) => answered(call.registerNode.mutate(input)),
    leaveMaster: (input) => answered(call.leaveMaster.mutate(input)),
    askMaster: (id) => answered(call.askMaster.mutate({ id })),
    stayWithMaster: (id) => answered(call.stayWithMaster.mutate({ id })),
    setMode: (mode) => answered(call.setMode.mutate({ mode })),
    setSharing: (sharing) => answered(call.setSharing.mutate({ sharing })),
    setLimits: (limits) => answered(call.setLimits.mutate(limits)),
    setEgress: (egress) => answered(call.setEgress.mutate({ egress })),
    setDoorAddresses: (addresses) => answered(call.setDoorAddresses.mutate({ addresses: [...addresses] })),
    setMostPartitions: (most) => answered(call.setMostPartitions.mutate({ most })),
    audit: (limit) => answered(call.audit.query({ limit })),
    pause: (input) => answered(call.pause.mutate(input)),
    finish: () => answered(call.finish.mutate()),
    finishFirstRun: () => answered(call.finishFirstRun.mutate()),
    resume: (input) => answered(call.resume.mutate(input)),
    setRules: (rules) => answered(call.setRules.mutate(rules)),
    preview: (input) => answered(call.preview.query(input)),
    usageSummary: (input) => answered(call.usageSummary.query(input)),
    usageCsv: (input) => answered(call.usageCsv.query(input)),
    resolveReport: (input) => answered(call.resolveReport.mutate(input)),
    createLink: () => answered(call.createLink.mutate()),
    masterUrl: (scope) => answered(call.masterUrl.query({ scope })),
    rotateMasterUrl: () => answered(call.rotateMasterUrl.mutate()),
    shutdown: () => answered(call.shutdown.mutate()),
    async *logs({ signal, ...input }) {
      yield* inOwnWords(client.logs(input, signal));
    },
    async *changes(signal, options = {}) {
      for await (const { change } of inOwnWords(client.changes({ signal, ...options }))) yield change;
    },
  };
}

/** A failure with the agent's own words, whatever carried it. */
async function answered<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    throw ownWords(error);
  }
}

async function* inOwnWords<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    throw ownWords(error);
  }
}

function ownWords(error: unknown): Error {
  if (error instanceof SlapgridError) return error;
  if (error instanceof Error && error.cause instanceof DOMException && error.cause.name === 'TimeoutError') {
    return new SlapgridError('agent-unreachable', {}, { cause: error });
  }
  return new AgentAnswer(failureView(error), { cause: error });
}
