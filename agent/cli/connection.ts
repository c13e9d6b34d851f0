/**
 * The agent as the command line sees it: the calls of its contract. Made by `connect.ts`.
 */
import type { AgentService, Change } from '../api/contract.ts';

type Call<Name extends keyof AgentService> = (
  ...parameters: Parameters<AgentService[Name]>
) => Promise<Awaited<ReturnType<AgentService[Name]>>>;

/** What only a page asks for; the command line has its own ways. */
type PageOnly =
  | 'usageHistory'
  | 'describe'
  | 'checks'
  | 'restart'
  | 'createDownload'
  | 'createUsageDownload'
  | 'tellDesktop'
  | 'dataSize'
  | 'setStartAtLogin'
  | 'setNotification'
  | 'uninstall';

/** Failures are SlapgridErrors or AgentAnswers. Nothing is held open between two calls. */
export type AgentConnection = {
  readonly [Name in Exclude<keyof AgentService, 'changes' | 'logs' | PageOnly>]: Call<Name>;
} & {
  readonly logs: (
    options: Parameters<AgentService['logs']>[0],
  ) => AsyncIterable<{ service: string; line: string }>;
  /**
   * The present state first, then every change, until `signal` aborts. A stream that is cut is taken up again for
   * `patienceMilliseconds`, then it ends with `agent-unreachable`.
   */
  changes(signal: AbortSignal, options?: { patienceMilliseconds?: number }): AsyncIterable<Change>;
};
