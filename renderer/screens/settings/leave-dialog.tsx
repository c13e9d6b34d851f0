/**
 * Asks before a master is left: what of it is here goes, and the key to it. One that cannot be told is left on purpose only.
 */
import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AgentState, MasterView } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { mastersText } from '../../words/masters.ts';

type Properties = { master: MasterView; agent: AgentState; opened: boolean; onClose: () => void };

export function LeaveDialog(properties: Properties): ReactNode {
  const { master, opened, onClose } = properties;
  return (
    <Modal.Root opened={opened} onClose={onClose} size={480} radius="lg" centered>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content className="dialog">
        <Modal.Body>
          <Modal.Title className="dialog-title">
            {mastersText('masters.leave.title', { name: master.title })}
          </Modal.Title>
          <Decision {...properties} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Failures that nothing is gained by ignoring. */
const WITHOUT_FORCE: ReadonlySet<string> = new Set(['agent-unreachable', 'unknown-master']);

/** Made anew each time the dialog opens. */
function Decision({ master, agent, onClose }: Properties): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  // One that is being left already waits to be told.
  const unreachable = master.state === 'leaving' || (failure !== null && !WITHOUT_FORCE.has(failure.code));
  const { id, title, computerId, reportsWaiting } = master;
  const names = agent.partitions.flatMap((partition) =>
    partition.master === id && partition.instance !== null ? [partition.instance.name] : [],
  );
  const leave = async (force: boolean): Promise<void> => {
    if (!(await run(() => client.leaveMaster.mutate({ id, force })))) return;
    announce(mastersText('masters.leave.accepted', { name: title }), 'answer');
    onClose();
  };
  return (
    <>
      <p className="under">{mastersText('masters.leave.under')}</p>
      <ul className="lost">
        <li>
          {names.length === 0
            ? mastersText('masters.leave.hosted.none')
            : mastersText('masters.leave.hosted', { count: names.length, names: namesOf(names) })}
        </li>
        <li>{mastersText('masters.leave.key')}</li>
        {reportsWaiting > 0 && <li>{mastersText('masters.leave.reports', { count: reportsWaiting })}</li>}
      </ul>
      <p className="under small">{mastersText('masters.leave.kept')}</p>
      {failure !== null && <Failure failure={failure} />}
      {unreachable && (
        <p className="under small">{mastersText('masters.leave.force.under', { id: computerId })}</p>
      )}
      <div className="buttons end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {mastersText('masters.leave.stay')}
        </Button>
        <Button color="problem.8" loading={busy} onClick={() => void leave(unreachable)}>
          {unreachable
            ? mastersText('masters.leave.force')
            : mastersText(names.length === 0 ? 'masters.leave.do' : 'masters.leave.do.data')}
        </Button>
      </div>
    </>
  );
}

const MOST_NAMED = 3;

function namesOf(names: readonly string[]): string {
  const quoted = names.slice(0, MOST_NAMED).map((name) => mastersText('masters.name', { name }));
  const count = names.length - quoted.length;
  return count === 0
    ? quoted.join(', ')
    : mastersText('masters.leave.others', { names: quoted.join(', '), count });
}
