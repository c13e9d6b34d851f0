/**
 * Which screen is shown: the part of the address after `#`, so that back, forward and reload work wherever the page is from.
 */
import { useSyncExternalStore } from 'react';

export type Route =
  | { screen: 'overview' }
  | { screen: 'services' }
  /** Asking for software of the catalogue, by its short name. */
  | { screen: 'request'; software: string }
  /** Asking for software that is not in the catalogue, by its URL. */
  | { screen: 'request-url'; url?: string }
  /** A new instance on its way, in the partition `id`; then its result. */
  | { screen: 'installation'; id: string }
  | { screen: 'partitions' }
  | { screen: 'partition'; id: string }
  /** Joining a master; `invitation` names the link that led here, where there was one. */
  | { screen: 'join'; invitation?: string }
  /** A master that was just joined. */
  | { screen: 'joined'; id: string }
  | { screen: 'lending' }
  | { screen: 'conditions' }
  | { screen: 'usage' }
  /** What has no place in the bar of a narrow window. */
  | { screen: 'more' }
  | { screen: 'doctor' }
  | { screen: 'settings' };

/** The screens that the navigation leads to, in its order. */
export const MAIN_SCREENS = [
  'overview',
  'services',
  'partitions',
  'lending',
  'conditions',
  'usage',
  'doctor',
  'settings',
] as const;
export type MainScreen = (typeof MAIN_SCREENS)[number];
/** The first of these have a place in the bar of a narrow window; the others are under *More*. */
export const IN_NARROW_BAR = 4;

export function routeOf(hash: string): Route {
  const [screen = '', encoded] = hash.replace(/^#\/?/u, '').split('/');
  const name = decoded(encoded);
  switch (screen) {
    case 'request':
      return name === null ? { screen: 'services' } : { screen, software: name };
    case 'installation':
    case 'partition':
      return name === null ? { screen: 'partitions' } : { screen, id: name };
    case 'request-url':
      return name === null ? { screen } : { screen, url: name };
    case 'join':
      return name === null ? { screen } : { screen, invitation: name };
    case 'joined':
      return name === null ? { screen: 'settings' } : { screen, id: name };
    case 'services':
    case 'partitions':
    case 'lending':
    case 'conditions':
    case 'usage':
    case 'more':
    case 'doctor':
    case 'settings':
      return { screen };
    default:
      return { screen: 'overview' };
  }
}

/** null for nothing, and for what no link of this page says. */
function decoded(encoded: string | undefined): string | null {
  if (encoded === undefined || encoded === '') return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

export function linkTo(route: Route): string {
  switch (route.screen) {
    case 'overview':
      return '#/';
    case 'request':
      return `#/request/${encodeURIComponent(route.software)}`;
    case 'request-url':
      return route.url === undefined ? '#/request-url' : `#/request-url/${encodeURIComponent(route.url)}`;
    case 'join':
      return route.invitation === undefined ? '#/join' : `#/join/${encodeURIComponent(route.invitation)}`;
    case 'installation':
    case 'joined':
    case 'partition':
      return `#/${route.screen}/${encodeURIComponent(route.id)}`;
    default:
      return `#/${route.screen}`;
  }
}

/** The entry of the navigation under which a screen stands. */
export function mainScreenOf({ screen }: Route): MainScreen | 'more' {
  switch (screen) {
    case 'request':
    case 'request-url':
    case 'installation':
      return 'services';
    case 'partition':
      return 'partitions';
    case 'join':
    case 'joined':
      return 'settings';
    default:
      return screen;
  }
}

export function goTo(route: Route): void {
  location.hash = linkTo(route);
}

function subscribe(listener: () => void): () => void {
  globalThis.addEventListener('hashchange', listener);
  return () => globalThis.removeEventListener('hashchange', listener);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return routeOf(hash);
}
