/**
 * Which screen is shown: the part of the address after `#`, so that back, forward and reload work wherever the page is from.
 */
import { useSyncExternalStore } from 'react';

export type Route =
  | { screen: 'overview' }
  | { screen: 'request'; software: string }
  | { screen: 'partition'; id: string };

export function routeOf(hash: string): Route {
  const [screen, name] = hash.replace(/^#\/?/u, '').split('/');
  if (screen === 'request' && name !== undefined) return { screen, software: decodeURIComponent(name) };
  if (screen === 'partition' && name !== undefined) return { screen, id: decodeURIComponent(name) };
  return { screen: 'overview' };
}

export function linkTo(route: Route): string {
  switch (route.screen) {
    case 'request':
      return `#/request/${encodeURIComponent(route.software)}`;
    case 'partition':
      return `#/partition/${encodeURIComponent(route.id)}`;
    default:
      return '#/';
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
