/**
 * On which addresses of this computer what is hosted can be reached by others than its programs.
 */
import { Checkbox } from '@mantine/core';
import type { ReactNode } from 'react';
import type { LendingView } from '../../../agent/api/contract-lending.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { useWanted } from '../../state/wanted.ts';
import { lendingText } from './words.ts';

export function DoorChoice({ lending }: { lending: LendingView }): ReactNode {
  const { client } = useStore();
  const { failure, run } = useAction();
  const { ownAddresses } = lending;
  const [chosen, want] = useWanted(lending.doorAddresses);
  const choose = async (addresses: string[]): Promise<void> => {
    want(addresses);
    if (await run(() => client.setDoorAddresses.mutate({ addresses })))
      announce(lendingText('page-lending.saved'), 'answer');
    else want(null);
  };
  const away = chosen.filter((address) => !ownAddresses.some((own) => own.address === address));
  const rows = [
    ...ownAddresses.map(({ address, interface: name }) => ({ address, detail: name })),
    ...away.map((address) => ({ address, detail: lendingText('page-lending.doors.away') })),
  ];
  return (
    <section>
      <h2 className="section" id="doors">
        {lendingText('page-lending.doors')}
      </h2>
      <fieldset aria-labelledby="doors" className="egress doors">
        <Checkbox
          checked
          disabled
          label={lendingText('page-lending.doors.local')}
          description={lendingText('page-lending.doors.local.detail')}
        />
        {rows.map(({ address, detail }) => (
          <Checkbox
            key={address}
            checked={chosen.includes(address)}
            label={address}
            description={detail}
            onChange={({ currentTarget: { checked } }) =>
              void choose(checked ? [...chosen, address] : chosen.filter((one) => one !== address))
            }
          />
        ))}
      </fieldset>
      <p className="small dim">{lendingText('page-lending.doors.means')}</p>
      {failure !== null && <Failure failure={failure} />}
    </section>
  );
}
