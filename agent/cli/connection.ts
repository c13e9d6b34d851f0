/**
 * The agent as the command line sees it: the calls of its contract. Made by `connect.ts`.
 */
import type { AgentService, Change } from '../api/contract.ts';

type Call<Name extends keyof AgentService> = (
  ...parameters: Parameters<AgentService[Name]>
) => Promise<Awaited<ReturnType<AgentService[Name]>>>;

/** Failures are SlapgridErrors or AgentAnswers. Nothing is held open between two calls. */
export type AgentConnection = {
  readonly [Name in Exclude<keyof AgentService, 'changes' | 'logs'>]: Call<Name>;
} & {
  readonly logs: AgentService['logs'];
  /**
   * The present state first, then every change, until `signal` aborts. A stream that is cut is taken up again for
   * `patienceMilliseconds`, then it ends with `agent-unreachable`.
   */
  changes(signal: AbortSignal, options?: { patienceMilliseconds?: number }): AsyncIterable<Change>;
};
