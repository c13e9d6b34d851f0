/**
 * An agent that is nothing but a supervisor, to be killed: does what it is told over its channel and tells the outcome.
 * Arguments: path of the shim.
 */
import process from 'node:process';
import { createSupervisor } from '../../../agent/supervisor/supervisor.ts';
import type { UnitSpec } from '../../../agent/supervisor/types.ts';

export type AgentRequest =
  | { do: 'adopt'; folder: string }
  | { do: 'ensure'; spec: UnitSpec }
  | { do: 'stop'; id: string };

const supervisor = createSupervisor({ shim: process.argv[2] ?? '' });

process.on('message', (request: AgentRequest) => {
  void answer(request).then((value) => process.send?.(value));
});
process.send?.('ready');

function answer(request: AgentRequest): Promise<unknown> {
  if (request.do === 'ensure') return supervisor.ensure(request.spec);
  if (request.do === 'stop') return supervisor.stop(request.id);
  return supervisor.adopt([{ unitPrefix: 'slappart0', folder: request.folder }]);
}
