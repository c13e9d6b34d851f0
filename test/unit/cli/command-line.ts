/**
 * The command line in this process, with a stand-in of the agent behind it and a sheet of paper as its terminal.
 */
import { untoldConditions } from '../../../agent/conditions/defaults.ts';
import { SlapgridError } from '../../../agent/errors.ts';
import type { AgentConnection } from '../../../agent/cli/connection.ts';
import type { ExitStatus } from '../../../agent/cli/exit-status.ts';
import { runLine } from '../../../agent/cli/run.ts';
import type { Terminal } from '../../../agent/cli/terminal.ts';
import { untriedLending } from '../../../agent/lending/defaults.ts';
import { StandInAgentService } from '../../fakes/agent-service.ts';

export function connectionTo(service: StandInAgentService): AgentConnection {
  return {
    state: async () => service.state(),
    catalogue: () => service.catalogue(),
    request: (input) => service.request(input),
    cancel: (name) => service.cancel(name),
    start: (name) => service.start(name),
    stop: (name) => service.stop(name),
    destroy: (name) => service.destroy(name),
    bang: (name) => service.bang(name),
    supply: (software) => service.supply(software),
    remove: (software) => service.remove(software),
    stopAll: () => service.stopAll(),
    exportData: (name, file) => service.exportData(name, file),
    doctor: () => service.doctor(),
    settings: () => service.settings(),
    setLingering: (enabled) => service.setLingering(enabled),
    inspectMaster: (input) => service.inspectMaster(input),
    registerNode: (input) => service.registerNode(input),
    leaveMaster: (input) => service.leaveMaster(input),
    askMaster: (id) => service.askMaster(id),
    stayWithMaster: (id) => service.stayWithMaster(id),
    setMode: (mode) => service.setMode(mode),
    setSharing: (sharing) => service.setSharing(sharing),
    setLimits: (limits) => service.setLimits(limits),
    setEgress: (egress) => service.setEgress(egress),
    setDoorAddresses: (addresses) => service.setDoorAddresses(addresses),
    setMostPartitions: (most) => service.setMostPartitions(most),
    audit: (limit) => service.audit(limit),
    pause: (input) => service.pause(input),
    finish: () => service.finish(),
    finishFirstRun: () => service.finishFirstRun(),
    resume: (input) => service.resume(input),
    setRules: (rules) => service.setRules(rules),
    preview: (input) => service.preview(input),
    usageSummary: (input) => service.usageSummary(input),
    usageCsv: (input) => service.usageCsv(input),
    resolveReport: (input) => service.resolveReport(input),
    createLink: () => service.createLink(),
    masterUrl: (scope) => service.masterUrl(scope),
    rotateMasterUrl: () => service.rotateMasterUrl(),
    shutdown: () => service.shutdown(),
    async *logs(options) {
      for await (const { service: name, line } of service.logs(options)) yield { service: name, line };
    },
    async *changes(signal) {
      for await (const { change } of service.changes({ lastEventId: null, signal })) yield change;
    },
  };
}

export type Ran = { status: ExitStatus; stdout: string; stderr: string; drawn: string[] };

export type CommandLine = {
  service: StandInAgentService;
  /** Ctrl-C. */
  interrupt: () => void;
  run: (...argv: string[]) => Promise<Ran>;
};

/** @param options.replies answers of a person at a terminal; none: nobody is there. */
export function commandLine(
  options: {
    replies?: string[];
    input?: string;
    running?: boolean;
    watched?: boolean;
    home?: string;
    environment?: NodeJS.ProcessEnv;
  } = {},
): CommandLine {
  const { replies, running = true, watched = replies !== undefined, home = '/var/lib/slapgrid' } = options;
  const service = new StandInAgentService();
  // As an agent that was never asked for any of it.
  service.store.setLending(untriedLending());
  service.store.setConditions(untoldConditions());
  service.shownAudit = [];
  const interruption = new AbortController();
  return {
    service,
    interrupt: () => interruption.abort(),
    async run(...argv) {
      const stdout: string[] = [];
      const stderr: string[] = [];
      const drawn: string[] = [];
      const terminal: Terminal = {
        interactive: watched,
        result: (text) => void stdout.push(text),
        note: (text) => void stderr.push(text),
        draw: (line) => void drawn.push(line),
        settle: () => undefined,
        async ask(question) {
          const reply = replies?.shift() ?? null;
          if (reply !== null) stderr.push(question);
          return reply;
        },
      };
      const status = await runLine(argv, {
        terminal,
        home,
        program: '/opt/slapgrid',
        connect: async () => {
          if (!running) throw new SlapgridError('agent-not-running', { home });
          return connectionTo(service);
        },
        interruption: () => interruption.signal,
        readInput: async () => options.input ?? '',
        environment: options.environment ?? {},
        now: Date.now,
      });
      return { status, stdout: stdout.join('\n'), stderr: stderr.join('\n'), drawn };
    },
  };
}
