/**
 * What becomes of each recorded file. The tests take their recordings from here, so what is listed under a test is replayed by it.
 */
import { readdirSync } from 'node:fs';
import { RECORDINGS_FOLDER, type Recording, readRecording } from './recordings.ts';

/** Replayed against the local master. */
const REPLAYED = {
  /** Each on a master of its own. */
  classic: /^slap-(?!21-)/,
  hateoas: /^hateoas-/,
  'json-rpc': /^json-rpc-/,
  /** All of them one after the other on one master. */
  session: /^cli-(?!47-|62-|65-|66-|88-|89-|90-|91-|92-|93-)/,
  /** On a master that forwards to another. */
  forwarding: /^slap-21-/,
  /** Of services that the local master does not have. */
  'not-offered': /^(?:http_proxy|shacache)-/,
} as const;

/** Replayed to our clients: what was recorded is what a full master answered. */
const ANSWERED = {
  register: /^master-0[23]-/,
  'full-master': /^master-0[789]-/,
  'not-ready': /^master-10-/,
} as const;

const SUITES = { ...REPLAYED, ...ANSWERED };

/** What is no exchange of a SLAP client with the local master, nor of ours with a master. */
export const NOT_REPLAYED: Readonly<Record<string, string>> = {
  'cli-47-node-status': 'asks the node’s own supervisor: nothing was sent',
  'cli-62-watchdog-bang-again': 'the watchdog saw no reason to call: nothing was sent',
  'cli-65-console-stdin': 'nothing was typed into the console: nothing was sent',
  'cli-66-proxy-show': 'reads the database’s file: nothing was sent',
  'cli-88-node-instance-offline': 'nobody listened: nothing was sent',
  'cli-89-request-offline': 'nobody listened: nothing was sent',
  'cli-90-node-software-offline': 'nobody listened: nothing was sent',
  'cli-91-node-report-offline': 'nobody listened: nothing was sent',
  'cli-92-node-bang-offline': 'nobody listened: nothing was sent',
  'cli-93-node-format-offline': 'nobody listened: nothing was sent',
  'master-05-configure-client-forbidden':
    'a person’s certificate from a full master: our “configure client” is for the local master, which needs none',
  'master-06-computer-token':
    'a token that a full master makes for a person, who pastes it into “node register”: ours never asks for one',
  'master-12-tls-client-certificate':
    'no bodies, only what a server saw of a certificate; test/unit/slap/transport.test.ts shows ours',
  'openapi-methods': 'a list of methods, compared in json-rpc-methods.test.ts',
};

export type Suite = keyof typeof SUITES;

/** Names of all recorded files, without their ending. */
export function recordedNames(): string[] {
  return readdirSync(RECORDINGS_FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/** The recordings of a test, in the order of their names. */
export function recordingsOf(suite: Suite): Recording[] {
  return recordedNames()
    .filter((name) => SUITES[suite].test(name))
    .map(readRecording);
}

/** Where a recorded file is used or named; there has to be one place. */
export function placesOf(name: string): string[] {
  const suites = Object.entries(SUITES).filter(([, pattern]) => pattern.test(name));
  return [...suites.map(([suite]) => suite), ...(name in NOT_REPLAYED ? ['not replayed'] : [])];
}
