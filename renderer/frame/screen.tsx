/**
 * The screen that the address names. All but the first are loaded when they are asked for, or once there is nothing else to do.
 */
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { text } from '../messages.ts';
import { Waiting } from '../parts/waiting.tsx';
import { Overview } from '../screens/overview/index.tsx';
import { usePageState } from '../state/hooks.ts';
import type { Route } from '../state/route.ts';

const later = {
  keys: () => import('./key-list.tsx'),
  conditions: () => import('../screens/conditions/index.tsx'),
  doctor: () => import('../screens/doctor/index.tsx'),
  installation: () => import('../screens/installation/index.tsx'),
  join: () => import('../screens/join/index.tsx'),
  lending: () => import('../screens/lending/index.tsx'),
  masters: () => import('../screens/masters/index.ts'),
  more: () => import('../screens/more/index.tsx'),
  partition: () => import('../screens/partition/index.tsx'),
  partitions: () => import('../screens/partitions/index.tsx'),
  request: () => import('../screens/request/index.tsx'),
  services: () => import('../screens/services/index.tsx'),
  settings: () => import('../screens/settings/index.tsx'),
  usage: () => import('../screens/usage/index.tsx'),
};

const Conditions = lazy(async () => ({ default: (await later.conditions()).Conditions }));
const Doctor = lazy(async () => ({ default: (await later.doctor()).Doctor }));
const Installation = lazy(async () => ({ default: (await later.installation()).Installation }));
const Join = lazy(async () => ({ default: (await later.join()).Join }));
const Joined = lazy(async () => ({ default: (await later.masters()).Joined }));
const Lending = lazy(async () => ({ default: (await later.lending()).Lending }));
const More = lazy(async () => ({ default: (await later.more()).More }));
const Partition = lazy(async () => ({ default: (await later.partition()).Partition }));
const Partitions = lazy(async () => ({ default: (await later.partitions()).Partitions }));
const Request = lazy(async () => ({ default: (await later.request()).Request }));
const RequestByUrl = lazy(async () => ({ default: (await later.request()).RequestByUrl }));
const Services = lazy(async () => ({ default: (await later.services()).Services }));
const Settings = lazy(async () => ({ default: (await later.settings()).Settings }));
const Usage = lazy(async () => ({ default: (await later.usage()).Usage }));

export function Screen({ route }: { route: Route }): ReactNode {
  return (
    <Suspense fallback={<Waiting>{text('page.frame.loading')}</Waiting>}>
      <Chosen route={route} />
    </Suspense>
  );
}

/** By then what was drawn first is on the display; being drawn, it leaves idle moments too. */
const FIRST_SHOWN_MILLISECONDS = 250;

/** So that every screen is there even when the agent is not, or has another version by then. */
function loadTheRest(): () => void {
  let idle = 0;
  const timer = setTimeout(() => {
    idle = requestIdleCallback(() => {
      for (const load of Object.values(later)) {
        // A screen that cannot be loaded now is loaded when it is asked for.
        load().catch(() => {});
      }
    });
  }, FIRST_SHOWN_MILLISECONDS);
  return () => {
    clearTimeout(timer);
    cancelIdleCallback(idle);
  };
}

function Chosen({ route }: { route: Route }): ReactNode {
  const agent = usePageState((state) => state.agent);
  const lost = usePageState((state) => state.connection.state === 'lost');
  const ready = agent !== null;
  // What comes first has the computer for itself.
  useEffect(() => (ready ? loadTheRest() : undefined), [ready]);
  if (!ready) return lost ? null : <Waiting>{text('page.frame.connecting')}</Waiting>;
  switch (route.screen) {
    case 'services':
      return <Services agent={agent} />;
    case 'request':
      return <Request key={route.software} software={route.software} agent={agent} />;
    case 'request-url':
      return <RequestByUrl key={route.url} agent={agent} url={route.url} />;
    case 'installation':
      return <Installation key={route.id} id={route.id} agent={agent} />;
    case 'partitions':
      return <Partitions agent={agent} />;
    case 'partition':
      return (
        <Partition
          key={route.id}
          id={route.id}
          partition={agent.partitions.find(({ id }) => id === route.id)}
        />
      );
    case 'lending':
      return <Lending agent={agent} />;
    case 'conditions':
      return <Conditions agent={agent} />;
    case 'usage':
      return <Usage />;
    case 'more':
      return <More />;
    case 'join':
      return <Join agent={agent} invitation={route.invitation} />;
    case 'joined':
      return <Joined key={route.id} agent={agent} id={route.id} />;
    case 'doctor':
      return <Doctor agent={agent} />;
    case 'settings':
      return <Settings agent={agent} />;
    default:
      return <Overview agent={agent} />;
  }
}
