import { expect, it } from 'vitest';
import type { InstanceView } from '../../../../agent/api/contract.ts';
import { commandsOf } from '../../../../renderer/words/commands.ts';
import { readyInstance } from '../../../fakes/agent-service.ts';

it.each([
  ['runs', { state: 'started' }, ['stop', 'restart', 'destroy']],
  ['is restarting', { state: 'restarting' }, ['stop', 'restart', 'destroy']],
  ['is starting', { state: 'starting' }, ['stop', 'destroy']],
  ['is stopped', { state: 'stopped', requestedState: 'stopped' }, ['start', 'destroy']],
  ['is stopping', { state: 'stopping', requestedState: 'stopped' }, ['start', 'destroy']],
  ['failed', { state: 'failed' }, ['try-again', 'stop', 'destroy']],
  ['failed to stop', { state: 'failed', requestedState: 'stopped' }, ['try-again', 'destroy']],
  ['is on its way', { state: 'installing', connection: [] }, ['cancel']],
  ['gets other software', { state: 'installing' }, ['stop', 'destroy']],
  ['is being destroyed', { state: 'destroying' }, []],
  ['is to be destroyed', { state: 'stopping', requestedState: 'destroyed' }, []],
] satisfies [string, Partial<InstanceView>, string[]][])('what %s', (_, instance, commands) => {
  expect(commandsOf(readyInstance(instance))).toEqual(commands);
});
